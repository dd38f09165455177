/**
 * The transition function: applies events to a head and returns the next head. Pure and synchronous; JSON in and out.
 * The caller commits the result on condition of the revision it read, so events of other workers cannot interleave.
 */

import type { Graph } from '../flow/graph/graph.ts';
import type { Answer, ClearEvent, CreateEvent, FlowEvent, StartEvent } from './events.ts';
import { forgetBusy } from './frames/busy.ts';
import type { Head } from './head.ts';
import { trackChanges } from './history/changes.ts';
import { noteHost } from './history/host.ts';
import { type HistoryRecord, keepHistory } from './history/records.ts';
import { renewHops } from './limits/hops.ts';
import { checkReadable } from './limits/readable.ts';
import type { Lookups, MissingLookups } from './lookups.ts';
import { require, setConcurrency, write } from './outside/host-control.ts';
import { hostClaim, hostRenew } from './outside/host-lease.ts';
import { endDue, resume, revoke } from './outside/interrupts.ts';
import { intervene } from './outside/interventions.ts';
import { rerun, rerunMade } from './outside/reruns.ts';
import { flowDataWritten } from './outside/shared-writes.ts';
import { signal } from './outside/signals.ts';
import { dropEndings } from './outside/waits.ts';
import { withdraw } from './outside/withdrawals.ts';
import { advanceAll } from './running/advance.ts';
import { askUntil } from './running/until.ts';
import { makeDue } from './time/due.ts';
import { cancel, close, endWaits, finish, newHead, seal, startLater, trackIdleness } from './time/lifecycle.ts';
import { overflow } from './time/overflow.ts';
import { pause } from './time/pausing.ts';
import { scheduleTimer } from './time/timers.ts';
import { NO_LOOKUPS, newTransition, type Transition } from './transition.ts';
import { copySharing } from './values/copy.ts';
import { afterDone } from './values/shared-data.ts';
import { MOVES } from './wiring.ts';
import { emit, reenter, wait } from './work/cascades.ts';
import { claim } from './work/claims/claim.ts';
import { heartbeat } from './work/claims/leases.ts';
import { release } from './work/claims/reclaim.ts';
import { announceRestarted } from './work/pauses.ts';
import { redrive } from './work/redrive.ts';
import { settle, wakeSleepers } from './work/settle.ts';

export interface Reduction {
  readonly head: Head;
  /** One answer per event, in order. */
  readonly answers: readonly Answer[];
  /** False when the events were repeats: nothing needs to be written. */
  readonly changed: boolean;
  /** How much of `portion` was used. */
  readonly taken: number;
  /** What the events did, in order. */
  readonly records: readonly HistoryRecord[];
  /** Lookups that the reducer lacked; see `MissingLookups` for what that means. */
  readonly missing: MissingLookups;
}

/** Creates the first head of an execution. `Reduction.missing` says when the result is usable. */
export function begin(
  graph: Graph,
  event: StartEvent | CreateEvent,
  now: number,
  lookups: Lookups = NO_LOOKUPS,
): Reduction {
  const head = newHead(event, now);
  if (event.type === 'create') return run(graph, head, [], now, lookups);
  return run(graph, { ...head, unstarted: true }, [event], now, lookups);
}

/** Members of rows that are never changed, only replaced. With a thousand rows their copies were half of a commit's objects. */
const UNCHANGED: ReadonlySet<string> = new Set(['input', 'parent']);
const ROWS: ReadonlySet<string> = new Set(['activations', 'frames']);

function copyHead(head: Head): Head {
  const copy = copySharing(head, ROWS);
  copy.activations = head.activations.map((row) => copySharing(row, UNCHANGED));
  copy.frames = {};
  for (const scope in head.frames) {
    const frame = head.frames[scope];
    if (frame) copy.frames[scope] = copySharing(frame, UNCHANGED);
  }
  return copy;
}

/** Applies events in order. `Reduction.missing` says when the result is usable. */
export function reduce(
  graph: Graph,
  head: Head,
  events: readonly FlowEvent[],
  now: number,
  lookups: Lookups = NO_LOOKUPS,
): Reduction {
  checkReadable(head);
  return run(graph, copyHead(head), events, now, lookups);
}

