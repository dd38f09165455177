/** Records of attempts: each begins once, and ends in one of several ways. */
import type { Activation } from '../head.ts';
import type { Transition } from '../transition.ts';
import { noteBase } from './changes.ts';
import { type HistoryRecord, note, placeOf, valuesFor } from './records.ts';

type End = 'attempt_succeeded' | 'attempt_failed' | 'attempt_vanished' | 'attempt_aborted' | 'sleeping' | 'waiting';

/** Notes that a session has claimed the activation, which has been claimable since `dueAt`. */
export function noteBegun(transition: Transition, activation: Activation): void {
  const { id, attempt, input, redriven, since, dueAt = since } = activation;
  // A repeated attempt has the input of the first one.
  const isFirst = attempt === 1 && redriven === undefined;
  const waited = dueAt !== undefined && dueAt < transition.now ? { dueAt } : {};
  const own = { attempt, ...waited, ...(isFirst ? valuesFor(transition, { input }) : {}) };
  const record = note(transition, 'attempt_started', { ...placeOf(transition, activation, id), ...own });
  if (record && isFirst) noteBase(transition, activation, record);
  activation.since = transition.now;
}

/** Notes how an attempt has ended, before the row of the activation changes. */
export function noteEnded(
  transition: Transition,
  activation: Activation,
  type: End,
  facts: Partial<HistoryRecord> = {},
): void {
  const { id, attempt, since } = activation;
  const { state, ...rest } = facts;
  const ms = since === undefined ? {} : { ms: Math.max(0, transition.now - since) };
  const wrote = state && state.length > 0 ? { state } : {};
  note(transition, type, { ...placeOf(transition, activation, id), attempt, ...ms, ...wrote, ...rest });
}

/** Notes that chunks have slept long enough; their output is `null`. */
export function noteAwake(transition: Transition, activation: Activation): void {
  const { id, attempt } = activation;
  note(transition, 'attempt_succeeded', { ...placeOf(transition, activation, id), attempt, output: { v: null } });
}

/** Notes that those of the activations that are running are stopped. The value that is being sent on goes on. */
export function noteAborted(transition: Transition, activations: readonly Activation[], reason: string): void {
  const { giver } = transition;
  for (const activation of activations)
    if (activation.fence !== undefined) noteEnded(transition, activation, 'attempt_aborted', { reason });
  transition.giver = giver;
}

/** Notes at the failure just noted that it does not stop the execution. */
export function noteHow({ giver }: Transition, how: NonNullable<HistoryRecord['how']>): void {
  if (giver) giver.how = how;
}
