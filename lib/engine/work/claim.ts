/** Leases: who runs what, and what becomes of the work of a worker that vanished. */

import { listeners } from '../../flow/graph/graph.ts';
import type { Answer, ClaimEvent, HeartbeatEvent, ReleaseEvent } from '../events.ts';
import type { Activation, Head, Lease } from '../head.ts';
import { spendHops } from '../limits/hops.ts';
import { permitsOf } from '../limits/permits.ts';
import { countedAttempts, retryPolicy } from '../limits/policy.ts';
import { dispatch, fail, operatorOf } from '../moves.ts';
import { originOf } from '../origin.ts';
import { endHostLease } from '../outside/host-lease.ts';

import { deliverFromOutside, startFromOutside } from '../outside/signals.ts';
import { graphAt, type Transition, takeRoom } from '../transition.ts';
import { busyCascades } from './cascades.ts';

/** The activations that may be claimed now: none of a failed or closed execution. */
export function claimableOf(head: Head, now: number): readonly Activation[] {
  if (head.failure || head.lifecycle === 'closed') return [];
  const busy = busyCascades(head);
  return head.activations.filter((activation) => {
    if (activation.fence !== undefined || activation.failed || activation.sleeps || (activation.dueAt ?? 0) > now)
      return false;
    return !activation.parked && (activation.awaiting ?? []).every((cascade) => !busy.has(cascade));
  });
}

export function heldBy(head: Head, lease: Lease): readonly Activation[] {
  return head.activations.filter((activation) => activation.fence === lease.fence);
}

/** The lease with this session's mark; a claim that was applied is recognised by it. */
export function leaseOf(head: Head, session: string): Lease | undefined {
  return head.leases.find((lease) => lease.session === session);
}

export function claim(transition: Transition, event: ClaimEvent): Answer {
  const { head } = transition;
  const reclaimed = reclaim(transition, event.reclaimBefore);
  const lapsed = endHostLease(transition);
  // What somebody else has to itself is left alone; what is held already goes on.
  const may = head.hostLease?.fence === event.host;
  let lease = leaseOf(head, event.session);
  const inline = head.options.nowait === 'inline';
  const delivered = may && (inline || !lease) ? deliver(transition, inline ? Infinity : event.deliver) : 0;
  const held = lease ? heldBy(head, lease) : [];
  const wanted = may ? pick(transition, held, event) : [];
  const hops = delivered + (lease || wanted.length === 0 ? 0 : 1);
  const isSpent = !spendHops(transition, hops, wanted);
  const picked = isSpent ? [] : wanted;
  if (held.length === 0 && picked.length === 0) {
    head.leases = head.leases.filter((each) => each.session !== event.session);
    return { kind: reclaimed || lapsed || isSpent || delivered > 0 || lease ? 'applied' : 'already' };
  }
  if (!lease) {
    head.fence += 1;
    lease = { session: event.session, fence: head.fence, until: event.until, ...(event.solo ? { solo: true } : {}) };
    head.leases.push(lease);
  }
  lease.until = event.until;
  for (const activation of picked) {
    activation.fence = lease.fence;
    const node = graphAt(transition, activation.home).nodes[activation.node];
    if (node) operatorOf(transition, node).claimed?.(transition, node);
    // An attempt that was released while it waited goes on uncounted.
    if (!activation.awaiting) activation.attempt += 1;
    delete activation.awaiting;
    delete activation.dueAt;
  }
  return { kind: 'applied' };
}

/** Oldest first. A suspect is taken alone and holds the session to itself. */
function pick(transition: Transition, held: readonly Activation[], event: ClaimEvent): readonly Activation[] {
  if (held.some((activation) => activation.suspect)) return [];
  const claimable = claimableOf(transition.head, transition.now);
  const running = held.filter((activation) => !activation.awaiting?.length).length;
  const waitingFirst = [...claimable].sort(
    (a, b) => Number(b.awaiting !== undefined) - Number(a.awaiting !== undefined),
  );
  const room = Math.max(0, event.limit - running);
  const permits = permitsOf(transition.head);
  const sound: Activation[] = [];
  for (const activation of waitingFirst) {
    if (sound.length === room) break;
    if (!activation.suspect && permits.take(activation)) sound.push(activation);
  }
  if (sound.length > 0 || held.length > 0 || !event.solo || room === 0) return sound;
  const suspect = claimable.find(permits.has);
  return suspect ? [suspect] : [];
}