function run(graph: Graph, head: Head, events: readonly FlowEvent[], now: number, lookups: Lookups): Reduction {
  const transition = { ...newTransition(graph, head, now, lookups, MOVES), tracking: trackChanges(head) };
  let changed = false;
  const answers = events.map((event, i) => {
    transition.ordinals.clear();
    transition.giver = undefined;
    forgetBusy(transition);
    const answer = apply(transition, event);
    renewHops(head, event, answer);
    if (answer.kind === 'applied') noteHost(transition, event);
    transition.giver = undefined;
    endWaits(transition);
    if (!isOneOfMany(events, i)) advanceAll(transition);
    // Asked once per commit: before the claim, so that the same commit claims what follows.
    if (i === events.length - 1 || events[i + 1]?.type === 'claim') while (askUntil(transition)) advanceAll(transition);
    if (event.type === 'start') delayUntilStart(transition);
    const turned = trackIdleness(transition);
    changed ||= turned || answer.kind === 'applied' || answer.kind === 'accepted';
    return answer;
  });
  changed = finish(transition) || changed;
  dropEndings(head);
  scheduleTimer(head, now);
  const records = keepHistory(transition);
  const taken = lookups.portion === undefined ? 0 : lookups.portion - transition.room;
  return { head, answers, changed, taken, records, missing: transition.missing };
}

/**
 * True for a settle that another one follows. Operators advance after the last of them: each advance reads all rows, and
 * outcomes of one commit have no order that a chunk could rely on.
 */
function isOneOfMany(events: readonly FlowEvent[], i: number): boolean {
  return events[i]?.type === 'settle' && events[i + 1]?.type === 'settle';
}

/** A start with a time delays its activations until then, as a retry does. */
function delayUntilStart({ head, now }: Transition): void {
  const { startAt = now } = head.options;
  if (startAt <= now) return;
  for (const activation of head.activations) if (activation.fence === undefined) activation.dueAt ??= startAt;
}

function apply(transition: Transition, event: FlowEvent): Answer {
  switch (event.type) {
    case 'start':
      return startLater(transition, event);
    case 'write':
      return write(transition, event);
    case 'concurrency':
      return setConcurrency(transition, event);
    case 'require':
      return require(transition, event);
    case 'hostClaim':
      return hostClaim(transition, event);
    case 'hostRenew':
      return hostRenew(transition, event);
    case 'claim':
      return claim(transition, event);
    case 'settle':
      return settle(transition, event);
    case 'emit':
      return emit(transition, event);
    case 'await':
      return wait(transition, event);
    case 'reenter':
      return reenter(transition, event);
    case 'heartbeat':
      return heartbeat(transition, event);
    case 'release':
      return release(transition, event);
    case 'signal':
      return signal(transition, event);
    case 'intervene':
      return intervene(transition, event);
    case 'resume':
      return resume(transition, event);
    case 'revoke':
      return revoke(transition, event);
    case 'withdraw':
      return withdraw(transition, event);
    case 'tick':
      if (transition.head.paused) return { kind: 'already' };
      return {
        kind: [endDue(transition), announceRestarted(transition), wakeSleepers(transition)].includes(true)
          ? 'applied'
          : 'already',
      };
    case 'overflow':
      return overflow(transition, event);
    case 'close':
      return close(transition, event);
    case 'seal':
      return seal(transition, event);
    case 'pause':
      return pause(transition, event);
    case 'due':
      return makeDue(transition, event);
    case 'cancel':
      return cancel(transition, event);
    case 'redrive':
      return redrive(transition, event);
    case 'rerun':
      return rerun(transition, event);
    case 'rerunMade':
      return rerunMade(transition, event);
    case 'flowData':
      return flowDataWritten(transition, event);
    case 'recorded':
      for (const seq of event.seqs) transition.recorded.add(seq);
      if (event.isLost && transition.tracking) transition.tracking.isWhole = true;
      return { kind: 'already' };
    case 'clear':
      return clear(transition, event);
    default:
      return event satisfies never;
  }
}

function clear({ head }: Transition, { ids }: ClearEvent): Answer {
  if (!head.outbox.some((row) => ids.includes(row.id))) return { kind: 'already' };
  head.outbox = head.outbox.flatMap((row) => (ids.includes(row.id) ? afterDone(row) : [row]));
  return { kind: 'applied' };
}
