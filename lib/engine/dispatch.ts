/** How a value moves through the graph: into nodes, out of operator bodies, into the slots of joins and collections. */
import type { GraphNode, NodeId, Target } from '../flow/graph/graph.ts';
import { hashId } from '../flow/json.ts';
import type { Answered } from './outside/attribution.ts';
import { leaveFrame, openBranches, openList } from './operators/frames.ts';
import type { Path, Value } from './head.ts';
import { insertAtPoint } from './outside/interventions.ts';
import { collect, join } from './operators/joins.ts';
import { FINAL_RESULT, stateAt } from './values/state-writes.ts';
import { openChild } from './operators/sub-flows.ts';
import { graphAt, type Turn } from './transition.ts';

/**
 * Sends a value to all targets, in their order. `cause` is the id of what produced it. `answer`: the value is an answer, and stays
 * one up to the next chunk; joins, lists and sub-flows make something else of it.
 */
export function dispatch(
  turn: Turn,
  targets: readonly Target[],
  value: Value,
  path: Path,
  cause: string,
  answer?: Answered,
): void {
  for (const target of targets) {
    if ('node' in target) enter(turn, target.node, value, target.side ? { ...path, side: true } : path, cause, answer);
    else if ('exit' in target) leave(turn, target.exit, target.branch, value, path, cause, answer);
    else if ('join' in target) join(turn, target.join, target.slot, value, path, cause);
    else if ('collect' in target) collect(turn, target.collect, target.branch, value, path, cause);
    else keepResult(turn, value, path);
  }
}

function enter(turn: Turn, id: NodeId, value: Value, path: Path, cause: string, answer?: Answered): void {
  const node = graphAt(turn, path.home).nodes[id];
  const instance = nextId(turn, id, path, cause);
  switch (node?.kind) {
    case 'chunk':
      return accept(turn, instance, id, value, path, answer);
    case 'batch':
      return openBranches(
        turn,
        { node: id, parent: path, names: node.branches.map(({ name }) => name) },
        value,
        instance,
        answer,
      );
    case 'forEach':
      return openList(turn, id, node, value, path, instance);
    case 'subFlow':
      return openChild(turn, id, node, value, path, instance);
    case 'interventionPoint':
      insertAtPoint(turn, node.name, node.target);
      return dispatch(turn, node.out, value, path, instance, answer);
    case 'match':
    case 'tap': {
      const decision = turn.facts.decisions.get(instance);
      if (decision) return goOn(turn, id, node, decision, value, path, instance, answer);
      turn.needs.decisions.add(instance);
      return accept(turn, instance, id, value, path, answer);
    }
  }
}

/** An id that depends on position, scope and cause only; repeats of the three in one turn are numbered. */
function nextId(turn: Turn, node: NodeId, path: Path, cause: string): string {
  const place = [...(path.home === undefined ? [] : [path.home]), node, path.scope, cause];
  const key = JSON.stringify(place);
  const ordinal = turn.ordinals.get(key) ?? 0;
  turn.ordinals.set(key, ordinal + 1);
  return hashId(turn.head.id, ...place, ordinal);
}

function accept(turn: Turn, id: string, node: NodeId, input: Value, path: Path, answer?: Answered): void {
  if (turn.head.activations.some((activation) => activation.id === id)) return;
  turn.head.activations.push({ id, node, ...pathOf(path), input, attempt: 0, ...(answer ? { answer } : {}) });
}

/** Goes on behind a node that user code has decided: `decision` names the cases that hit. */
export function goOn(
  turn: Turn,
  id: NodeId,
  node: GraphNode,
  decision: readonly number[],
  value: Value,
  path: Path,
  cause: string,
  answer?: Answered,
): void {
  if (node.kind !== 'match') return dispatch(turn, node.out, value, path, cause, answer);
  const [first] = decision;
  if (first === undefined) return dispatch(turn, node.otherwise ?? node.out, value, path, cause, answer);
  if (node.mode === 'all')
    return openBranches(turn, { node: id, parent: path, names: decision.map(String) }, value, cause, answer);
  return dispatch(turn, node.cases[first]?.to ?? [], value, path, cause, answer);
}

function leave(
  turn: Turn,
  id: NodeId,
  branch: string,
  value: Value,
  path: Path,
  cause: string,
  answer?: Answered,
): void {
  const node = graphAt(turn, path.home).nodes[id];
  if (node?.kind === 'match' && (node.mode !== 'all' || branch === 'else')) {
    return dispatch(turn, node.out, value, path, cause, answer);
  }
  return leaveFrame(turn, id, branch, value, path);
}

/** The deprecated `.end()`: a result that nothing else has set. */
function keepResult({ head }: Turn, value: Value, path: Path): void {
  const state = stateAt(head, path.home);
  if (!Object.hasOwn(state, FINAL_RESULT)) state[FINAL_RESULT] = value;
}

/** Just the path of a row. */
export function pathOf({ scope, home, items, side, cascade, handlers }: Path): Path {
  return {
    scope,
    ...(home === undefined ? {} : { home }),
    ...(items === undefined ? {} : { items }),
    ...(side ? { side } : {}),
    ...(cascade === undefined ? {} : { cascade }),
    ...(handlers === undefined ? {} : { handlers }),
  };
}