/** Starts what listens to the oldest queued signals, at most `count`. */
function deliver(transition: Transition, count: number): number {
  if (transition.head.failure) return 0;
  const { signals: queued } = transition.head;
  const signals = queued.splice(0, takeRoom(transition, Math.min(count, queued.length)));
  for (const signal of signals) {
    const graph = graphAt(transition, signal.home);
    if (signal.outside) {
      startFromOutside(transition, signal);
      continue;
    }
    if (signal.source === 'flowData' && signal.home === undefined) {
      deliverFromOutside(transition, listeners(graph.onFlowData ?? {}, signal.name), signal.value, signal.id);
      continue;
    }
    const heard = { state: graph.onState, flowData: graph.onFlowData, emit: graph.on }[signal.source ?? 'emit'];
    const targets = listeners(heard ?? {}, signal.name);
    dispatch(transition, targets, signal.value, originOf(signal), signal.id);
  }
  return signals.length;
}

/**
 * Takes back what expired leases held. One that vanished alone in its process with one activation is to blame: the attempt
 * counts. Otherwise nobody knows which one it was: all are refunded, and run alone from now on. Nor does anybody where steps
 * were not stored one by one: from now on they are.
 */
function reclaim(transition: Transition, before: number): boolean {
  const expired = transition.head.leases.filter((lease) => lease.until < before);
  for (const lease of expired) {
    const held = heldBy(transition.head, lease);
    const counts = lease.solo === true && held.length === 1 && transition.head.options.durability === undefined;
    for (const activation of held) vanish(transition, activation, counts);
  }
  if (expired.length > 0) delete transition.head.options.durability;
  transition.head.leases = transition.head.leases.filter((lease) => !expired.includes(lease));
  return expired.length > 0;
}

function vanish(transition: Transition, activation: Activation, counts: boolean): void {
  delete activation.fence;
  delete activation.awaiting;
  activation.suspect = true;
  if (!counts) activation.attempt -= 1;
  else if (isLastAttempt(transition, activation)) {
    fail(transition, activation, {
      name: 'PoisonError',
      code: 'poison',
      message: `The worker vanished, or could not renew its lease, in each of ${countedAttempts(activation)} attempts. Look for exits, crashes, memory use and a store that does not answer.`,
    });
  }
}

export function heartbeat(transition: Transition, event: HeartbeatEvent): Answer {
  const lease = leaseOf(transition.head, event.session);
  if (!lease) return { kind: 'refused' };
  lease.until = Math.max(lease.until, event.until);
  return { kind: 'applied' };
}

/** Gives everything back. What had started keeps its counted attempt: it was cut off by the deadline. */
export function release(transition: Transition, event: ReleaseEvent): Answer {
  const lease = leaseOf(transition.head, event.session);
  if (!lease) return { kind: 'already' };
  for (const activation of heldBy(transition.head, lease)) {
    delete activation.fence;
    if (activation.awaiting?.length) continue;
    if (!event.started.includes(activation.id)) activation.attempt -= 1;
    else if (isLastAttempt(transition, activation)) {
      fail(transition, activation, {
        name: 'DeadlineError',
        code: 'deadline_exceeded',
        message: `The worker's deadline cut off each of ${countedAttempts(activation)} attempts. Split the chunk or allow it more time.`,
      });
    }
  }
  transition.head.leases = transition.head.leases.filter((each) => each !== lease);
  return { kind: 'applied' };
}

function isLastAttempt(transition: Transition, activation: Activation): boolean {
  return countedAttempts(activation) >= retryPolicy(transition, activation).maxAttempts;
}
