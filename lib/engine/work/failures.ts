/**
 * What follows a failed attempt: a retry, an error as an item's result, a handler, a skipped branch, or the failure of
 * the execution.
 */

import { hashId } from '../../flow/json.ts';
import type { ErrorInfo, Outcome } from '../events.ts';
import { leaveChild } from '../frames/children.ts';
import { dropFrame } from '../frames/scopes.ts';
import type { Activation, FailureInfo, Head, Origin, ScopeId, ToleratedRow, Value } from '../head.ts';
import { noteEnded, noteHow } from '../history/attempts.ts';
import { errorOf, noteNext } from '../history/records.ts';
import { retryDueAt } from '../limits/crowds.ts';
import { spendHops } from '../limits/hops.ts';
import { chunkName, countedAttempts, errorPolicy, retryPolicy } from '../limits/retry-policy.ts';
import { endCascadesOf, endPages, frameOperatorOf } from '../moves.ts';
import { originOf, originOfHandler } from '../origin.ts';
import type { Transition } from '../transition.ts';
import { literal } from '../values/value-refs.ts';
import { acceptedOf } from './commit-points.ts';
import { dropBody } from './drops.ts';
import { endFailedPart, failPart, type Place, type Placed, placeOf, type Taking, toItem } from './places.ts';

type Failed = Extract<Outcome, { kind: 'failed' }>;

/**
 * Retries by the chunk's policy: after a delay as a timer, without a delay at once, which costs a hop. After the last
 * attempt the activation fails.
 */
export function failAttempt(transition: Transition, activation: Activation, outcome: Failed): void {
  const policy = retryPolicy(transition, activation);
  const counted = countedAttempts(activation);
  const error = errorOf(outcome.error);
  if (outcome.fatal || counted >= policy.maxAttempts) {
    noteEnded(transition, activation, 'attempt_failed', { error });
    return fail(transition, activation, outcome.error);
  }
  delete activation.fence;
  delete activation.awaiting;
  const { entropy, retryAfter } = outcome;
  const dueAt = retryDueAt(transition, activation, policy, { counted, entropy, retryAfter });
  noteEnded(transition, activation, 'attempt_failed', { error, nextAt: dueAt });
  activation.since = transition.now;
  keepError(transition, activation, error);
  if (dueAt > transition.now) activation.dueAt = dueAt;
  else spendHops(transition, 1, [activation]);
}

/** Most activations whose error the head keeps, and most characters of a message. */
const ERRORS = 50;
const MESSAGE = 200;

function keepError({ head }: Transition, activation: Activation, error: NonNullable<Activation['error']>): void {
  if (hasErrors(head, activation)) delete activation.error;
  else activation.error = { ...error, message: error.message.slice(0, MESSAGE) };
}

/** Whether the head keeps as many errors of other activations as it may. Stops early: it is asked at each failure. */
function hasErrors({ activations }: Head, except: Activation): boolean {
  let count = 0;
  for (const row of activations) {
    if (row.error && row !== except) count += 1;
    if (count >= ERRORS) return true;
  }
  return false;
}

/**
 * Fails an activation for good. Its chunk's error policy decides what follows; with `fail` an enclosing operator may
 * take the error as the result of an item or branch.
 */
export function fail(transition: Transition, activation: Activation, error: ErrorInfo): void {
  const info: FailureInfo = { ...error, chunk: chunkName(transition, activation), attempt: activation.attempt };
  const policy = errorPolicy(transition, activation);
  const { awaiting } = activation;
  delete activation.fence;
  delete activation.awaiting;
  activation.failed = true;
  if (policy !== 'fail') noteHow(transition, policy === 'skip' ? 'skipped' : 'handled');
  if (policy !== 'fail') tolerate(transition, info, policy === 'skip' ? 'skipped' : 'handled');
  if (policy !== 'fail') {
    end(transition, activation, awaiting);
    // A page that is skipped or handled was the last one.
    if (activation.page) endPages(transition, activation.page.list);
  }
  if (policy === 'skip') return;
  if (policy !== 'fail') return handle(transition, activation, policy.handler, error);
  const place = placeOf(transition, activation);
  if (place) noteHow(transition, 'collected');
  if (place) return endAt(transition, activation, place, info, awaiting);
  // The failure of the owner names its cascades. Nested cascades would otherwise repeat the message at every level.
  for (const { owner, failure: inner } of Object.values(transition.head.cascades))
    if (owner === activation.id && inner) inner.message = '';
  const cascade = activation.cascade === undefined ? undefined : transition.head.cascades[activation.cascade];
  if (cascade && !cascade.failure) {
    cascade.failure = info;
    cascade.failedAt = acceptedOf(transition.head, cascade.owner);
  }
  if (!cascade) failExecution(transition, activation, info);
}

