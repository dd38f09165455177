/** History in memory that forgets: a long run would fill the heap with records that nobody reads. */
import type { BlockPosition, HistoryBlock, HistoryStore } from '../../../lib/ports/history-store.ts';
import type { Owner } from '../../../lib/ports/value-store.ts';

/** A session that begins reads the blocks behind the oldest record in the head. */
const KEPT = 200;

/** For one execution. */
export function createNewestHistory(): HistoryStore {
  let rows: (BlockPosition & { readonly text: string })[] = [];
  // As in a store, only the blocks that are asked for are read.
  const after = (position: BlockPosition, limit: number): readonly HistoryBlock[] =>
    rows
      .filter((row) => compare(row, position) > 0)
      .sort(compare)
      .slice(0, limit)
      .map(({ text }) => JSON.parse(text) as HistoryBlock);
  return {
    async put(_: Owner, block) {
      rows = [...rows, { first: block.first, id: block.id, text: JSON.stringify(block) }].slice(-KEPT);
    },
    read: async (_, position, limit) => after(position, limit),
    summaries: async (_, position, limit) => after(position, limit).map(({ records: __, ...summary }) => summary),
    async erase() {
      rows = [];
      return 'erased';
    },
  };
}

function compare(one: BlockPosition, other: BlockPosition): number {
  return one.first - other.first || (one.id < other.id ? -1 : Number(one.id > other.id));
}
