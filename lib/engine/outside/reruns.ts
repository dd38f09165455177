/** Reruns: a copy begins at one activation, with what was committed before it. */
import type { NodeId } from '../../flow/graph/graph.ts';
import { hashId } from '../../flow/json.ts';
import type { Answer } from '../events.ts';
import { addCorrelation } from '../frames/scopes.ts';
import type { Value } from '../head.ts';
import type { Began } from '../history/changes.ts';
import { note, noteNext } from '../history/records.ts';
import { operatorOf } from '../moves.ts';
import { ROOT } from '../origin.ts';
import { graphAt, type Transition } from '../transition.ts';
import { type Attribution, attributionOf } from './attribution.ts';

/** Begins a copy at an activation of the execution `from`. Applied to a head without work. */
export interface RerunEvent extends Readonly<Attribution> {
  readonly type: 'rerun';
  readonly from: string;
  /** Id of the activation there. */
  readonly activation: string;
  readonly node: NodeId;
  readonly input: Value;
  readonly began: Began;
}

/** Notes that the execution `id` was made from this one. */
export interface RerunMadeEvent extends Readonly<Attribution> {
  readonly type: 'rerunMade';
  readonly id: string;
  readonly activation: string;
}

/** A rerun: the execution that was copied from this one, and the activation at which it began. */
export interface RerunRow extends Attribution {
  id: string;
  activation: string;
  at: number;
}

/** Rows kept in the head of an execution that was rerun. */
const MOST_ROWS = 20;

/** Id of the first activation of a copy. @param from the activation of the original */
export function firstOf(id: string, from: string): string {
  return hashId(id, 'rerun', from);
}

/** Gives the copy its first activation. Nothing else is in work there. */
export function rerun(transition: Transition, event: RerunEvent): Answer {
  const { head } = transition;
  const { from, activation, node: at, input, began } = event;
  const { scope = ROOT, correlated, answer, ...way } = began;
  const origin = { scope, ...way };
  const node = graphAt(transition, undefined).nodes[at];
  if (!node) return { kind: 'ignored' };
  if (correlated) addCorrelation(head, scope);
  note(transition, 'forked', { from, activationId: activation, input, ...attributionOf(event) });
  noteNext(transition, at);
  operatorOf(transition, node).enter?.(transition, {
    node,
    at,
    value: input,
    origin,
    id: firstOf(head.id, activation),
    answer,
  });
  return { kind: 'applied' };
}

/** Notes a copy in the execution that it was made from, once. */
export function rerunMade(transition: Transition, event: RerunMadeEvent): Answer {
  const { head, now } = transition;
  const { id, activation } = event;
  const rows = head.reruns ?? [];
  if (rows.some((each) => each.id === id)) return { kind: 'already' };
  head.reruns = [...rows, { id, activation, at: now, ...attributionOf(event) }].slice(-MOST_ROWS);
  note(transition, 'forked', { to: id, activationId: activation, ...attributionOf(event) });
  return { kind: 'applied' };
}
