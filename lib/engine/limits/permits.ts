/** Permits: how many chunks may run at once, in the whole execution and in each sub-flow with a cap of its own. */
import type { Activation, Head, Origin } from '../head.ts';

export interface Permits {
  /** Whether anything limits what runs there. */
  limits(row: Origin): boolean;
  /** Whether there is a permit for one more there. */
  has(row: Origin): boolean;
  /** Takes a permit of every cap around the row. @returns false: there is none left, and none is taken */
  take(row: Origin): boolean;
}

/** The execution's own cap. */
const EXECUTION = '';

interface Cap {
  readonly limit: number;
  used: number;
}

/** The permits that are left. Who awaits an emit or a person takes none. */
export function permitsOf(head: Head): Permits {
  const caps = new Map<string, Cap>();
  const { concurrency } = head.options;
  if (concurrency !== undefined) caps.set(EXECUTION, { limit: concurrency, used: 0 });
  for (const [scope, frame] of Object.entries(head.frames)) {
    if (frame.kind === 'child' && frame.concurrency !== undefined)
      caps.set(scope, { limit: frame.concurrency, used: 0 });
  }
  const around = ({ home }: Origin): readonly Cap[] => (caps.size === 0 ? [] : capsAround(head, caps, home));
  const has = (row: Origin) => around(row).every(({ limit, used }) => used < limit);
  if (caps.size > 0) for (const row of head.activations.filter(runs)) for (const cap of around(row)) cap.used += 1;
  return {
    limits: (row) => around(row).length > 0,
    has,
    take(row) {
      if (!has(row)) return false;
      for (const cap of around(row)) cap.used += 1;
      return true;
    },
  };
}

function runs({ fence, awaiting }: Activation): boolean {
  return fence !== undefined && !awaiting?.length;
}

function capsAround({ frames }: Head, caps: ReadonlyMap<string, Cap>, home: Origin['home']): readonly Cap[] {
  const found = [caps.get(EXECUTION)];
  for (let at = home; at !== undefined; at = frames[at]?.parent.home) found.push(caps.get(at));
  return found.filter((cap) => cap !== undefined);
}
