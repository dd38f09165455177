/** The host lease: a host has the execution to itself, and no other worker runs anything of it. */
import type { Answer, HostClaimEvent, HostRenewEvent } from '../events.ts';
import type { Head, HostLease } from '../head.ts';
import type { Transition } from '../transition.ts';

/** The lease by which a host has the execution to itself now. */
export function hostLeaseOf(head: Head, now: number): HostLease | undefined {
  return head.hostLease && head.hostLease.until > now ? head.hostLease : undefined;
}

/** Whether an answer or a session that names a host lease comes too late. */
export function isHostLeaseOver(head: Head, fence: number | undefined, now: number): boolean {
  return fence !== undefined && hostLeaseOf(head, now)?.fence !== fence;
}

/** Refused while another host, or the session of a worker, has work of it. */
export function hostClaim({ head, now }: Transition, { owner, mark, until }: HostClaimEvent): Answer {
  if (head.lifecycle === 'closed') return { kind: 'ignored' };
  const current = hostLeaseOf(head, now);
  if (current?.mark === mark) return { kind: 'already' };
  if (current && current.owner !== owner) return { kind: 'refused' };
  if (!current && head.leases.some((lease) => lease.until > now)) return { kind: 'refused' };
  head.fence += 1;
  head.hostLease = { owner, mark, fence: head.fence, until };
  return { kind: 'applied' };
}

/** Prolongs the lease, or ends it. */
export function hostRenew({ head, now }: Transition, { fence, until }: HostRenewEvent): Answer {
  if (head.hostLease?.fence !== fence) return { kind: 'refused' };
  if (until === undefined) delete head.hostLease;
  else if (hostLeaseOf(head, now)) head.hostLease.until = Math.max(head.hostLease.until, until);
  else return { kind: 'refused' };
  return { kind: 'applied' };
}

/** Forgets a host lease that nobody has prolonged. */
export function endHostLease({ head, now }: Transition): boolean {
  if (!head.hostLease || hostLeaseOf(head, now)) return false;
  delete head.hostLease;
  return true;
}
