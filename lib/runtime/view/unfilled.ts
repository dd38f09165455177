/** Joins and operators that lack inputs. They never prevent a close; the view reports them. */
import type { Head } from '../../engine/head.ts';
import { slotsIn } from '../../engine/running/unfilled.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';

export interface UnfilledJoin {
  /** Position of the join, collection or operator. */
  readonly join: string;
  readonly has: readonly string[];
  readonly missing: readonly string[];
}

/** Returns partly filled joins; more inputs may still arrive. */
export function unfilledJoins(flow: AnyFlow, head: Head): readonly UnfilledJoin[] {
  const all = slotsIn(flow.graph, head).map(([at, { names, values }]) => split(at, names, values));
  return all.filter(({ missing }) => missing.length > 0);
}

function split(join: string, names: readonly string[], slots: Readonly<Record<string, unknown>>): UnfilledJoin {
  const has = names.filter((name) => Object.hasOwn(slots, name));
  return { join, has, missing: names.filter((name) => !has.includes(name)) };
}
