/** What goes on, from the records alone, for views that do not say it. */
import type { Doing, Item } from '../api/history.ts';

export function doingFrom(items: readonly Item[]): readonly Doing[] {
  const open = new Map<string, Doing>();
  for (const item of items) {
    const { activationId: id, node, type } = item;
    if (id === undefined || node === undefined) continue;
    const state = stateOf(item);
    if (state === undefined) {
      if (ENDS.has(type)) open.delete(id);
      continue;
    }
    open.set(id, {
      ...{ node, activationId: id, state, chunk: item.chunk ?? node, attempt: item.attempt ?? 1, since: item.at },
      ...(item.path === undefined ? {} : { path: item.path }),
      ...(item.items === undefined ? {} : { items: item.items }),
      ...(item.error === undefined ? {} : { error: item.error }),
      ...(item.nextAt === undefined ? {} : { nextAt: item.nextAt }),
      ...(item.until === undefined ? {} : { until: item.until }),
    });
  }
  return [...open.values()];
}

const ENDS = new Set(['attempt_succeeded', 'attempt_failed', 'attempt_aborted', 'answered', 'expired', 'withdrawn']);

function stateOf({ type, nextAt }: Item): Doing['state'] | undefined {
  if (type === 'attempt_started') return 'running';
  if (type === 'waiting' || type === 'sleeping') return type;
  return type === 'attempt_failed' && nextAt !== undefined ? 'retrying' : undefined;
}
