/** Which wake-ups a commit calls for. They follow the change of what is claimable, never of what is ready. */
import type { Head, Lease, OutboxRow } from '../../engine/head.ts';
import { permitsOf } from '../../engine/limits/permits.ts';
import { claimableOf } from '../../engine/work/claim.ts';
import { type Delayed, MAX_DELAY_SECONDS } from '../../ports/wake-queue.ts';

/** More messages than this are never on their way for the queued signals of one execution. */
const SIGNAL_MESSAGES = 32;

export interface CommitChange {
  readonly before: Head | undefined;
  readonly after: Head;
  readonly now: number;
  /** Signal messages that the committer had received. */
  readonly received: number;
  /** Who commits does nothing else, so new items for the stream and new waits to tell of need a worker. */
  readonly leaves?: boolean;
}

export function messagesAfter(change: CommitChange): readonly Delayed[] {
  const { before, after, now, leaves } = change;
  const messages: Delayed[] = [];
  const grew = claimable(after, now) > (before && !isFreed(change) ? claimable(before, now) : 0);
  if (grew || (leaves && newItems(change))) messages.push(wakeUp(after.id));
  for (let i = newSignals(change); i > 0; i -= 1) messages.push(signalMessage(after.id));
  if (after.armed !== undefined && after.armed !== before?.armed) messages.push(timer(after.id, after.armed, now));
  const { hostLease } = after;
  if (hostLease && hostLease.until !== before?.hostLease?.until)
    messages.push(leaseEnd(after.id, hostLease.until, now));
  return messages;
}

/** A host had the execution to itself: what came meanwhile found nobody to take it. */
function isFreed({ before, after }: CommitChange): boolean {
  return before?.hostLease !== undefined && after.hostLease === undefined;
}

/** What somebody waits for; the rest is tidying up. */
const URGENT: ReadonlySet<OutboxRow['kind']> = new Set<OutboxRow['kind']>(['stream', 'announce', 'flowData']);

function newItems({ before, after }: CommitChange): boolean {
  const known = new Set(before?.outbox.map((row) => row.id));
  return after.outbox.some((row) => URGENT.has(row.kind) && !known.has(row.id));
}

/**
 * One message for each queued signal, up to the limit; those that were received are on their way no more, nor are those of an
 * execution that had failed or that a host had to itself.
 */
function newSignals(change: CommitChange): number {
  const { before, after, received } = change;
  const queued = before?.failure || isFreed(change) ? 0 : (before?.signals.length ?? 0);
  const onTheirWay = Math.max(0, Math.min(SIGNAL_MESSAGES, queued) - received);
  return after.failure ? 0 : Math.max(0, Math.min(SIGNAL_MESSAGES, after.signals.length) - onTheirWay);
}

/** Activations that a worker could take now: none where a cap around them is reached. */
export function claimable(head: Head, now: number): number {
  return claimableOf(head, now).filter(permitsOf(head).take).length;
}

export function wakeUp(executionId: string): Delayed {
  return { message: { executionId, kind: 'wake' }, delaySeconds: 0 };
}

/** Arrives when the lease of a host is over, unless it is renewed. */
export function leaseEnd(executionId: string, until: number, now: number): Delayed {
  return { ...wakeUp(executionId), delaySeconds: delay(until + 1, now) };
}

export function signalMessage(executionId: string, after = 0): Delayed {
  return { message: { executionId, kind: 'signal' }, delaySeconds: delay(after, 0) };
}

/** Arrives no earlier than `due`, as far as a queue can delay it. */
export function timer(executionId: string, due: number, now: number): Delayed {
  return { message: { executionId, kind: 'timer', due }, delaySeconds: delay(due, now) };
}

/** Arrives when the lease may have been left, unless it is renewed. */
export function watchdog(executionId: string, lease: Lease, clockSkew: number, now: number): Delayed {
  const { fence, until } = lease;
  return { message: { executionId, kind: 'watchdog', fence }, delaySeconds: delay(until + clockSkew + 1, now) };
}

export function delay(due: number, now: number): number {
  return Math.min(MAX_DELAY_SECONDS, Math.ceil(Math.max(0, due - now) / 1_000));
}
