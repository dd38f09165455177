/** The wake-ups that follow a commit. They depend on the change in claimable work, never on ready work alone. */

import { startable } from '../../engine/frames/slots.ts';
import type { Head, Lease, OutboxRow } from '../../engine/head.ts';
import { type CrowdLimits, roomForItems } from '../../engine/limits/crowds.ts';
import { permitsOf } from '../../engine/limits/permits.ts';
import { ROOT } from '../../engine/origin.ts';
import { claimableOf, mayStart } from '../../engine/work/claims/claim.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import { type Delayed, MAX_DELAY_SECONDS } from '../../ports/wake-queue.ts';

/** Most signal messages in flight per execution. */
const SIGNAL_MESSAGES = 32;

export interface CommitChange {
  readonly before: Head | undefined;
  readonly after: Head;
  readonly now: number;
  /** Signal messages that the committer received. */
  readonly received: number;
  /** The committer is no worker, so new stream items and announcements need a wake-up. */
  readonly committerIsNoWorker?: boolean;
  /** Absent: items of lists that have not started are no work for others. */
  readonly lists?: ListWork;
}

export function messagesAfter(change: CommitChange): readonly Delayed[] {
  const { before, after, now, committerIsNoWorker, lists } = change;
  const messages: Delayed[] = [];
  const ready = claimable(after, now, lists);
  const grew = ready > 0 && ready > (before && !leaseEnded(change) ? claimable(before, now, lists) : 0);
  if (grew || (committerIsNoWorker && newItems(change))) messages.push(wakeUp(after.id));
  messages.push(...signalMessages(after.id, newSignals(change)));
  if (after.armed !== undefined && after.armed !== before?.armed) messages.push(timer(after.id, after.armed, now));
  const { hostLease } = after;
  if (hostLease && hostLease.until !== before?.hostLease?.until)
    messages.push(leaseEnd(after.id, hostLease.until, now));
  return messages;
}

/** Whether a host lease or a pause ended: no worker could take work that arrived in between. */
function leaseEnded({ before, after }: CommitChange): boolean {
  const wasPaused = before?.paused !== undefined && after.paused === undefined;
  return wasPaused || (before?.hostLease !== undefined && after.hostLease === undefined);
}

/** Outbox rows that a reader or a person waits for; the other rows are cleanup. */
const URGENT: ReadonlySet<OutboxRow['kind']> = new Set<OutboxRow['kind']>([
  'stream',
  'announce',
  'flowData',
  'attribute',
]);

function newItems({ before, after }: CommitChange): boolean {
  const known = new Set(before?.outbox.map((row) => row.id));
  return after.outbox.some((row) => URGENT.has(row.kind) && !known.has(row.id));
}

/**
 * Returns one message per queued signal, up to the limit. Messages received, or consumed while the execution was failed,
 * paused or host-leased, no longer count as in flight.
 */
function newSignals(change: CommitChange): number {
  const { before, after, received } = change;
  const queued = before?.failure || leaseEnded(change) ? 0 : (before?.signals.length ?? 0);
  const inFlight = Math.max(0, Math.min(SIGNAL_MESSAGES, queued) - received);
  return !mayStart(after) ? 0 : Math.max(0, Math.min(SIGNAL_MESSAGES, after.signals.length) - inFlight);
}

/** The graph and the limits from which `claimable` counts the items of lists that a claim would start. */
export interface ListWork {
  readonly graph: Graph;
  readonly crowds?: CrowdLimits;
}

/**
 * Number of activations that a worker could claim now. A reached concurrency limit excludes its activations. With
 * `lists`, items of lists that a claim would start count too.
 */
export function claimable(head: Head, now: number, lists?: ListWork): number {
  const permits = permitsOf(head);
  const ready = claimableOf(head, now).filter(permits.take).length;
  if (!lists || !mayStart(head)) return ready;
  const { graph, ...lookups } = lists;
  const place = { graph, head, lookups };
  return ready + Math.min(startable(place, roomForItems(place)), permits.free({ scope: ROOT }));
}

/** @param after delay in ms */
export function wakeUp(executionId: string, after = 0): Delayed {
  return { message: { executionId, kind: 'wake' }, delaySeconds: delay(after, 0) };
}

/** Arrives after the end of the host lease; a renewed lease sends a new one. */
export function leaseEnd(executionId: string, until: number, now: number): Delayed {
  return { ...wakeUp(executionId), delaySeconds: delay(until + 1, now) };
}

export function signalMessage(executionId: string, after = 0): Delayed {
  return { message: { executionId, kind: 'signal' }, delaySeconds: delay(after, 0) };
}

/** One message for each queued signal. @param after delay in ms */
export function signalMessages(executionId: string, count: number, after = 0): readonly Delayed[] {
  return Array.from({ length: Math.max(0, count) }, () => signalMessage(executionId, after));
}

/** Arrives at `due`, or earlier when the queue cannot delay that long. */
export function timer(executionId: string, due: number, now: number): Delayed {
  return { message: { executionId, kind: 'timer', due }, delaySeconds: delay(due, now) };
}

/** Arrives once the lease could be abandoned; a worker sends it again while the lease lives. */
export function watchdog(executionId: string, lease: Lease, clockSkew: number, now: number): Delayed {
  const { fence, until } = lease;
  return { message: { executionId, kind: 'watchdog', fence }, delaySeconds: delay(until + clockSkew + 1, now) };
}

export function delay(due: number, now: number): number {
  return Math.min(MAX_DELAY_SECONDS, Math.ceil(Math.max(0, due - now) / 1_000));
}
