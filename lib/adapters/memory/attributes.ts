/** The index of attributes in memory. */
import type { AttributeEntry, AttributeKey, AttributeStore } from '../../ports/attribute-store.ts';
import type { Position } from '../../ports/execution-store.ts';
import { checkId } from '../encoding.ts';
import { older } from './executions.ts';

interface Row extends Position {
  readonly rev: number;
}

export function createMemoryAttributes(): AttributeStore {
  const rows = new Map<string, Map<string, Row>>();
  return {
    async write(added, removed, rev) {
      for (const entry of removed) {
        const own = rows.get(keyOf(entry));
        const row = own?.get(nameOf(entry));
        if (row && (rev === undefined || row.rev < rev)) own?.delete(nameOf(entry));
        // The key has the value, which an erased execution must not leave behind.
        if (own?.size === 0) rows.delete(keyOf(entry));
      }
      for (const entry of added) {
        const own = rows.get(keyOf(entry)) ?? new Map<string, Row>();
        const newest = rev === undefined ? 0 : Math.max(rev, own.get(nameOf(entry))?.rev ?? 0);
        own.set(nameOf(entry), { createdAt: entry.createdAt, id: entry.id, rev: newest });
        rows.set(keyOf(entry), own);
      }
    },
    async find({ after, since = 0, limit, ...key }) {
      return [...(rows.get(keyOf(key))?.values() ?? [])]
        .filter((row) => row.createdAt >= since && (!after || older(after, row) < 0))
        .map(({ createdAt, id }) => ({ createdAt, id }))
        .sort(older)
        .slice(0, limit);
    },
  };
}

function keyOf({ flow, name, value }: AttributeKey): string {
  return JSON.stringify([flow, name, String(value)]);
}

function nameOf({ createdAt, id }: AttributeEntry): string {
  return `${createdAt}#${checkId(id, 'execution id')}`;
}
