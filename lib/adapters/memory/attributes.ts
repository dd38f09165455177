/** The index of attributes in memory. */
import type { AttributeKey, AttributeStore } from '../../ports/attribute-store.ts';
import type { Position } from '../../ports/execution-store.ts';
import { checkId } from '../encoding.ts';
import { older } from './executions.ts';

export function createMemoryAttributes(): AttributeStore {
  const rows = new Map<string, Map<string, Position>>();
  return {
    async write(added, removed) {
      for (const entry of removed) {
        const own = rows.get(keyOf(entry));
        own?.delete(checkId(entry.id, 'execution id'));
        // The key has the value, which an erased execution must not leave behind.
        if (own?.size === 0) rows.delete(keyOf(entry));
      }
      for (const entry of added) {
        const own = rows.get(keyOf(entry)) ?? new Map<string, Position>();
        rows.set(keyOf(entry), own);
        own.set(checkId(entry.id, 'execution id'), { createdAt: entry.createdAt, id: entry.id });
      }
    },
    async find({ after, since = 0, limit, ...key }) {
      return [...(rows.get(keyOf(key))?.values() ?? [])]
        .filter((row) => row.createdAt >= since && (!after || older(after, row) < 0))
        .map((row) => ({ ...row }))
        .sort(older)
        .slice(0, limit);
    },
  };
}

function keyOf({ flow, name, value }: AttributeKey): string {
  return JSON.stringify([flow, name, String(value)]);
}
