/** What the steps inside a list have done, from the records or from the summary of a long history. */
import { boxOf, type HistorySummary, type Item, type NodeSummary } from '../../api/history.ts';
import type { Box } from '../../graph/drawing.ts';
import type { Activity } from '../../live/activity.ts';
import { createFold } from '../../live/fold.ts';

export interface Step {
  readonly name: string;
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Milliseconds of an attempt. */
  readonly mean: number | undefined;
}

export interface Reason {
  readonly message: string;
  readonly count: number;
  /** Positions of some of the items. */
  readonly items: readonly string[];
}

/** Positions shown per reason. */
const SHOWN = 5;

export function stepsOf(box: Box, { nodes }: Activity): readonly Step[] {
  return insideOf(box).map((id) => {
    const { started = 0, succeeded = 0, failed = 0, totalMs = 0 }: Partial<NodeSummary> = nodes[id] ?? {};
    return {
      name: id.replace(/.*\//, ''),
      started,
      succeeded,
      failed,
      mean: succeeded > 0 ? totalMs / succeeded : undefined,
    };
  });
}

export type ReadReasons = (items: readonly Item[], summary?: HistorySummary) => readonly Reason[];

/** Counts final failures inside a list by message; each call walks only the records that are new at the end. */
export function createReasons(box: Box): ReadReasons {
  const inside = new Set(insideOf(box));
  const fold = createFold<Item, Map<string, { count: number; items: string[] }>>(
    () => new Map(),
    (found, { type, nextAt, node, path, error, items }) => {
      if (type !== 'attempt_failed' || nextAt !== undefined || node === undefined) return;
      if (!inside.has(boxOf({ node, ...(path === undefined ? {} : { path }) }))) return;
      const message = error?.message ?? error?.name ?? 'failed';
      const reason = found.get(message) ?? { count: 0, items: [] };
      reason.count += 1;
      if (items !== undefined && reason.items.length < SHOWN) reason.items.push(items);
      found.set(message, reason);
    },
  );
  return (items, summary) => {
    const found = new Map(fold(items));
    for (const node of Object.values(summary?.nodes ?? {})) {
      if (!inside.has(boxOf(node))) continue;
      for (const [message, count] of Object.entries(node.errors ?? {})) {
        found.set(message, { count, items: found.get(message)?.items ?? [] });
      }
    }
    return [...found].map(([message, reason]) => ({ message, ...reason })).toSorted((a, b) => b.count - a.count);
  };
}

/** Boxes of the nodes inside, with the sub-flows around the list. */
function insideOf({ id, inside = [] }: Box): readonly string[] {
  const prefix = id.slice(0, id.lastIndexOf('|') + 1);
  return inside.map((each) => prefix + each);
}
