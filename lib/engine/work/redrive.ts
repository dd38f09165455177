/** Redrive: retries failed work. Completed work and state are kept. */
import { defined } from '../../defined.ts';
import type { Answer, RedriveEvent } from '../events.ts';
import type { Activation, FailureInfo, Head, Interrupt } from '../head.ts';
import { note } from '../history/records.ts';
import { chunkName } from '../limits/retry-policy.ts';
import { operatorOf } from '../moves.ts';
import { attributionOf } from '../outside/attribution.ts';
import { endLater, endWait, restartWait } from '../outside/interrupts.ts';
import { endOf } from '../outside/waits.ts';
import { graphAt, type Transition, takeRoom } from '../transition.ts';
import { listFailed } from './cascades.ts';
import { isKept } from './failures.ts';
import { announceRestarted } from './pauses.ts';
import { failIfMissed, reopenPart } from './places.ts';

/**
 * Retries failed activations: all, or the one that the event names. Accepted once by id; ignored without retryable
 * failures. Attempts start at 0, an expired wait starts again, and a closed execution is reopened.
 */
export function redrive(transition: Transition, event: RedriveEvent): Answer {
  const { id, activation } = event;
  const { head, now } = transition;
  if (head.redrives?.some((each) => each.id === id)) return { kind: 'already' };
  const failure = head.failure ?? head.sideFailure;
  // Failed activations of a cascade are retried with the activation that awaits it.
  const all = listFailed(head).filter(({ cascade }) => cascade === undefined || !head.cascades[cascade]);
  const failed = all.filter((each) => activation === undefined || each.id === activation);
  const isWhole = (failure?.code === 'hop_budget' || head.overfull) && activation === undefined;
  if (!failure || (failed.length === 0 && !isWhole) || head.closing === 'cancelled') return { kind: 'ignored' };
  head.redrives ??= [];
  head.redrives.push({ id, at: now, ...attributionOf(event), error: summary(failure) });
  const held =
    head.overfull && activation === undefined ? head.interrupts.filter((wait) => isHeld(transition, wait)) : [];
  const { message: error } = failure;
  note(transition, 'redriven', {
    ...attributionOf(event),
    redriveId: id,
    ...defined({ activationId: activation }),
    error: { ...summary(failure), message: error },
  });
  delete head.failure;
  delete head.sideFailure;
  delete head.overfull;
  const left = all.find((each) => !failed.includes(each) && !each.tolerated);
  if (left) head.sideFailure = notTried(transition, left);
  if (head.lifecycle === 'closed') reopen(head);
  for (const each of failed) retryActivation(transition, each);
  for (const { asks } of failed) if (asks !== undefined) failIfMissed(transition, asks);
  const first = held.slice(0, takeRoom(transition, held.length));
  for (const wait of first) {
    endWait(transition, wait, { outcome: 'expired' });
    restartWait(transition, wait);
  }
  endLater(head, held.slice(first.length), { name: '', at: now, valueHash: '', restarts: true });
  announceRestarted(transition);
  return { kind: 'applied' };
}

function reopen(head: Head): void {
  head.lifecycle = 'open';
  delete head.closedAt;
  delete head.keptUntil;
  delete head.closing;
  delete head.cancels;
  delete head.idleSince;
}

function retryActivation(transition: Transition, activation: Activation): void {
  const { head } = transition;
  const { expired } = activation;
  const node = graphAt(transition, activation.home).nodes[activation.node];
  const operator = node && operatorOf(transition, node);
  delete activation.failed;
  if (activation.tolerated) reopenPart(transition, activation);
  delete activation.tolerated;
  if (activation.asks !== undefined) {
    remove(head, activation);
  } else if (expired) {
    remove(head, activation);
    restartWait(transition, expired);
  } else if (node && operator?.redrive) {
    operator.redrive(transition, node, activation);
  } else {
    activation.attempt = 0;
    activation.redriven = (activation.redriven ?? 0) + 1;
    delete activation.asked;
    retryInCascades(transition, activation);
  }
}

/** Its expiry would fail the execution again, and had no room to be processed. */
function isHeld(transition: Transition, wait: Interrupt): boolean {
  const isExpired = endOf(transition.head, wait)?.outcome === 'expired';
  return isExpired && !wait.onExpiry && wait.cascade === undefined && isKept(transition, wait);
}

/**
 * Retries the failures in an awaited emit; the activation continues once that cascade is quiet. If it had later
 * operations accepted, it has seen the failure, and the failure stays.
 */
function retryInCascades(transition: Transition, activation: Activation): void {
  const { head } = transition;
  for (const [id, cascade] of Object.entries(head.cascades)) {
    if (cascade.owner !== activation.id || !cascade.failure || cascade.failedAt !== activation.ops?.n) continue;
    delete cascade.failure;
    delete cascade.failedAt;
    // An awaiting activation continues without counting an attempt, so this is its first one.
    activation.attempt = 1;
    activation.awaiting = [...(activation.awaiting ?? []), id];
    for (const inner of listFailed(head)) if (inner.cascade === id) retryActivation(transition, inner);
  }
}

function remove(head: Head, activation: Activation): void {
  head.activations = head.activations.filter((each) => each !== activation);
}

/**
 * The failure of an activation that is not retried. It fails the execution when the other work has ended; the original
 * error may not be stored.
 */
function notTried(transition: Transition, activation: Activation): FailureInfo {
  const chunk = chunkName(transition, activation);
  return {
    name: 'Error',
    message: `Chunk "${chunk}" failed before the redrive, which did not retry it. Redrive it too.`,
    chunk,
    attempt: activation.attempt,
  };
}

/** Without the message, which may be long: these rows are never deleted. */
function summary({ name, chunk, code }: FailureInfo) {
  return { name, chunk, ...(code === undefined ? {} : { code }) };
}
