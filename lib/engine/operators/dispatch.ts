/** How a value moves through the graph: into nodes, out of operator bodies, into the slots of joins and collections. */

import type { GraphNode, NodeId, Target } from '../../flow/graph/graph.ts';
import { hashId } from '../../flow/json.ts';
import type { Origin, Value } from '../head.ts';
import { originOf } from '../origin.ts';
import type { Answered } from '../outside/attribution.ts';
import { insertAtPoint } from '../outside/interventions.ts';
import { graphAt, type Transition } from '../transition.ts';
import { FINAL_RESULT, stateAt } from '../values/state-writes.ts';
import { leaveFrame, openBranches, openList } from './frames.ts';
import { collect, join } from './joins.ts';
import { openChild } from './sub-flows.ts';

/**
 * Sends a value to all targets, in their order. `cause` is the id of what produced it. `answer`: the value is an answer, and stays
 * one up to the next chunk; joins, lists and sub-flows make something else of it.
 */
export function dispatch(
  transition: Transition,
  targets: readonly Target[],
  value: Value,
  path: Origin,
  cause: string,
  answer?: Answered,
): void {
  for (const target of targets) {
    if ('node' in target)
      enter(transition, target.node, value, target.side ? { ...path, side: true } : path, cause, answer);
    else if ('exit' in target) leave(transition, target.exit, target.branch, value, path, cause, answer);
    else if ('join' in target) join(transition, target.join, target.slot, value, path, cause);
    else if ('collect' in target) collect(transition, target.collect, target.branch, value, path, cause);
    else keepResult(transition, value, path);
  }
}

function enter(transition: Transition, id: NodeId, value: Value, path: Origin, cause: string, answer?: Answered): void {
  const node = graphAt(transition, path.home).nodes[id];
  const instance = nextId(transition, id, path, cause);
  switch (node?.kind) {
    case 'chunk':
      return accept(transition, instance, id, value, path, answer);
    case 'batch':
      return openBranches(
        transition,
        { node: id, parent: path, names: node.branches.map(({ name }) => name) },
        value,
        instance,
        answer,
      );
    case 'forEach':
      return openList(transition, id, node, value, path, instance);
    case 'subFlow':
      return openChild(transition, id, node, value, path, instance);
    case 'interventionPoint':
      insertAtPoint(transition, node.name, node.target);
      return dispatch(transition, node.out, value, path, instance, answer);
    case 'match':
    case 'tap': {
      const decision = transition.lookups.decisions.get(instance);
      if (decision) return goOn(transition, id, node, decision, value, path, instance, answer);
      transition.missing.decisions.add(instance);
      return accept(transition, instance, id, value, path, answer);
    }
  }
}

/** An id that depends on position, scope and cause only; repeats of the three in one turn are numbered. */
function nextId(transition: Transition, node: NodeId, path: Origin, cause: string): string {
  const place = [...(path.home === undefined ? [] : [path.home]), node, path.scope, cause];
  const key = JSON.stringify(place);
  const ordinal = transition.ordinals.get(key) ?? 0;
  transition.ordinals.set(key, ordinal + 1);
  return hashId(transition.head.id, ...place, ordinal);
}

function accept(transition: Transition, id: string, node: NodeId, input: Value, path: Origin, answer?: Answered): void {
  if (transition.head.activations.some((activation) => activation.id === id)) return;
  transition.head.activations.push({ id, node, ...originOf(path), input, attempt: 0, ...(answer ? { answer } : {}) });
}

/** Goes on behind a node that user code has decided: `decision` names the cases that hit. */
export function goOn(
  transition: Transition,
  id: NodeId,
  node: GraphNode,
  decision: readonly number[],
  value: Value,
  path: Origin,
  cause: string,
  answer?: Answered,
): void {
  if (node.kind !== 'match') return dispatch(transition, node.out, value, path, cause, answer);
  const [first] = decision;
  if (first === undefined) return dispatch(transition, node.otherwise ?? node.out, value, path, cause, answer);
  if (node.mode === 'all')
    return openBranches(transition, { node: id, parent: path, names: decision.map(String) }, value, cause, answer);
  return dispatch(transition, node.cases[first]?.to ?? [], value, path, cause, answer);
}

function leave(
  transition: Transition,
  id: NodeId,
  branch: string,
  value: Value,
  path: Origin,
  cause: string,
  answer?: Answered,
): void {
  const node = graphAt(transition, path.home).nodes[id];
  if (node?.kind === 'match' && (node.mode !== 'all' || branch === 'else')) {
    return dispatch(transition, node.out, value, path, cause, answer);
  }
  return leaveFrame(transition, id, branch, value, path);
}

/** The deprecated `.end()`: a result that nothing else has set. */
function keepResult({ head }: Transition, value: Value, path: Origin): void {
  const state = stateAt(head, path.home);
  if (!Object.hasOwn(state, FINAL_RESULT)) state[FINAL_RESULT] = value;
}
