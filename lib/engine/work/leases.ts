/** Leases: which session holds which activations, and how long. */
import type { Answer, HeartbeatEvent } from '../events.ts';
import type { Activation, Head, Lease } from '../head.ts';
import type { Transition } from '../transition.ts';

export function heldBy(head: Head, lease: Lease): readonly Activation[] {
  return head.activations.filter((activation) => activation.fence === lease.fence);
}

/** The lease with this session's mark; a claim that was applied is recognised by it. */
export function leaseOf(head: Head, session: string): Lease | undefined {
  return head.leases.find((lease) => lease.session === session);
}

export function heartbeat(transition: Transition, event: HeartbeatEvent): Answer {
  const lease = leaseOf(transition.head, event.session);
  if (!lease) return { kind: 'refused' };
  lease.until = Math.max(lease.until, event.until);
  return { kind: 'applied' };
}
