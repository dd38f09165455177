/** What a failed attempt leads to: another one, an error at an item's place, a handler, the end of a branch, or the end. */

import { hashId } from '../../flow/json.ts';
import { framesAround } from '../operators/bodies.ts';
import { forgetBusy } from '../operators/busy.ts';
import { endCascadesOf } from './cascades.ts';
import { acceptedOf } from './commit-points.ts';
import { pathOf } from '../dispatch.ts';
import type { ErrorInfo, Outcome } from '../events.ts';
import { endItem } from '../operators/frames.ts';
import { behindHandler } from './handlers.ts';
import type { Activation, FailureInfo, Path, ScopeId, ToleratedRow, Value } from '../head.ts';
import { spendHops } from '../limits/hops.ts';
import { cancelWaits } from '../outside/interrupts.ts';
import { chunkName, countedAttempts, errorPolicy, retryDelay, retryPolicy } from '../limits/policy.ts';
import { dropFrame } from '../operators/scopes.ts';
import { leaveChild } from '../operators/sub-flows.ts';
import { graphAt, type Turn } from '../transition.ts';
import { inline } from '../values/value-refs.ts';

/** A row at a node; `instead` as of a handler. */
type Placed = Path & Pick<Activation, 'node' | 'instead'>;
type Failed = Extract<Outcome, { kind: 'failed' }>;

/**
 * Tries again by the chunk's policy, as a timer, or at once where there is no delay; that costs a hop. After the last attempt the
 * activation has failed.
 */
export function failAttempt(turn: Turn, activation: Activation, outcome: Failed): void {
  const policy = retryPolicy(turn, activation);
  const counted = countedAttempts(activation);
  if (outcome.fatal || counted >= policy.maxAttempts) return fail(turn, activation, outcome.error);
  delete activation.fence;
  delete activation.awaiting;
  const delay = retryDelay(policy, counted, outcome.entropy, outcome.retryAfter);
  if (delay > 0) activation.dueAt = turn.now + delay;
  else spendHops(turn, 1, [activation]);
}

/** The activation has failed for good. What that means is said by its chunk, then by the items it belongs to. */
export function fail(turn: Turn, activation: Activation, error: ErrorInfo): void {
  const info: FailureInfo = { ...error, chunk: chunkName(turn, activation), attempt: activation.attempt };
  const policy = errorPolicy(turn, activation);
  const { awaiting } = activation;
  delete activation.fence;
  delete activation.awaiting;
  activation.failed = true;
  if (policy !== 'fail') tolerate(turn, info, policy === 'skip' ? 'skipped' : 'handled');
  if (policy !== 'fail') end(turn, activation, awaiting);
  if (policy === 'skip') return;
  if (policy !== 'fail') return handle(turn, activation, policy.handler, error);
  const item = collectingItem(turn, activation);
  if (item !== undefined) {
    end(turn, activation, awaiting);
    return endFailedItem(turn, item, error);
  }
  // Its own failure tells of these. Otherwise each of many cascades, one in the other, would repeat the message.
  for (const { owner, failure: inner } of Object.values(turn.head.cascades))
    if (owner === activation.id && inner) inner.message = '';
  const cascade = activation.cascade === undefined ? undefined : turn.head.cascades[activation.cascade];
  if (cascade && !cascade.failure) {
    cascade.failure = info;
    cascade.failedAt = acceptedOf(turn.head, cascade.owner);
  }
  if (!cascade) failExecution(turn, activation, info);
}

/** A failed side branch lets the main path run to its end first. */
export function failExecution({ head }: Turn, { side }: Path, info: FailureInfo): void {
  if (side) head.sideFailure ??= info;
  else head.failure ??= info;
}

/** More are not kept: a head does not grow with the turns of a loop. */
const TOLERATED = 20;

/** Notes a failure that the execution goes on from. */
export function tolerate({ head, now }: Turn, { name, chunk, code }: FailureInfo, how: ToleratedRow['how']): void {
  const row = { name, chunk, ...(code === undefined ? {} : { code }), how, at: now };
  head.tolerated = [...(head.tolerated ?? []), row].slice(-TOLERATED);
}

/** Ends the branch: it delivers nothing, so an operator that waits for it stays unfilled. A sub-flow goes with its frame. */
function end(turn: Turn, activation: Activation, awaiting: readonly string[] = []): void {
  const { head } = turn;
  head.activations = head.activations.filter((each) => each !== activation);
  leaveChild(head, activation.id);
  endCascadesOf(turn, activation.id, awaiting);
}

