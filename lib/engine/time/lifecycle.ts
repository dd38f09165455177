/** Start, seal, close, cancel and idleness of an execution, and its status. */

import { defined } from '../../defined.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import { digest } from '../../flow/json.ts';
import type { Answer, CancelEvent, CloseEvent, CreateEvent, SealEvent, StartEvent } from '../events.ts';
import { isHalfFilled } from '../frames/join-rows.ts';
import type { Activation, Head } from '../head.ts';
import { noteAborted } from '../history/attempts.ts';
import { errorOf, note } from '../history/records.ts';
import { dispatch } from '../moves.ts';
import { ROOT } from '../origin.ts';

import { attributionOf } from '../outside/attribution.ts';
import { cancelAll } from '../outside/interrupts.ts';
import { expirePending } from '../outside/interventions.ts';
import { pendingWaits } from '../outside/waits.ts';
import { graphAt, type Transition } from '../transition.ts';
import { firstAttributes } from '../values/attributes.ts';
import { expectsFlowData } from '../values/shared-data.ts';
import { literal } from '../values/value-refs.ts';
import { withoutContents } from './empty-head.ts';
import { keptUntil } from './retention.ts';

/** The head before its start event is applied. */
export function newHead(event: StartEvent | CreateEvent, now: number): Head {
  return {
    format: 1,
    id: event.id,
    inc: event.inc,
    flow: event.flow,
    fingerprint: event.fingerprint,
    ...(event.type === 'start' && event.definition !== undefined ? { definition: event.definition } : {}),
    inputHash: event.type === 'start' ? digest(event.input) : '',
    options: event.options,
    lifecycle: 'open',
    ...(event.type === 'create' ? { unstarted: true } : {}),
    createdAt: now,
    fence: 0,
    ...withoutContents(),
    ...firstAttributes(event.attributes, event.startedBy?.schedule),
    ...defined({ startedBy: event.startedBy }),
  };
}

/** Starts a created execution. A second start changes nothing, whatever its input. */
export function startLater(transition: Transition, event: StartEvent): Answer {
  const { head } = transition;
  if (!head.unstarted) return { kind: 'already' };
  if (head.lifecycle !== 'open') return { kind: 'ignored' };
  delete head.unstarted;
  head.inputHash = digest(event.input);
  return start(transition, event);
}

export function start(transition: Transition, event: StartEvent): Answer {
  const input = literal(event.input);
  if (transition.head.options.history === undefined) transition.head.input = input;
  const { schedule, ...by } = event.startedBy ?? {};
  const facts = { ...attributionOf(by), ...defined({ startAt: event.options.startAt, schedule }) };
  note(transition, 'started', { input, ...facts });
  dispatch(transition, transition.graph.entry, input, { scope: ROOT }, 'start');
  return { kind: 'applied' };
}

/** True when the start event repeats the one that created this execution. */
export function isSameStart(head: Head, flow: string, inputHash: string): boolean {
  return head.flow === flow && head.inputHash === inputHash;
}

/**
 * Closes the execution. `reject` changes nothing while a wait is pending. `cancel` cancels the waits, including those
 * that begin while an earlier close drains; the execution then ends as cancelled.
 */
export function close(transition: Transition, event: CloseEvent): Answer {
  const { head } = transition;
  const pending = pendingWaits(head);
  const waits = pending.length > 0;
  if (head.lifecycle === 'closed') return { kind: 'already' };
  const cancelsMore = waits && event.pendingInterrupts === 'cancel' && !head.cancels;
  if (head.closing && !cancelsMore) return { kind: 'already' };
  if (waits && event.pendingInterrupts === 'reject') {
    return { kind: 'pendingInterrupts', ids: pending.map((interrupt) => interrupt.id) };
  }
  head.closing = 'completed';
  head.lifecycle = 'sealed';
  if (event.pendingInterrupts === 'cancel') head.cancels = true;
  return { kind: 'applied' };
}

export function seal({ head }: Transition, { sealed }: SealEvent): Answer {
  const wanted = sealed ? 'sealed' : 'open';
  if (head.lifecycle === 'closed' || head.closing || head.lifecycle === wanted) return { kind: 'already' };
  head.lifecycle = wanted;
  return { kind: 'applied' };
}

/** Cancels the execution. Running chunks lose their activation, and the fence is raised so that no settle succeeds. */
export function cancel(transition: Transition, event: CancelEvent): Answer {
  const { head } = transition;
  if (head.lifecycle === 'closed') return { kind: 'already' };
  note(transition, 'host', { action: 'cancel', ...attributionOf(event), ...defined({ reason: event.reason }) });
  noteAborted(transition, head.activations, 'cancelled');
  cancelAll(transition, head.interrupts);
  head.fence += 1;
  Object.assign(head, { activations: [], signals: [], frames: {}, joins: [], cascades: {}, leases: [] });
  head.closing = 'cancelled';
  delete head.cancels;
  delete head.paused;
  if (event.reason !== undefined) head.cancelReason = event.reason;
  if (event.actor !== undefined) head.cancelledBy = attributionOf(event);
  head.lifecycle = 'sealed';
  return { kind: 'applied' };
}

