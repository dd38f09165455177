/** What a failed attempt leads to: another one, an error at an item's place, a handler, the end of a branch, or the end. */

import { endCascadesOf } from './cascades.ts';
import { dispatch, pathOf } from './dispatch.ts';
import type { ErrorInfo, Outcome } from './events.ts';
import { endItem } from './frames.ts';
import type { Activation, FailureInfo, Head, ScopeId, Value } from './head.ts';
import { chunkName, errorPolicy, retryDelay, retryPolicy } from './policy.ts';
import { graphAt, type Turn } from './turn.ts';
import { inline } from './values.ts';

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** Tries again by the chunk's policy, as a timer; after the last attempt the activation has failed. */
export function failAttempt(turn: Turn, activation: Activation, outcome: Failed): void {
  const policy = retryPolicy(turn, activation);
  if (outcome.fatal || activation.attempt >= policy.maxAttempts) return fail(turn, activation, outcome.error);
  delete activation.fence;
  delete activation.awaiting;
  activation.dueAt = turn.now + retryDelay(policy, activation.attempt, outcome.entropy, outcome.retryAfter);
}

/** The activation has failed for good. What that means is said by its chunk, then by the items it belongs to. */
export function fail(turn: Turn, activation: Activation, error: ErrorInfo): void {
  const info: FailureInfo = { ...error, chunk: chunkName(turn, activation), attempt: activation.attempt };
  const policy = errorPolicy(turn, activation);
  endCascadesOf(turn.head, activation.id);
  if (policy === 'skip') return skip(turn, activation);
  if (policy !== 'fail') return handle(turn, activation, policy.handler, error);
  const item = collectingItem(turn, activation);
  if (item !== undefined) return endFailedItem(turn, item, error);
  const cascade = activation.cascade === undefined ? undefined : turn.head.cascades[activation.cascade];
  if (cascade) {
    cascade.failure ??= info;
    return remove(turn.head, activation);
  }
  delete activation.fence;
  delete activation.awaiting;
  activation.failed = true;
  if (activation.side) turn.head.sideFailure ??= info;
  else turn.head.failure ??= info;
}

/** Ends the branch: it delivers nothing, so an operator that waits for it stays unfilled. */
function skip(turn: Turn, activation: Activation): void {
  remove(turn.head, activation);
}

function handle(turn: Turn, activation: Activation, handler: string, error: ErrorInfo): void {
  remove(turn.head, activation);
  const value: Value = { of: { error: inline(toItem(error)), input: activation.input } };
  dispatch(turn, [{ node: handler }], value, pathOf(activation), `${activation.id}/error`);
}

/** The innermost item around the activation whose operator collects errors; an awaited emit in between gets them first. */
function collectingItem(turn: Turn, { scope, cascade }: Activation): ScopeId | undefined {
  for (let at = scope; ; ) {
    const frame = turn.head.frames[at];
    if (!frame || frame.parent.cascade !== cascade) return undefined;
    const node = graphAt(turn, frame.parent.home).nodes[frame.node];
    if (frame.kind === 'item' && node?.kind === 'forEach' && node.onItemError === 'collect') return at;
    at = frame.parent.scope;
  }
}

/** What still happens for the item is dropped, but for side branches; its place in the results holds the error. */
function endFailedItem(turn: Turn, item: ScopeId, error: ErrorInfo): void {
  const { head } = turn;
  const inside = (scope: ScopeId): boolean => {
    for (let at: ScopeId | undefined = scope; at !== undefined; at = head.frames[at]?.parent.scope)
      if (at === item) return true;
    return false;
  };
  head.activations = head.activations.filter((each) => each.side || !inside(each.scope));
  head.signals = head.signals.filter((each) => each.side || !inside(each.scope));
  head.interrupts = head.interrupts.filter((each) => each.side || !inside(each.scope));
  head.joins = head.joins.filter((each) => !inside(each.scope));
  for (const scope of Object.keys(head.frames)) if (scope !== item && inside(scope)) delete head.frames[scope];
  endItem(turn, item, inline({ error: toItem(error) }));
}

function toItem({ name, message, code }: ErrorInfo) {
  return { name, message, ...(code === undefined ? {} : { code }) };
}

function remove(head: Head, activation: Activation): void {
  head.activations.splice(head.activations.indexOf(activation), 1);
}
