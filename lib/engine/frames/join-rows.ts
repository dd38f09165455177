/** Rows of `and` joins and collections in the head, where the signals of one scope are combined. */
import { defined } from '../../defined.ts';
import type { Graph, NodeId } from '../../flow/graph/graph.ts';
import { hashId } from '../../flow/json.ts';
import type { Join, Origin, Value } from '../head.ts';
import { graphAt, type Transition } from '../transition.ts';

export function rowOf(transition: Transition, kind: Join['kind'], node: NodeId, { scope, home }: Origin): Join {
  const { joins } = transition.head;
  const known = joins.find(
    (each) => each.kind === kind && each.node === node && each.scope === scope && each.home === home,
  );
  if (known) return known;
  const inOperator = kind === 'collect' && transition.head.frames[scope] !== undefined;
  const row: Join = {
    kind,
    node,
    scope,
    ...(home === undefined ? {} : { home }),
    ...(inOperator ? { inOperator } : {}),
    slots: {},
    ids: {},
  };
  joins.push(row);
  return row;
}

export function put(
  { now, giver }: Transition,
  row: Join,
  names: readonly string[],
  slot: string,
  value: Value,
  cause: string,
): Value | undefined {
  row.slots[slot] = value;
  row.ids[slot] = cause;
  const by = giver?.chunk ?? giver?.signal ?? giver?.node;
  row.filled = { ...row.filled, [slot]: { at: now, ...defined({ by }) } };
  return inOrder(names, row.slots);
}

/** The names of the slots of a join or collection. */
export function slotsOf(graph: Graph, { kind, node: id }: Join): readonly string[] {
  if (kind === 'collect') return graph.collections?.[id]?.branches ?? [];
  const node = graph.nodes[id];
  return node?.kind === 'join' ? node.slots : [];
}

/** True while a slot lacks a value. A collection that has fired is full: it keeps its latest values. */
export function isHalfFilled(graph: Graph, row: Join): boolean {
  return slotsOf(graph, row).some((name) => !Object.hasOwn(row.slots, name));
}

/** Deletes collections of ended operator bodies, whose values nothing can reach any more. */
export function dropSpent(transition: Transition): void {
  const { head } = transition;
  const isOver = ({ inOperator, scope }: Join): boolean => inOperator === true && !head.frames[scope];
  if (!head.joins.some(isOver)) return;
  const parents = Object.values(head.frames).map(({ parent }) => parent);
  const live = new Set(
    [...head.activations, ...head.signals, ...head.interrupts, ...parents].map(({ scope }) => scope),
  );
  head.joins = head.joins.filter(
    (row) => !isOver(row) || live.has(row.scope) || isHalfFilled(graphAt(transition, row.home), row),
  );
}

/** The cause id of what a join starts, derived from the ids in its slots. */
export function causeOf(row: Join): string {
  const ids = Object.entries(row.ids).sort(([a], [b]) => (a < b ? -1 : 1));
  return hashId(...ids.flat());
}

/** The values of all names; `undefined` while one is missing. */
export function inOrder(names: readonly string[], slots: Readonly<Record<string, Value>>): Value | undefined {
  const of: Record<string, Value> = {};
  for (const name of names) {
    const value = Object.hasOwn(slots, name) ? slots[name] : undefined;
    if (!value) return undefined;
    of[name] = value;
  }
  return { of };
}