/**
 * True when no accepted work is left. A failed execution starts nothing, so only running work counts. A paused one drains
 * once it is unpaused.
 */
function isDrained({ head, graph }: Transition): boolean {
  if (head.paused) return false;
  const running = head.activations.some((activation) => activation.fence !== undefined);
  if (running || (head.overfull ? pendingWaits(head) : head.interrupts).length > 0) return false;
  const live = head.activations.filter((activation) => !activation.failed);
  return (
    head.failure !== undefined || (live.length === 0 && head.signals.length === 0 && !expectsFlowData(head, graph))
  );
}

/**
 * When the close is due (ms): the automatic one after its timeout, a requested one as soon as the execution is idle.
 */
export function autoCloseAt(head: Head): number | undefined {
  const { autoClose, autoCloseTimeout } = head.options;
  if (head.lifecycle !== 'closed' && head.closing) return head.idleSince;
  if (head.lifecycle === 'closed' || !autoClose || autoCloseTimeout === null) return undefined;
  return head.idleSince === undefined ? undefined : head.idleSince + autoCloseTimeout;
}

/** Runs after every event: cancels the waits that must not block the close. */
export function endWaits(transition: Transition): void {
  const { cancels, paused } = transition.head;
  const pending = cancels && !paused ? pendingWaits(transition.head) : [];
  if (pending.length === 0) return;
  transition.head.closing = 'cancelled';
  cancelAll(transition, pending);
}

/** Runs after every event. @returns whether the idleness changed */
export function trackIdleness(transition: Transition): boolean {
  const { head, now } = transition;
  if (head.lifecycle === 'closed') return false;
  const was = head.idleSince;
  if (!isDrained(transition) || (head.unstarted && !head.closing)) delete head.idleSince;
  else if (head.options.autoClose || head.closing) head.idleSince ??= now;
  return was !== head.idleSince;
}

/** Closes the execution if it is due. Runs after the last event of a commit, so that no accepted event is lost. */
export function finish(transition: Transition): boolean {
  const { head, now, lookups } = transition;
  if (head.lifecycle === 'closed' || lookups.hasMoreEvents || !isDrained(transition)) return false;
  if (head.unstarted && !head.closing) return false;
  if (head.sideFailure) head.failure ??= head.sideFailure;
  if (head.closing === undefined && (autoCloseAt(head) ?? Infinity) > now) return false;
  if (!expirePending(transition)) {
    // A later tick expires the other interventions and closes. Until then the intake is stopped.
    head.lifecycle = 'sealed';
    return transition.room === 0;
  }
  head.lifecycle = 'closed';
  head.closedAt = now;
  const until = keptUntil(head, now);
  if (until === undefined) delete head.keptUntil;
  else head.keptUntil = until;
  head.leases = [];
  const { failure, closing = 'completed' } = head;
  note(
    transition,
    'closed',
    failure ? { status: 'failed', error: { ...errorOf(failure), chunk: failure.chunk } } : { status: closing },
  );
  return true;
}

export type ExecutionStatus =
  | 'created'
  | 'running'
  | 'waiting'
  | 'idle'
  | 'blocked'
  | 'paused'
  | 'completed'
  | 'failed'
  | 'cancelled';

/** The activations whose chunks have ended and sleep. */
export function sleepingIn({ activations }: Head): readonly Activation[] {
  return activations.filter(({ sleeps }) => sleeps);
}

/**
 * @param graph absent: this process does not know the definition
 * @param queued accepted events that are not in the head yet
 */
export function statusOf(head: Head, graph: Graph | undefined, queued = 0): ExecutionStatus {
  if (head.gone) return head.gone.status ?? 'cancelled';
  if (head.failure) return 'failed';
  if (head.lifecycle === 'closed') return head.closing ?? 'completed';
  if (head.paused) return 'paused';
  if (!graph) return 'blocked';
  const sleeping = sleepingIn(head).length;
  const awake = queued + head.signals.length + head.activations.length - sleeping;
  if (awake > 0 || expectsFlowData(head, graph)) return 'running';
  if (pendingWaits(head).length > 0) return 'waiting';
  if (head.interrupts.length > 0) return 'running';
  if (sleeping > 0) return 'waiting';
  if (head.unstarted) return 'created';
  return head.joins.some((row) => isHalfFilled(graphAt({ graph, head }, row.home), row)) ? 'blocked' : 'idle';
}
