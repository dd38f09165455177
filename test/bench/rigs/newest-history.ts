/** History in memory that forgets: a long run would fill the heap with records that nobody reads. */
import type { BlockPosition, HistoryBlock, HistoryStore } from '../../../lib/ports/history-store.ts';
import type { Owner } from '../../../lib/ports/value-store.ts';

/** A session that begins reads the blocks behind the oldest record in the head. */
const KEPT = 200;

/** For one execution. */
export function createNewestHistory(): HistoryStore {
  let texts: string[] = [];
  const after = (position: BlockPosition, limit: number): readonly HistoryBlock[] =>
    texts
      .map((text) => JSON.parse(text) as HistoryBlock)
      .filter((block) => compare(block, position) > 0)
      .sort(compare)
      .slice(0, limit);
  return {
    async put(_: Owner, block) {
      texts = [...texts, JSON.stringify(block)].slice(-KEPT);
    },
    read: async (_, position, limit) => after(position, limit),
    summaries: async (_, position, limit) => after(position, limit).map(({ records: __, ...summary }) => summary),
    async erase() {
      texts = [];
      return 'erased';
    },
  };
}

function compare(one: BlockPosition, other: BlockPosition): number {
  return one.first - other.first || (one.id < other.id ? -1 : Number(one.id > other.id));
}
