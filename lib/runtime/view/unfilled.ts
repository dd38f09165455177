/** Joins and operators that wait for what does not come: they never hold up a close, but somebody may want to know. */
import type { Head } from '../../engine/head.ts';
import { slotsIn } from '../../engine/running/unfilled.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';

export interface UnfilledJoin {
  /** The join, collection or operator, by its position. */
  readonly join: string;
  readonly has: readonly string[];
  readonly missing: readonly string[];
}

/** What is half filled; says nothing of whether it may still be filled. */
export function unfilledJoins(flow: AnyFlow, head: Head): readonly UnfilledJoin[] {
  const all = slotsIn(flow.graph, head).map(([at, { names, values }]) => split(at, names, values));
  return all.filter(({ missing }) => missing.length > 0);
}

function split(join: string, names: readonly string[], slots: Readonly<Record<string, unknown>>): UnfilledJoin {
  const has = names.filter((name) => Object.hasOwn(slots, name));
  return { join, has, missing: names.filter((name) => !has.includes(name)) };
}
