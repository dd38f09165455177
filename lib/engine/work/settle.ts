/** The end of an attempt: everything the activation did becomes true in one step, or nothing does. */

import type { Answer, Outcome, Pause, SettleEvent } from '../events.ts';
import type { Activation } from '../head.ts';
import { completeChunk, endCascadesOf, operatorOf } from '../moves.ts';
import { graphAt, type Transition, takeRoom } from '../transition.ts';
import { literal } from '../values/value-refs.ts';
import { applyEffects } from './effects.ts';
import { failAttempt, tolerate } from './failures.ts';
import { pause, pauseProblem } from './pauses.ts';

type Done = Extract<Outcome, { kind: 'done' }>;

/** The token is (activation, fence, attempt): without it nothing changes, whatever the clocks say. */
export function settle(transition: Transition, event: SettleEvent): Answer {
  const activation = transition.head.activations.find((each) => each.id === event.activation);
  if (!activation) return { kind: 'already' };
  if (activation.fence !== event.fence || activation.attempt !== event.attempt) return { kind: 'refused' };
  const { outcome } = event;
  if (outcome.kind === 'failed') {
    failAttempt(transition, activation, outcome);
    return { kind: 'applied' };
  }
  const node = graphAt(transition, activation.home).nodes[activation.node];
  const isDecided = !node || operatorOf(transition, node).isDecided;
  if (isDecided && !transition.lookups.decisions.has(activation.id)) {
    transition.missing.decisions.add(activation.id);
    return { kind: 'refused' };
  }
  const problem = outcome.kind === 'paused' ? pauseProblem(transition, activation, outcome.pause) : undefined;
  if (!problem && outcome.kind === 'paused' && outcome.pause.approval !== undefined) {
    ask(transition, activation, outcome.pause);
    return { kind: 'applied' };
  }
  const applied = problem
    ? { refusal: problem }
    : applyEffects(transition, activation, outcome.effects, activation.ops?.n);
  if ('refusal' in applied) {
    failAttempt(transition, activation, { kind: 'failed', error: applied.refusal, fatal: true, entropy: 0 });
    return { kind: 'applied' };
  }
  if (outcome.kind === 'paused') pause(transition, activation, outcome.pause);
  for (const { owner, failure } of Object.values(transition.head.cascades)) {
    if (owner === activation.id && failure) tolerate(transition, failure, 'caught');
  }
  endCascadesOf(transition, activation.id);
  if (outcome.kind === 'slept') {
    sleep(activation, outcome.until);
    return { kind: 'applied' };
  }
  remove(transition, activation);
  if (outcome.kind === 'done') complete(transition, activation, outcome);
  return { kind: 'applied' };
}

/**
 * Releases the activation: of the attempt only the question is kept. The attempt that has the answer does the rest, and the
 * cascades of earlier awaited emits stay with the activation.
 */
function ask(transition: Transition, activation: Activation, question: Pause): void {
  pause(transition, activation, question);
  remove(transition, activation);
}

function remove({ head }: Transition, activation: Activation): void {
  head.activations.splice(head.activations.indexOf(activation), 1);
}

function sleep(activation: Activation, until: number): void {
  delete activation.fence;
  delete activation.awaiting;
  delete activation.resume;
  delete activation.answer;
  activation.input = literal(null);
  activation.sleeps = true;
  activation.dueAt = until;
}

/** It has slept long enough. */
export function isAwake({ sleeps, dueAt = 0 }: Activation, now: number): boolean {
  return sleeps === true && dueAt <= now;
}

/** Goes on behind chunks that have slept long enough, as many as there is room for. */
export function wakeSleepers(transition: Transition): boolean {
  const { head, now } = transition;
  if (head.failure) return false;
  const all = head.activations.filter((each) => isAwake(each, now));
  const due = new Set(all.slice(0, takeRoom(transition, all.length)));
  if (due.size === 0) return false;
  head.activations = head.activations.filter((each) => !due.has(each));
  for (const row of due) completeChunk(transition, row, literal(null), row.id);
  return true;
}

function complete(transition: Transition, activation: Activation, outcome: Done): void {
  const node = graphAt(transition, activation.home).nodes[activation.node];
  if (node) operatorOf(transition, node).done?.(transition, node, activation, outcome.output);
}
