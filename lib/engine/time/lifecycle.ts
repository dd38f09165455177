/** Start, close and the idleness in between; what an execution is called from outside. */
import type { Graph } from '../../flow/graph/graph.ts';
import { digest } from '../../flow/json.ts';
import { attributionOf } from '../outside/attribution.ts';
import { dispatch } from '../dispatch.ts';
import type { Answer, CancelEvent, CloseEvent, CreateEvent, SealEvent, StartEvent } from '../events.ts';
import { expectsFlowData } from '../values/shared-data.ts';
import type { Head } from '../head.ts';
import { cancelAll } from '../outside/interrupts.ts';
import { expirePending } from '../outside/interventions.ts';
import { isHalfFilled } from '../operators/joins.ts';
import { ROOT } from '../operators/scopes.ts';
import { graphAt, type Turn } from '../transition.ts';
import { inline } from '../values/value-refs.ts';
import { pendingWaits } from '../outside/waits.ts';

/** The empty head a start event fills. */
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
    leases: [],
    activations: [],
    frames: {},
    joins: [],
    cascades: {},
    signals: [],
    interrupts: [],
    state: {},
    ledger: [],
    spilled: 0,
    outbox: [],
  };
}

/** Starts what was created; a repeat, also with other input, changes nothing. */
export function startLater(turn: Turn, event: StartEvent): Answer {
  const { head } = turn;
  if (!head.unstarted) return { kind: 'already' };
  if (head.lifecycle !== 'open') return { kind: 'ignored' };
  delete head.unstarted;
  head.inputHash = digest(event.input);
  return start(turn, event);
}

export function start(turn: Turn, event: StartEvent): Answer {
  dispatch(turn, turn.graph.entry, inline(event.input), { scope: ROOT }, 'start');
  return { kind: 'applied' };
}

/** Whether a start event is a repeat of the one that made this execution. */
export function isSameStart(head: Head, flow: string, inputHash: string): boolean {
  return head.flow === flow && head.inputHash === inputHash;
}

/**
 * `reject` changes nothing while someone waits; `cancel` ends the waits and the execution as cancelled, also those that
 * began while an earlier close drains.
 */
export function close(turn: Turn, event: CloseEvent): Answer {
  const { head } = turn;
  const pending = pendingWaits(head);
  const waits = pending.length > 0;
  if (head.lifecycle === 'closed') return { kind: 'already' };
  if (head.closing && !(waits && event.pendingInterrupts === 'cancel')) return { kind: 'already' };
  if (waits && event.pendingInterrupts === 'reject') {
    return { kind: 'pendingInterrupts', ids: pending.map((interrupt) => interrupt.id) };
  }
  head.closing = 'completed';
  head.lifecycle = 'sealed';
  if (event.pendingInterrupts === 'cancel') head.cancels = true;
  return { kind: 'applied' };
}

export function seal({ head }: Turn, { sealed }: SealEvent): Answer {
  const wanted = sealed ? 'sealed' : 'open';
  if (head.lifecycle === 'closed' || head.closing || head.lifecycle === wanted) return { kind: 'already' };
  head.lifecycle = wanted;
  return { kind: 'applied' };
}

/** Who still runs something finds its activation gone; the fence is raised so that nothing can be settled any more. */
export function cancel(turn: Turn, event: CancelEvent): Answer {
  const { head } = turn;
  if (head.lifecycle === 'closed') return { kind: 'already' };
  cancelAll(turn, head.interrupts);
  head.fence += 1;
  Object.assign(head, { activations: [], signals: [], frames: {}, joins: [], cascades: {}, leases: [] });
  head.closing = 'cancelled';
  delete head.cancels;
  if (event.reason !== undefined) head.cancelReason = event.reason;
  if (event.actor !== undefined) head.cancelledBy = attributionOf(event);
  head.lifecycle = 'sealed';
  return { kind: 'applied' };
}

/** Nothing that is accepted is left to do. A failed execution dispatches nothing, so only running work counts. */
function isDrained({ head, graph }: Turn): boolean {
  const running = head.activations.some((activation) => activation.fence !== undefined);
  if (running || (head.overfull ? pendingWaits(head) : head.interrupts).length > 0) return false;
  const live = head.activations.filter((activation) => !activation.failed);
  return (
    head.failure !== undefined || (live.length === 0 && head.signals.length === 0 && !expectsFlowData(head, graph))
  );
}

/** When the close is due: the automatic one after its timeout, one that somebody has asked for at once. */
export function autoCloseAt(head: Head): number | undefined {
  const { autoClose, autoCloseTimeout } = head.options;
  if (head.lifecycle !== 'closed' && head.closing) return head.idleSince;
  if (head.lifecycle === 'closed' || !autoClose || autoCloseTimeout === null) return undefined;
  return head.idleSince === undefined ? undefined : head.idleSince + autoCloseTimeout;
}

/** After every event: ends the waits that a close does not wait for. */
export function endWaits(turn: Turn): void {
  const pending = turn.head.cancels ? pendingWaits(turn.head) : [];
  if (pending.length === 0) return;
  turn.head.closing = 'cancelled';
  cancelAll(turn, pending);
}

/** After every event. Says whether the idleness has changed. */
export function trackIdleness(turn: Turn): boolean {
  const { head, now } = turn;
  if (head.lifecycle === 'closed') return false;
  const was = head.idleSince;
  if (!isDrained(turn) || (head.unstarted && !head.closing)) delete head.idleSince;
  else if (head.options.autoClose || head.closing) head.idleSince ??= now;
  return was !== head.idleSince;
}

/** After the last event, so that nothing accepted with it comes too late: closes what is to be closed. */
export function finish(turn: Turn): boolean {
  const { head, now, facts } = turn;
  if (head.lifecycle === 'closed' || facts.isMoreToCome || !isDrained(turn)) return false;
  if (head.unstarted && !head.closing) return false;
  if (head.sideFailure) head.failure ??= head.sideFailure;
  if (head.closing === undefined && (autoCloseAt(head) ?? Infinity) > now) return false;
  if (!expirePending(turn)) {
    // A later tick expires the rest and closes. Nothing comes in until then.
    head.lifecycle = 'sealed';
    return turn.room === 0;
  }
  head.lifecycle = 'closed';
  head.closedAt = now;
  head.leases = [];
  return true;
}

export type ExecutionStatus =
  | 'created'
  | 'running'
  | 'waiting'
  | 'idle'
  | 'blocked'
  | 'completed'
  | 'failed'
  | 'cancelled';

/**
 * @param graph absent: this process does not know the definition
 * @param queued events that are accepted and not in the head yet
 */
export function statusOf(head: Head, graph: Graph | undefined, queued = 0): ExecutionStatus {
  if (head.failure) return 'failed';
  if (head.lifecycle === 'closed') return head.closing ?? 'completed';
  if (!graph) return 'blocked';
  const busy = queued + head.signals.length + head.activations.length > 0 || expectsFlowData(head, graph);
  if (busy) return 'running';
  if (head.interrupts.length > 0) return pendingWaits(head).length > 0 ? 'waiting' : 'running';
  if (head.unstarted) return 'created';
  return head.joins.some((row) => isHalfFilled(graphAt({ graph, head }, row.home), row)) ? 'blocked' : 'idle';
}
