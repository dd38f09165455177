/** Ends attempts: a settle commits all effects of the activation, or none. */

import { listeners } from '../../flow/graph/graph.ts';
import type { Json } from '../../flow/json.ts';
import type { Answer, Effects, ErrorInfo, Outcome, SettleEvent } from '../events.ts';
import type { Activation } from '../head.ts';
import { noteAwake, noteEnded } from '../history/attempts.ts';
import { valuesFor } from '../history/records.ts';
import { askAgain, cancel, completeChunk, endCascadesOf, operatorOf, settleQuestion, takePage } from '../moves.ts';
import { graphAt, type Transition, takeRoom } from '../transition.ts';
import { splitPath } from '../values/state-writes.ts';
import { literal } from '../values/value-refs.ts';
import { isHeldBy } from './claims/attempt-token.ts';
import { applyEffects } from './effects.ts';
import { failAttempt, tolerate } from './failures.ts';
import { pause, pauseProblem } from './pauses.ts';

type Of<Kind extends Outcome['kind']> = Extract<Outcome, { kind: Kind }>;

/** Ends an attempt. The token must be the current one; clocks play no part. */
export function settle(transition: Transition, event: SettleEvent): Answer {
  const activation = transition.head.activations.find((each) => each.id === event.activation);
  if (!activation) return { kind: 'already' };
  if (!isHeldBy(activation, event)) return { kind: 'refused' };
  const { outcome } = event;
  if (outcome.kind !== 'failed' && lacksDecision(transition, activation)) return { kind: 'refused' };
  if (isCancel(outcome)) settleCancelled(transition, activation, outcome.effects);
  else settleAs(transition, activation, outcome);
  return { kind: 'applied' };
}

/** A question keeps nothing of its attempt, so it cancels nothing. */
function isCancel(outcome: Outcome): outcome is Exclude<Outcome, { kind: 'failed' }> {
  if (outcome.kind === 'failed' || !outcome.effects.cancel) return false;
  return outcome.kind !== 'paused' || outcome.pause.approval === undefined;
}

/** Keeps the state writes of the attempt and cancels the execution. Its output and signals go nowhere. */
function settleCancelled(transition: Transition, activation: Activation, effects: Effects): void {
  const { cancel: asked, withdrawn: _, ...rest } = effects;
  if (!apply(transition, activation, { ...rest, signals: [] })) return;
  remove(transition, activation);
  noteEnded(transition, activation, 'attempt_succeeded', { state: keysOf(effects) });
  cancel(transition, { type: 'cancel', ...asked });
}

function settleAs(transition: Transition, activation: Activation, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'done':
      return settleDone(transition, activation, outcome);
    case 'page':
      return settlePage(transition, activation, outcome);
    case 'slept':
      return settleSlept(transition, activation, outcome);
    case 'paused':
      return settlePaused(transition, activation, outcome);
    case 'failed':
      return failAttempt(transition, activation, outcome);
    default:
      return outcome satisfies never;
  }
}

function lacksDecision(transition: Transition, { id, node: at, home, asks }: Activation): boolean {
  const node = graphAt(transition, home).nodes[at];
  const isDecided = !node || asks !== undefined || operatorOf(transition, node).isDecided === true;
  if (!isDecided || transition.lookups.decisions.has(id)) return false;
  transition.missing.decisions.add(id);
  return true;
}

function settleDone(transition: Transition, activation: Activation, { effects, output }: Of<'done'>): void {
  if (!apply(transition, activation, effects)) return;
  endCascades(transition, activation);
  remove(transition, activation);
  const values = valuesFor(transition, { output: literal(output) });
  noteEnded(transition, activation, 'attempt_succeeded', { ...values, state: keysOf(effects) });
  const node = graphAt(transition, activation.home).nodes[activation.node];
  if (activation.asks !== undefined) settleQuestion(transition, activation);
  else if (activation.page) takePage(transition, activation, lastItems(output));
  else if (node) operatorOf(transition, node).done?.(transition, node, activation, output);
}

