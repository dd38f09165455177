/** Sends values through the graph: into nodes, out of operator bodies, into slots of joins and collections. */
import { FlowError } from '../../errors/errors.ts';
import type { NodeId, Target } from '../../flow/graph/graph.ts';
import type { Origin, Value } from '../head.ts';
import { noteNext } from '../history/records.ts';
import { frameOperatorOf, operatorOf } from '../moves.ts';
import { collect } from '../operators/collect.ts';
import type { Answered } from '../outside/attribution.ts';
import { graphAt, type Transition } from '../transition.ts';
import { idAt, placeOfId } from '../values/item-ids.ts';
import { FINAL_RESULT, stateAt } from '../values/state-writes.ts';

/**
 * Sends a value to the targets in order. `cause`: id of what produced the value. `answer`: set when the value is a
 * person's answer; only the next chunk gets it, because joins, lists and sub-flows build new values.
 */
export function dispatch(
  transition: Transition,
  targets: readonly Target[],
  value: Value,
  origin: Origin,
  cause: string,
  answer?: Answered,
): void {
  const { giver } = transition;
  for (const target of targets) {
    transition.giver = giver;
    noteTarget(transition, target);
    if ('node' in target)
      enter(transition, target.node, value, target.side ? { ...origin, side: true } : origin, cause, answer);
    else if ('exit' in target) leave(transition, target.exit, target.branch, value, origin, cause, answer);
    else if ('join' in target) fill(transition, target.join, target.slot, value, origin, cause);
    else if ('collect' in target) collect(transition, target.collect, target.branch, value, origin, cause);
    else keepResult(transition, value, origin);
  }
  transition.giver = giver;
}

function noteTarget(transition: Transition, target: Target): void {
  if ('node' in target) noteNext(transition, target.node);
  else if ('exit' in target) noteNext(transition, target.exit);
  else if ('join' in target) noteNext(transition, target.join);
  else if ('collect' in target) noteNext(transition, target.collect);
}

function enter(
  transition: Transition,
  at: NodeId,
  value: Value,
  origin: Origin,
  cause: string,
  answer: Answered | undefined,
): void {
  const node = graphAt(transition, origin.home).nodes[at];
  const id = nextId(transition, at, origin, cause);
  if (!node) return;
  const operator = operatorOf(transition, node);
  if (!operator.enter) {
    throw new FlowError(
      'definition_invalid',
      `A target enters node "${at}", which takes values only through its slots. Target one of its slots.`,
    );
  }
  operator.enter(transition, { node, at, value, origin, id, answer });
}

function fill(transition: Transition, at: NodeId, slot: string, value: Value, origin: Origin, cause: string): void {
  const node = graphAt(transition, origin.home).nodes[at];
  if (node) operatorOf(transition, node).fill?.(transition, node, slot, { at, value, origin }, cause);
}

function leave(
  transition: Transition,
  id: NodeId,
  branch: string,
  value: Value,
  origin: Origin,
  cause: string,
  answer: Answered | undefined,
): void {
  const node = graphAt(transition, origin.home).nodes[id];
  const targets = node && operatorOf(transition, node).exit?.(node, branch);
  if (targets) return dispatch(transition, targets, value, origin, cause, answer);
  const frame = transition.head.frames[origin.scope];
  if (frame?.node === id) frameOperatorOf(transition, frame).leave?.(transition, origin.scope, frame, branch, value);
}

/** A deterministic id from node, scope and cause. Repeats of the three in one event are numbered. */
function nextId(transition: Transition, node: NodeId, origin: Origin, cause: string): string {
  const place = placeOfId(node, origin, cause);
  const key = JSON.stringify(place);
  const ordinal = transition.ordinals.get(key) ?? 0;
  transition.ordinals.set(key, ordinal + 1);
  return idAt(transition.head.id, place, ordinal);
}

/** The deprecated `.end()`: stores the result unless one is set. */
function keepResult({ head }: Transition, value: Value, origin: Origin): void {
  const state = stateAt(head, origin.home);
  if (!Object.hasOwn(state, FINAL_RESULT)) state[FINAL_RESULT] = value;
}
