/**
 * Permits limit how many chunks run at once: in the whole execution, and in each sub-flow with a `concurrency` of its
 * own.
 */
import type { Activation, Head, Origin } from '../head.ts';

export interface Permits {
  /** True when a limit applies at the row's origin. */
  limits(row: Origin): boolean;
  /** How many more rows at this origin may run. */
  free(row: Origin): number;
  /** True when every limit around the row has a free permit. */
  has(row: Origin): boolean;
  /**
   * Takes a permit of every limit around the row. The question of an operator needs none.
   * @returns false when one limit has none free; then none is taken
   */
  take(row: Origin & Pick<Activation, 'asks'>): boolean;
}

/** Key of the execution's own limit. */
const EXECUTION = '';

interface Cap {
  readonly limit: number;
  used: number;
}

/** Computes the free permits. An activation that awaits an emit holds none. */
export function permitsOf(head: Head): Permits {
  const caps = new Map<string, Cap>();
  const { concurrency } = head.options;
  if (concurrency !== undefined) caps.set(EXECUTION, { limit: concurrency, used: 0 });
  for (const scope in head.frames) {
    const frame = head.frames[scope];
    if (frame?.kind === 'child' && frame.concurrency !== undefined)
      caps.set(scope, { limit: frame.concurrency, used: 0 });
  }
  const around = ({ home }: Origin): readonly Cap[] => (caps.size === 0 ? [] : capsAround(head, caps, home));
  const has = (row: Origin) => around(row).every(({ limit, used }) => used < limit);
  const free = (row: Origin) => Math.min(...around(row).map(({ limit, used }) => limit - used), Infinity);
  if (caps.size > 0) for (const row of head.activations.filter(runs)) for (const cap of around(row)) cap.used += 1;
  return {
    limits: (row) => around(row).length > 0,
    free,
    has,
    take(row) {
      if (row.asks !== undefined) return true;
      if (!has(row)) return false;
      for (const cap of around(row)) cap.used += 1;
      return true;
    },
  };
}

function runs({ fence, awaiting, asks }: Activation): boolean {
  if (asks !== undefined) return false;
  return fence !== undefined && !awaiting?.length;
}

function capsAround({ frames }: Head, caps: ReadonlyMap<string, Cap>, home: Origin['home']): readonly Cap[] {
  const found = [caps.get(EXECUTION)];
  for (let at = home; at !== undefined; at = frames[at]?.parent.home) found.push(caps.get(at));
  return found.filter((cap) => cap !== undefined);
}