/** A failure that fills the place of an item or branch. */
function endAt(
  transition: Transition,
  activation: Activation,
  place: Place & { readonly taking: Taking },
  info: FailureInfo,
  awaiting: readonly string[] | undefined,
): void {
  switch (place.taking) {
    case 'collect':
      end(transition, activation, awaiting);
      return endFailedPart(transition, place, info);
    case 'keep':
      activation.tolerated = true;
      return failPart(transition, place, info);
    case 'known':
      activation.tolerated = true;
      return;
    case 'ignore':
      tolerate(transition, info, 'skipped');
      return end(transition, activation, awaiting);
    default:
      place.taking satisfies never;
  }
}

/** A failure of a side branch waits until the main path has ended. */
export function failExecution({ head }: Transition, { side }: Origin, info: FailureInfo): void {
  if (side) head.sideFailure ??= info;
  else head.failure ??= info;
}

/** Limit of kept rows, so that the head does not grow with the turns of a loop. */
const TOLERATED = 20;

/** Records a failure that does not stop the execution. */
export function tolerate(
  { head, now }: Transition,
  { name, chunk, code }: FailureInfo,
  how: ToleratedRow['how'],
): void {
  const row = { name, chunk, ...(code === undefined ? {} : { code }), how, at: now };
  head.tolerated = [...(head.tolerated ?? []), row].slice(-TOLERATED);
}

/**
 * Ends a branch without output: an operator that waits for it stays unfilled. A sub-flow's frame ends with its
 * activation.
 */
function end(transition: Transition, activation: Activation, awaiting: readonly string[] = []): void {
  const { head } = transition;
  head.activations = head.activations.filter((each) => each !== activation);
  leaveChild(head, activation.id);
  endCascadesOf(transition, activation.id, awaiting);
}

/**
 * Discards a failure kept for redrive and the outermost operator its cascade opened, which could otherwise never
 * complete.
 */
export function giveUp(transition: Transition, activation: Activation): void {
  end(transition, activation);
  let outermost: ScopeId | undefined;
  for (let at = activation.scope; ; ) {
    const frame = transition.head.frames[at];
    if (!frame) break;
    if (frame.parent.cascade === activation.cascade) outermost = at;
    at = frame.parent.scope;
  }
  if (outermost === undefined) return;
  dropBody(transition, outermost);
  dropFrame(transition.head, outermost);
}

function handle(transition: Transition, activation: Activation, handler: string, error: ErrorInfo): void {
  // A handler caused this failure. It costs a hop, because a loop through handlers may never use the queue.
  if (activation.handlers) spendHops(transition, 1, [activation]);
  const { causes = [] } = error;
  const told = { ...toItem(error), ...(causes.length > 0 ? { causes } : {}) };
  const value: Value = { of: { error: literal(told), input: activation.input } };
  const frame = transition.head.frames[activation.scope];
  const inOperator = frame && frameOperatorOf(transition, frame).awaitsOutput;
  noteNext(transition, handler);
  transition.head.activations.push({
    id: hashId(transition.head.id, activation.id, 'error'),
    node: handler,
    ...originOfHandler(originOf(activation), handler),
    input: value,
    attempt: 0,
    since: transition.now,
    ...(inOperator ? { instead: activation.instead ?? activation.node } : {}),
  });
}

/** True when a failure is kept for a redrive: no policy skips or handles it, and no operator takes it. */
export function isKept(transition: Transition, row: Placed): boolean {
  return errorPolicy(transition, row) === 'fail' && placeOf(transition, row) === undefined;
}