function settlePage(transition: Transition, activation: Activation, { effects, items, next }: Of<'page'>): void {
  const problem = pageProblem(transition, activation);
  if (problem) return refuse(transition, activation, problem);
  if (!apply(transition, activation, effects)) return;
  endCascades(transition, activation);
  remove(transition, activation);
  noteEnded(transition, activation, 'attempt_succeeded', { count: items.length, state: keysOf(effects) });
  takePage(transition, activation, items, next);
}

/** Why the chunk may not give pages; `undefined`: it may. */
function pageProblem(transition: Transition, { node: id, home, instead }: Activation): ErrorInfo | undefined {
  const graph = graphAt(transition, home);
  const node = graph.nodes[id];
  if (node?.kind !== 'chunk') return undefined;
  const [target, ...more] = node.out;
  const next = target && 'node' in target && !target.side ? graph.nodes[target.node] : undefined;
  const isHeard = listeners(graph.after, node.chunk).length > 0;
  if (next?.kind === 'forEach' && more.length === 0 && !isHeard && instead === undefined) return undefined;
  const message = `Chunk "${node.chunk}" returned ctx.page, but not exactly one forEach follows it. Wire the chunk to one forEach, and nothing else.`;
  return { name: 'FlowError', code: 'definition_invalid', message };
}

function settleSlept(transition: Transition, activation: Activation, { effects, until }: Of<'slept'>): void {
  if (!apply(transition, activation, effects)) return;
  endCascades(transition, activation);
  noteEnded(transition, activation, 'sleeping', { until, state: keysOf(effects) });
  sleep(activation, until);
  activation.since = transition.now;
}

/**
 * Of an attempt that asks for an approval only the question is kept; the attempt with the answer does the rest. The
 * cascades of earlier awaited emits stay with the activation.
 */
function settlePaused(transition: Transition, activation: Activation, outcome: Of<'paused'>): void {
  const problem = pauseProblem(transition, activation, outcome.pause);
  if (problem) return refuse(transition, activation, problem);
  const isQuestion = outcome.pause.approval !== undefined;
  if (!isQuestion && !apply(transition, activation, outcome.effects)) return;
  pause(transition, activation, outcome.pause);
  if (!isQuestion) endCascades(transition, activation);
  remove(transition, activation);
}

/** @returns false: the effects were impossible, and the attempt has failed */
function apply(transition: Transition, activation: Activation, effects: Effects): boolean {
  const applied = applyEffects(transition, activation, effects, activation.ops?.n);
  if (!('refusal' in applied)) return true;
  refuse(transition, activation, applied.refusal);
  return false;
}

function refuse(transition: Transition, activation: Activation, error: ErrorInfo): void {
  failAttempt(transition, activation, { kind: 'failed', error, fatal: true, entropy: 0 });
}

/** The activation caught the failures of its awaited emits and ended successfully. */
function endCascades(transition: Transition, { id }: Activation): void {
  for (const { owner, failure } of Object.values(transition.head.cascades)) {
    if (owner === id && failure) tolerate(transition, failure, 'caught');
  }
  endCascadesOf(transition, id);
}

/** The output of a chunk that was asked for a page and gave none: the last items. */
function lastItems(output: Json): readonly Json[] {
  if (output === null) return [];
  return Array.isArray(output) ? (output as readonly Json[]) : [output];
}

function remove({ head }: Transition, activation: Activation): void {
  head.activations.splice(head.activations.indexOf(activation), 1);
}

/** The state keys that the effects wrote. */
function keysOf({ state }: Effects): string[] {
  return [...new Set(state.map(({ path }) => splitPath(path).key))];
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

/** True when the chunk's sleep has ended. */
export function isSleepOver({ sleeps, dueAt = 0 }: Activation, now: number): boolean {
  return sleeps === true && dueAt <= now;
}

/** Completes chunks whose sleep has ended, as many as there is room for. */
export function wakeSleepers(transition: Transition): boolean {
  const { head, now } = transition;
  if (head.failure) return false;
  const all = head.activations.filter((each) => isSleepOver(each, now));
  const due = new Set(all.slice(0, takeRoom(transition, all.length)));
  if (due.size === 0) return false;
  head.activations = head.activations.filter((each) => !due.has(each));
  for (const row of due) {
    noteAwake(transition, row);
    if (row.page) askAgain(transition, row);
    else completeChunk(transition, row, literal(null), row.id);
  }
  return true;
}
