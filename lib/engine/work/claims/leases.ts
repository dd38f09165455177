/** Leases: which session holds which activations, and until when. */
import type { Answer, HeartbeatEvent } from '../../events.ts';
import type { Activation, Head, Lease } from '../../head.ts';
import type { Transition } from '../../transition.ts';

export function heldBy(head: Head, lease: Lease): readonly Activation[] {
  return head.activations.filter((activation) => activation.fence === lease.fence);
}

/** The lease of this session. A repeated claim is recognised by it. */
export function leaseOf(head: Head, session: string): Lease | undefined {
  return head.leases.find((lease) => lease.session === session);
}

export function heartbeat(transition: Transition, event: HeartbeatEvent): Answer {
  const lease = leaseOf(transition.head, event.session);
  if (!lease) return { kind: 'refused' };
  lease.until = Math.max(lease.until, event.until);
  return { kind: 'applied' };
}
