/** Joins and operators that wait for what does not come: they never hold up a close, but somebody may want to know. */
import type { Frame, Head, Join } from '../engine/head.ts';
import type { AnyFlow } from '../flow/flow.ts';
import { flowAt } from './decisions.ts';

export interface UnfilledJoin {
  /** The join, collection or operator, by its position. */
  readonly join: string;
  readonly has: readonly string[];
  readonly missing: readonly string[];
}

/** What is half filled; says nothing of whether it may still be filled. */
export function unfilledJoins(flow: AnyFlow, head: Head): readonly UnfilledJoin[] {
  return [...head.joins.map((row) => ofJoin(flow, head, row)), ...Object.values(head.frames).flatMap(ofFrame)];
}

function ofJoin(flow: AnyFlow, head: Head, { kind, node, home, slots }: Join): UnfilledJoin {
  const { graph } = flowAt(flow, head, home);
  const join = graph.nodes[node];
  const named = kind === 'collect' ? graph.collections?.[node]?.branches : join?.kind === 'join' ? join.slots : [];
  return split(node, named ?? [], slots);
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
