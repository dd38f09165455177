/** History in memory: blocks as JSON text by their sort key. */
import type { BlockPosition, HistoryBlock, HistoryStore } from '../../ports/history-store.ts';
import type { Owner } from '../../ports/value-store.ts';
import { ownerKey } from '../encoding.ts';

export function createMemoryHistory(): HistoryStore {
  const rows = new Map<string, Map<string, string>>();
  const page = (owner: Owner, after: BlockPosition, limit: number): HistoryBlock[] =>
    [...(rows.get(ownerKey(owner)) ?? [])]
      .filter(([key]) => key > sortKey(after))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([, text]) => JSON.parse(text) as HistoryBlock);
  return {
    async put(owner, block) {
      const own = rows.get(ownerKey(owner)) ?? new Map<string, string>();
      rows.set(ownerKey(owner), own);
      if (!own.has(sortKey(block))) own.set(sortKey(block), JSON.stringify(block));
    },
    async erase(owner) {
      rows.delete(ownerKey(owner));
      return 'erased';
    },
    read: async (owner, after, limit) => page(owner, after, limit),
    summaries: async (owner, after, limit) => page(owner, after, limit).map(({ records: _, ...rest }) => rest),
  };
}

function sortKey({ first, id }: BlockPosition): string {
  return `${String(first).padStart(15, '0')}#${id}`;
}
