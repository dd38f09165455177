/** Joins and operators that wait for what does not come: they never hold up a close, but somebody may want to know. */
import type { Frame, Head } from '../../engine/head.ts';
import { slotsOf } from '../../engine/operators/joins.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import { flowAt } from '../app/lookup.ts';

export interface UnfilledJoin {
  /** The join, collection or operator, by its position. */
  readonly join: string;
  readonly has: readonly string[];
  readonly missing: readonly string[];
}

/** What is half filled; says nothing of whether it may still be filled. */
export function unfilledJoins(flow: AnyFlow, head: Head): readonly UnfilledJoin[] {
  const joins = head.joins.map((row) => split(row.node, slotsOf(flowAt(flow, head, row.home).graph, row), row.slots));
  return [...joins, ...Object.values(head.frames).flatMap(ofFrame)].filter(({ missing }) => missing.length > 0);
}

function ofFrame(frame: Frame): readonly UnfilledJoin[] {
  if (frame.kind === 'branches') return [split(frame.node, frame.names, frame.slots)];
  if (frame.kind !== 'list') return [];
  return [
    split(
      frame.node,
      Array.from({ length: frame.count }, (_, i) => String(i)),
      frame.slots,
    ),
  ];
}

function split(join: string, names: readonly string[], slots: Readonly<Record<string, unknown>>): UnfilledJoin {
  const has = names.filter((name) => Object.hasOwn(slots, name));
  return { join, has, missing: names.filter((name) => !has.includes(name)) };
}
