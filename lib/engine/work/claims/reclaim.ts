/** Returns activations without a settle: those of vanished workers, and those that a session releases. */
import type { Answer, ReleaseEvent } from '../../events.ts';
import type { Activation } from '../../head.ts';
import { noteEnded } from '../../history/attempts.ts';
import { errorOf } from '../../history/records.ts';
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
  const isLast = counts && isLastAttempt(transition, activation);
  const error = {
    name: 'PoisonError',
    code: 'poison',
    message: `The worker vanished, or could not renew its lease, in each of ${countedAttempts(activation)} attempts. Check for process exits, crashes, memory limits and an unresponsive store.`,
  };
  noteEnded(transition, activation, 'attempt_vanished', isLast ? { error: errorOf(error) } : {});
  activation.since = transition.now;
  if (!counts) activation.attempt -= 1;
  else if (isLast) fail(transition, activation, error);
}

/** Returns all activations of a session. Started attempts stay counted: the deadline cut them off. */
export function release(transition: Transition, event: ReleaseEvent): Answer {
  const lease = leaseOf(transition.head, event.session);
  if (!lease) return { kind: 'already' };
  for (const activation of heldBy(transition.head, lease)) {
    const counts = !activation.awaiting?.length && event.started.includes(activation.id);
    const error = counts && isLastAttempt(transition, activation) ? deadlineError(activation) : undefined;
    const how = counts ? 'deadline' : 'released';
    noteEnded(transition, activation, 'attempt_aborted', { reason: how, ...(error ? { error: errorOf(error) } : {}) });
    delete activation.fence;
    activation.since = transition.now;
    if (activation.awaiting?.length) continue;
    if (!counts) activation.attempt -= 1;
    else if (error) fail(transition, activation, error);
  }
  transition.head.leases = transition.head.leases.filter((each) => each !== lease);
  return { kind: 'applied' };
}

function deadlineError(activation: Activation) {
  return {
    name: 'DeadlineError',
    code: 'deadline_exceeded',
    message: `The worker's deadline cut off each of ${countedAttempts(activation)} attempts. Split the chunk, or give the worker more time.`,
  };
}

function isLastAttempt(transition: Transition, activation: Activation): boolean {
  return countedAttempts(activation) >= retryPolicy(transition, activation).maxAttempts;
}
