/**
 * What follows a failed attempt: a retry, an error as an item's result, a handler, a skipped branch, or the failure of
 * the execution.
 */

import { hashId } from '../../flow/json.ts';
import type { ErrorInfo, Outcome } from '../events.ts';
import { framesAround } from '../frames/bodies.ts';
import { forgetBusy } from '../frames/busy.ts';
import { leaveChild } from '../frames/children.ts';
import { endItem } from '../frames/ends.ts';
import { dropFrame } from '../frames/scopes.ts';
import type { Activation, FailureInfo, Origin, ScopeId, ToleratedRow, Value } from '../head.ts';
import { spendHops } from '../limits/hops.ts';
import { chunkName, countedAttempts, errorPolicy, retryDelay, retryPolicy } from '../limits/retry-policy.ts';
import { endCascadesOf, frameOperatorOf, operatorOf } from '../moves.ts';
import { originOf, originOfHandler } from '../origin.ts';
import { cancelWaits } from '../outside/interrupts.ts';
import { graphAt, type Transition } from '../transition.ts';
import { literal } from '../values/value-refs.ts';
import { acceptedOf } from './commit-points.ts';

/** A row at a node. `instead`: node of the failed chunk that a handler replaces. */
type Placed = Origin & Pick<Activation, 'node' | 'instead'>;
type Failed = Extract<Outcome, { kind: 'failed' }>;

/**
 * Retries by the chunk's policy: after a delay as a timer, without a delay at once, which costs a hop. After the last
 * attempt the activation fails.
 */
export function failAttempt(transition: Transition, activation: Activation, outcome: Failed): void {
  const policy = retryPolicy(transition, activation);
  const counted = countedAttempts(activation);
  if (outcome.fatal || counted >= policy.maxAttempts) return fail(transition, activation, outcome.error);
  delete activation.fence;
  delete activation.awaiting;
  const delay = retryDelay(policy, counted, outcome.entropy, outcome.retryAfter);
  if (delay > 0) activation.dueAt = transition.now + delay;
  else spendHops(transition, 1, [activation]);
}

/**
 * Fails an activation for good. Its chunk's error policy decides what follows; with `fail` an enclosing item may
 * collect the error.
 */
export function fail(transition: Transition, activation: Activation, error: ErrorInfo): void {
  const info: FailureInfo = { ...error, chunk: chunkName(transition, activation), attempt: activation.attempt };
  const policy = errorPolicy(transition, activation);
  const { awaiting } = activation;
  delete activation.fence;
  delete activation.awaiting;
  activation.failed = true;
  if (policy !== 'fail') tolerate(transition, info, policy === 'skip' ? 'skipped' : 'handled');
  if (policy !== 'fail') end(transition, activation, awaiting);
  if (policy === 'skip') return;
  if (policy !== 'fail') return handle(transition, activation, policy.handler, error);
  const item = collectingItem(transition, activation);
  if (item !== undefined) {
    end(transition, activation, awaiting);
    return endFailedItem(transition, item, error);
  }
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
  transition.head.activations.push({
    id: hashId(transition.head.id, activation.id, 'error'),
    node: handler,
    ...originOfHandler(originOf(activation), handler),
    input: value,
    attempt: 0,
    ...(inOperator ? { instead: activation.instead ?? activation.node } : {}),
  });
}

/** True when a failure is kept for a redrive: no policy skips or handles it, and no item collects it. */
export function isKept(transition: Transition, row: Placed): boolean {
  return errorPolicy(transition, row) === 'fail' && collectingItem(transition, row) === undefined;
}

/**
 * The innermost enclosing item whose operator collects errors. An awaited emit in between gets the error first. Side
 * branches and listeners in the item's scope do not belong to the item.
 */
function collectingItem(transition: Transition, { scope, node, instead, cascade, side }: Placed): ScopeId | undefined {
  for (const { at, frame, branch } of framesAround(transition, scope, instead ?? node)) {
    if (frame.parent.cascade !== cascade || (side && !frame.parent.side)) return undefined;
    const operator = graphAt(transition, frame.parent.home).nodes[frame.node];
    const collects = operator && operatorOf(transition, operator).collectsErrors?.(operator);
    if (frame.kind === 'item' && !frame.over && branch !== undefined && collects) return at;
  }
  return undefined;
}

/** Drops the live work of the item's body and stores the error as the item's result. */
export function endFailedItem(transition: Transition, item: ScopeId, error: ErrorInfo): void {
  dropBody(transition, item);
  endItem(transition, item, literal({ error: toItem(error) }), 'failed');
}

type Place = Pick<Origin, 'scope'> & Partial<Placed>;

/**
 * Drops the work in an operator's body or sub-flow and cancels its waits. Work that accepted signals started outside
 * the body continues without being awaited.
 */
function dropBody(transition: Transition, dropped: ScopeId): void {
  const { head } = transition;
  const goes = ({ scope, node, instead }: Place): boolean => {
    for (const { at, branch } of framesAround(transition, scope, instead ?? node))
      if (at === dropped) return branch !== undefined;
    return false;
  };
  const scopes = Object.entries(head.frames).flatMap(([scope, { node, parent }]) =>
    goes({ scope: parent.scope, node }) ? [scope] : [],
  );
  const over = head.activations.filter(goes);
  const ids = new Set(over.map(({ id }) => id));
  forgetBusy(transition);
  head.activations = head.activations.filter(({ id }) => !ids.has(id));
  head.signals = head.signals.filter((each) => !goes(each));
  cancelWaits(transition, head.interrupts.filter(goes));
  for (const scope of scopes) dropFrame(head, scope);
  const gone = new Set([...scopes, dropped]);
  const parents = Object.values(head.frames).map(({ parent }) => parent);
  for (const { scope } of [...head.activations, ...head.signals, ...head.interrupts, ...parents]) gone.delete(scope);
  head.joins = head.joins.filter(({ scope, home = '' }) => !gone.has(scope) && !gone.has(home));
  for (const { id, awaiting } of over) endCascadesOf(transition, id, awaiting);
}

function toItem({ name, message, code }: ErrorInfo) {
  return { name, message, ...(code === undefined ? {} : { code }) };
}
