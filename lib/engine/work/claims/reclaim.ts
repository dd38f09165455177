/** Returns activations without a settle: those of vanished workers, and those that a session releases. */
import type { Answer, ReleaseEvent } from '../../events.ts';
import type { Activation } from '../../head.ts';
import { countedAttempts, retryPolicy } from '../../limits/retry-policy.ts';
import { fail } from '../../moves.ts';
import type { Transition } from '../../transition.ts';
import { heldBy, leaseOf } from './leases.ts';

/**
 * Takes back the activations of expired leases. If the session ran alone in its process with one activation, that one
 * is the culprit and its attempt counts. Otherwise the culprit is unknown: all are refunded, and each is claimed alone
 * from then on. With durability `exit` the culprit is unknown too, so the option is switched off for this execution.
 */
export function reclaim(transition: Transition, before: number): boolean {
  const expired = transition.head.leases.filter((lease) => lease.until < before);
  for (const lease of expired) {
    const held = heldBy(transition.head, lease);
    const counts = lease.solo === true && held.length === 1 && transition.head.options.durability === undefined;
    for (const activation of held) countLost(transition, activation, counts);
  }
  if (expired.length > 0) delete transition.head.options.durability;
  transition.head.leases = transition.head.leases.filter((lease) => !expired.includes(lease));
  return expired.length > 0;
}

function countLost(transition: Transition, activation: Activation, counts: boolean): void {
  delete activation.fence;
  delete activation.awaiting;
  activation.suspect = true;
  if (!counts) activation.attempt -= 1;
  else if (isLastAttempt(transition, activation)) {
    fail(transition, activation, {
      name: 'PoisonError',
      code: 'poison',
      message: `The worker vanished, or could not renew its lease, in each of ${countedAttempts(activation)} attempts. Check for process exits, crashes, memory limits and an unresponsive store.`,
    });
  }
}

/** Returns all activations of a session. Started attempts stay counted: the deadline cut them off. */
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
        message: `The worker's deadline cut off each of ${countedAttempts(activation)} attempts. Split the chunk, or give the worker more time.`,
      });
    }
  }
  transition.head.leases = transition.head.leases.filter((each) => each !== lease);
  return { kind: 'applied' };
}

function isLastAttempt(transition: Transition, activation: Activation): boolean {
  return countedAttempts(activation) >= retryPolicy(transition, activation).maxAttempts;
}