/**
 * A failure that was kept is over, and with it the outermost operator around it that its cascade has begun: it would never be
 * done.
 */
export function giveUp(turn: Turn, activation: Activation): void {
  end(turn, activation);
  let outermost: ScopeId | undefined;
  for (let at = activation.scope; ; ) {
    const frame = turn.head.frames[at];
    if (!frame) break;
    if (frame.parent.cascade === activation.cascade) outermost = at;
    at = frame.parent.scope;
  }
  if (outermost === undefined) return;
  dropBody(turn, outermost);
  dropFrame(turn.head, outermost);
}

function handle(turn: Turn, activation: Activation, handler: string, error: ErrorInfo): void {
  // A handler has led to this failure: a loop through handlers may never go through the queue.
  if (activation.handlers) spendHops(turn, 1, [activation]);
  const { causes = [] } = error;
  const told = { ...toItem(error), ...(causes.length > 0 ? { causes } : {}) };
  const value: Value = { of: { error: inline(told), input: activation.input } };
  const inOperator = ['branches', 'item'].includes(turn.head.frames[activation.scope]?.kind ?? '');
  turn.head.activations.push({
    id: hashId(turn.head.id, activation.id, 'error'),
    node: handler,
    ...behindHandler(pathOf(activation), handler),
    input: value,
    attempt: 0,
    ...(inOperator ? { instead: activation.instead ?? activation.node } : {}),
  });
}

/** Whether a failure there is kept for a redrive: nothing skips, handles or collects it. */
export function isKept(turn: Turn, row: Placed): boolean {
  return errorPolicy(turn, row) === 'fail' && collectingItem(turn, row) === undefined;
}

/**
 * The innermost item around the activation whose operator collects errors; an awaited emit in between gets them first, and a
 * side branch of the item is not the item. What only listens in the scope of an item is not part of it.
 */
function collectingItem(turn: Turn, { scope, node, instead, cascade, side }: Placed): ScopeId | undefined {
  for (const { at, frame, branch } of framesAround(turn, scope, instead ?? node)) {
    if (frame.parent.cascade !== cascade || (side && !frame.parent.side)) return undefined;
    const operator = graphAt(turn, frame.parent.home).nodes[frame.node];
    const collects = operator?.kind === 'forEach' && operator.onItemError === 'collect';
    if (frame.kind === 'item' && !frame.over && branch !== undefined && collects) return at;
  }
  return undefined;
}

/** What still happens in the item's body is dropped; its place in the results holds the error. */
export function endFailedItem(turn: Turn, item: ScopeId, error: ErrorInfo): void {
  dropBody(turn, item);
  endItem(turn, item, inline({ error: toItem(error) }), 'failed');
}

type Place = Pick<Path, 'scope'> & Partial<Placed>;

/**
 * Drops what happens at positions of an operator's body or in a sub-flow, and cancels its waits. Accepted signals, and what they
 * have started elsewhere, continue as if emitted without being awaited.
 */
function dropBody(turn: Turn, dropped: ScopeId): void {
  const { head } = turn;
  const goes = ({ scope, node, instead }: Place): boolean => {
    for (const { at, branch } of framesAround(turn, scope, instead ?? node))
      if (at === dropped) return branch !== undefined;
    return false;
  };
  const scopes = Object.entries(head.frames).flatMap(([scope, { node, parent }]) =>
    goes({ scope: parent.scope, node }) ? [scope] : [],
  );
  const over = head.activations.filter(goes);
  const ids = new Set(over.map(({ id }) => id));
  forgetBusy(turn);
  head.activations = head.activations.filter(({ id }) => !ids.has(id));
  head.signals = head.signals.filter((each) => !goes(each));
  cancelWaits(turn, head.interrupts.filter(goes));
  for (const scope of scopes) dropFrame(head, scope);
  const gone = new Set([...scopes, dropped]);
  const parents = Object.values(head.frames).map(({ parent }) => parent);
  for (const { scope } of [...head.activations, ...head.signals, ...head.interrupts, ...parents]) gone.delete(scope);
  head.joins = head.joins.filter(({ scope, home = '' }) => !gone.has(scope) && !gone.has(home));
  for (const { id, awaiting } of over) endCascadesOf(turn, id, awaiting);
}

function toItem({ name, message, code }: ErrorInfo) {
  return { name, message, ...(code === undefined ? {} : { code }) };
}
