/** How a value moves through the graph: into nodes, out of operator bodies, into the slots of joins. */
import type { JoinNode, MatchNode, NodeId, Target } from '../flow/graph.ts';
import { hashId } from '../flow/json.ts';
import type { ScopeId, Value } from './head.ts';
import type { Turn } from './turn.ts';

/** Sends a value to all targets, in their order. `cause` is the id of what produced it. */
export function dispatch(turn: Turn, targets: readonly Target[], value: Value, scope: ScopeId, cause: string): void {
  for (const target of targets) {
    if ('node' in target) enter(turn, target.node, value, scope, cause);
    else if ('exit' in target) leave(turn, target.exit, target.branch, value, scope, cause);
    else fill(turn, target.join, target.slot, value, scope, cause);
  }
}

function enter(turn: Turn, id: NodeId, value: Value, scope: ScopeId, cause: string): void {
  const node = turn.graph.nodes[id];
  const instance = nextId(turn, id, scope, cause);
  switch (node?.kind) {
    case 'chunk':
      return accept(turn, instance, id, value, scope);
    case 'batch': {
      turn.head.frames[instance] = { node: id, parent: scope, slots: {} };
      return dispatch(
        turn,
        node.branches.map((branch) => branch.to),
        value,
        instance,
        instance,
      );
    }
    case 'match': {
      const decision = turn.facts.decisions.get(instance);
      if (decision !== undefined) return decide(turn, node, decision, value, scope, instance);
      turn.needs.decisions.add(instance);
      return accept(turn, instance, id, value, scope);
    }
  }
}

/** An id that depends on position, scope and cause only; repeats of the three in one turn are numbered. */
function nextId(turn: Turn, node: NodeId, scope: ScopeId, cause: string): string {
  const place = JSON.stringify([node, scope, cause]);
  const ordinal = turn.ordinals.get(place) ?? 0;
  turn.ordinals.set(place, ordinal + 1);
  return hashId(turn.head.id, node, scope, cause, ordinal);
}

function accept(turn: Turn, id: string, node: NodeId, input: Value, scope: ScopeId): void {
  if (turn.head.activations.some((activation) => activation.id === id)) return;
  turn.head.activations.push({ id, node, scope, input, attempt: 0 });
}

/** Goes on behind a decided match: `decision` is the index of the case that hit, -1 for none. */
export function decide(
  turn: Turn,
  node: MatchNode,
  decision: number,
  value: Value,
  scope: ScopeId,
  cause: string,
): void {
  const targets = node.cases[decision]?.to ?? node.otherwise ?? node.out;
  dispatch(turn, targets, value, scope, cause);
}

function leave(turn: Turn, id: NodeId, branch: string, value: Value, scope: ScopeId, cause: string): void {
  const node = turn.graph.nodes[id];
  if (node?.kind === 'match') return dispatch(turn, node.out, value, scope, cause);
  const frame = turn.head.frames[scope];
  if (node?.kind !== 'batch' || frame?.node !== id) return;
  frame.slots[branch] = value;
  const names = node.branches.map((each) => each.name);
  const filled = inOrder(names, frame.slots);
  if (!filled) return;
  delete turn.head.frames[scope];
  dispatch(turn, node.out, filled, frame.parent, scope);
}

function fill(turn: Turn, id: NodeId, slot: string, value: Value, scope: ScopeId, cause: string): void {
  const node = turn.graph.nodes[id] as JoinNode;
  const { joins } = turn.head;
  let join = joins.find((each) => each.node === id && each.scope === scope);
  if (!join) {
    join = { node: id, scope, slots: {}, ids: {} };
    joins.push(join);
  }
  join.slots[slot] = value;
  join.ids[slot] = cause;
  const filled = inOrder(node.slots, join.slots);
  if (!filled) return;
  joins.splice(joins.indexOf(join), 1);
  const ids = Object.entries(join.ids).sort(([a], [b]) => (a < b ? -1 : 1));
  dispatch(turn, node.out, filled, scope, hashId(...ids.flat()));
}

function inOrder(names: readonly string[], slots: Readonly<Record<string, Value>>): Value | undefined {
  const of: Record<string, Value> = {};
  for (const name of names) {
    const value = Object.hasOwn(slots, name) ? slots[name] : undefined;
    if (!value) return undefined;
    of[name] = value;
  }
  return { of };
}
