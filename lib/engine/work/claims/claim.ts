/** Claims give a session the activations that it may run. */
import type { Answer, ClaimEvent } from '../../events.ts';
import { forgetBusy, hasMore } from '../../frames/busy.ts';
import { parkWork } from '../../frames/slots.ts';
import type { Activation, Head, Lease, ListFrame, ScopeId } from '../../head.ts';
import { noteBegun } from '../../history/attempts.ts';
import { roomForItems } from '../../limits/crowds.ts';
import { spendHops } from '../../limits/hops.ts';
import { type Permits, permitsOf } from '../../limits/permits.ts';
import { advance, operatorOf } from '../../moves.ts';
import { endHostLease } from '../../outside/host-lease.ts';
import { graphAt, type Transition } from '../../transition.ts';
import { busyCascades } from '../cascades.ts';
import { deliver } from './delivery.ts';
import { heldBy, leaseOf } from './leases.ts';
import { reclaim } from './reclaim.ts';

/** False: nothing of it may be claimed or started now. */
export function mayStart({ failure, paused, lifecycle }: Head): boolean {
  return !failure && !paused && lifecycle !== 'closed';
}

/** The activations that may be claimed now. A failed, paused or closed execution has none. */
export function claimableOf(head: Head, now: number): readonly Activation[] {
  if (!mayStart(head)) return [];
  const busy = busyCascades(head);
  return head.activations.filter((activation) => {
    if (activation.fence !== undefined || activation.failed || activation.sleeps || (activation.dueAt ?? 0) > now)
      return false;
    return !activation.parked && (activation.awaiting ?? []).every((cascade) => !busy.has(cascade));
  });
}

/** Reclaims expired leases, delivers queued signals, and gives the session activations to run. */
export function claim(transition: Transition, event: ClaimEvent): Answer {
  const { head } = transition;
  const reclaimed = reclaim(transition, event.reclaimBefore);
  const lapsed = endHostLease(transition);
  // Under another session's host lease nothing is claimed. Activations that the session holds continue.
  const may = head.hostLease?.fence === event.host;
  const lease = leaseOf(head, event.session);
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
  take(transition, lease ?? newLease(head, event), event, picked);
  return { kind: 'applied' };
}

function newLease(head: Head, { session, until, solo }: ClaimEvent): Lease {
  head.fence += 1;
  const lease: Lease = { session, fence: head.fence, until, ...(solo ? { solo: true } : {}) };
  head.leases.push(lease);
  return lease;
}

function take(transition: Transition, lease: Lease, { until }: ClaimEvent, picked: readonly Activation[]): void {
  lease.until = until;
  for (const activation of picked) {
    activation.fence = lease.fence;
    const node = graphAt(transition, activation.home).nodes[activation.node];
    if (node) operatorOf(transition, node).claimed?.(transition, node);
    // An attempt released while it awaited an emit is not counted again.
    if (!activation.awaiting) activation.attempt += 1;
    delete activation.awaiting;
    noteBegun(transition, activation);
    delete activation.dueAt;
  }
}

/**
 * Picks claimable activations: those that awaited an emit first, then the oldest, then items that are started for the
 * session. A suspect is claimed alone and blocks further claims of its session.
 */
function pick(transition: Transition, held: readonly Activation[], event: ClaimEvent): readonly Activation[] {
  const { head, now } = transition;
  if (held.some((activation) => activation.suspect)) return [];
  const running = held.filter((activation) => !activation.awaiting?.length).length;
  const room = Math.max(0, event.limit - running);
  const permits = permitsOf(head);
  const claimable = claimableOf(head, now);
  const sound = new Set<Activation>();
  const take = (rows: readonly Activation[]): boolean => {
    for (const activation of rows) {
      if (activation.suspect || sound.has(activation)) continue;
      if (sound.size === room) return false;
      if (permits.take(activation)) sound.add(activation);
    }
    return sound.size < room;
  };
  const waits = claimable.filter(({ awaiting }) => awaiting !== undefined);
  const hasRoom = take(waits.length > 0 ? [...waits, ...claimable] : claimable);
  const isDry = claimable.every((activation) => activation.suspect || sound.has(activation));
  if (hasRoom && isDry && startItems(transition, room - sound.size, permits)) take(claimableOf(head, now));
  if (sound.size > 0 || held.length > 0 || !event.solo || room === 0) return [...sound];
  const suspect = claimable.find(permits.has);
  return suspect ? [suspect] : [];
}

/** Starts items of lists for a session with room for `count` activations. @returns whether any were started */
function startItems(transition: Transition, count: number, permits: Permits): boolean {
  const { head } = transition;
  if (!mayStart(head)) return false;
  transition.giver = undefined;
  const lists = openLists(head);
  if (lists.length === 0) return false;
  const roomOf = roomForItems(transition);
  const open = lists.filter(([scope]) => roomOf(scope) > 0);
  const most = head.activations.length + count;
  forgetBusy(transition);
  for (const [scope, { parent }] of open) {
    const room = Math.min(most - head.activations.length, permits.free(parent), roomOf(scope));
    if (room > 0) advance(transition, scope, head.activations.length + room);
  }
  if (open.length > 0) parkWork(transition, Object.entries(head.frames));
  return open.length > 0;
}

/** The lists with items to start. */
function openLists({ frames }: Head): readonly (readonly [scope: ScopeId, frame: ListFrame])[] {
  const open: [ScopeId, ListFrame][] = [];
  for (const scope in frames) {
    const frame = frames[scope];
    if (frame?.kind === 'list' && hasMore(frame)) open.push([scope, frame]);
  }
  return open;
}
