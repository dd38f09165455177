/** What the steps inside a list have done, from the records or from the summary of a long history. */
import { boxOf, type NodeSummary } from '../../api/history.ts';
import type { Box } from '../../graph/drawing.ts';
import { activityOf } from '../../live/activity.ts';
import type { History } from '../use-history.ts';

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

export function stepsOf(box: Box, { items, summary }: History): readonly Step[] {
  const { nodes } = activityOf(items, summary);
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

export function reasonsOf(box: Box, { items, summary }: History): readonly Reason[] {
  const inside = new Set(insideOf(box));
  const found = new Map<string, { count: number; items: string[] }>();
  for (const item of items) {
    if (item.type !== 'attempt_failed' || item.nextAt !== undefined || item.node === undefined) continue;
    if (!inside.has(boxOf({ ...item, node: item.node }))) continue;
    const message = item.error?.message ?? item.error?.name ?? 'failed';
    const reason = found.get(message) ?? { count: 0, items: [] };
    reason.count += 1;
    if (item.items !== undefined && reason.items.length < SHOWN) reason.items.push(item.items);
    found.set(message, reason);
  }
  for (const node of Object.values(summary?.nodes ?? {})) {
    if (!inside.has(boxOf(node))) continue;
    for (const [message, count] of Object.entries(node.errors ?? {})) {
      found.set(message, { count, items: found.get(message)?.items ?? [] });
    }
  }
  return [...found].map(([message, reason]) => ({ message, ...reason })).toSorted((a, b) => b.count - a.count);
}

/** Boxes of the nodes inside, with the sub-flows around the list. */
function insideOf({ id, inside = [] }: Box): readonly string[] {
  const prefix = id.slice(0, id.lastIndexOf('|') + 1);
  return inside.map((each) => prefix + each);
}
