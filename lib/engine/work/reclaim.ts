/** Activations that come back without a settle: from workers that vanished, and from those that give them back. */
import type { Answer, ReleaseEvent } from '../events.ts';
import type { Activation } from '../head.ts';
import { countedAttempts, retryPolicy } from '../limits/policy.ts';
import { fail } from '../moves.ts';
import type { Transition } from '../transition.ts';
import { heldBy, leaseOf } from './leases.ts';

/**
 * Takes back what expired leases held. One that vanished alone in its process with one activation is to blame: the attempt
 * counts. Otherwise nobody knows which one it was: all are refunded, and run alone from now on. Nor does anybody where steps
 * were not stored one by one: from now on they are.
 */
export function reclaim(transition: Transition, before: number): boolean {
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
