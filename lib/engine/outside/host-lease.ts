/** The host lease reserves an execution for one host; other workers run nothing of it. */
import type { Answer, HostClaimEvent, HostRenewEvent } from '../events.ts';
import type { Head } from '../head.ts';
import type { Transition } from '../transition.ts';

/** While it is valid, only the host's own worker runs chunks. Outside signals and answers are accepted and wait. */
export interface HostLease {
  owner: string;
  /** Mark of the claim that a repeat is recognised by. */
  mark: string;
  fence: number;
  until: number;
}

/** The host lease, if it is valid now. */
export function hostLeaseOf(head: Head, now: number): HostLease | undefined {
  return head.hostLease && head.hostLease.until > now ? head.hostLease : undefined;
}

/** True when the host lease with this fence has ended. Without a fence always false. */
export function isHostLeaseOver(head: Head, fence: number | undefined, now: number): boolean {
  return fence !== undefined && hostLeaseOf(head, now)?.fence !== fence;
}

/** Leases the execution to the owner. Refused while another host holds it or a worker session holds activations. */
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

/** Extends the lease, or ends it. */
export function hostRenew({ head, now }: Transition, { fence, until }: HostRenewEvent): Answer {
  if (head.hostLease?.fence !== fence) return { kind: 'refused' };
  if (until === undefined) delete head.hostLease;
  else if (hostLeaseOf(head, now)) head.hostLease.until = Math.max(head.hostLease.until, until);
  else return { kind: 'refused' };
  return { kind: 'applied' };
}

/** Deletes an expired host lease. @returns whether there was one */
export function endHostLease({ head, now }: Transition): boolean {
  if (!head.hostLease || hostLeaseOf(head, now)) return false;
  delete head.hostLease;
  return true;
}
