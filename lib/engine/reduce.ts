/**
 * The one transition function: a head and what happened give the next head. Pure and synchronous; JSON in and out. The
 * caller commits the result with a condition on the revision it read, so events of other workers can't get in between.
 */
import { FlowError } from '../errors/errors.ts';
import type { Graph } from '../flow/graph/graph.ts';
import { forgetBusy } from './operators/busy.ts';
import { emit, reenter, wait } from './work/cascades.ts';
import { claim, heartbeat, release } from './work/claim.ts';
import type { Answer, CreateEvent, Facts, FlowEvent, Needs, StartEvent } from './events.ts';
import { afterDone, flowDataWritten } from './values/shared-data.ts';
import { advanceAll } from './operators/frames.ts';
import type { Head } from './head.ts';
import { renewHops } from './limits/hops.ts';
import { hostClaim, hostRenew, require, setConcurrency, write } from './outside/host-control.ts';
import { endDue, resume, revoke } from './outside/interrupts.ts';
import { intervene } from './outside/interventions.ts';
import { cancel, close, endWaits, finish, newHead, seal, startLater, trackIdleness } from './time/lifecycle.ts';
import { overflow } from './limits/overflow.ts';
import { tellRest } from './work/pauses.ts';
import { redrive } from './outside/redrive.ts';
import { settle, wakeSleepers } from './work/settle.ts';
import { signal } from './outside/signals.ts';
import { arm } from './time/timers.ts';
import { NO_FACTS, newTurn, type Turn } from './transition.ts';
import { dropEndings } from './outside/waits.ts';

export interface Reduction {
  readonly head: Head;
  /** One for each event. */
  readonly answers: readonly Answer[];
  /** False: the events are old news, nothing has to be written. */
  readonly changed: boolean;
  /** How much of the portion was taken. */
  readonly taken: number;
  readonly needs: Needs;
}

/** The first head of an execution; not to be used while it needs shared data. */
export function begin(graph: Graph, event: StartEvent | CreateEvent, now: number, facts: Facts = NO_FACTS): Reduction {
  const head = newHead(event, now);
  if (event.type === 'create') return run(graph, head, [], now, facts);
  return run(graph, { ...head, unstarted: true }, [event], now, facts);
}

/**
 * Applies events in order. While `needs.values` or `needs.ledger` is not empty the result must not be used: get those
 * facts and reduce again. Undecided matches (`needs.decisions`) wait as activations of their own.
 */
export function reduce(
  graph: Graph,
  head: Head,
  events: readonly FlowEvent[],
  now: number,
  facts: Facts = NO_FACTS,
): Reduction {
  if (head.format !== 1) {
    throw new FlowError(
      'definition_invalid',
      `Execution ${head.id} has head format ${head.format}; this version reads 1.`,
    );
  }
  // Heads are JSON; at their size this copies in half the time of structuredClone.
  return run(graph, JSON.parse(JSON.stringify(head)) as Head, events, now, facts);
}

function run(graph: Graph, head: Head, events: readonly FlowEvent[], now: number, facts: Facts): Reduction {
  const turn = newTurn(graph, head, now, facts);
  let changed = false;
  const answers = events.map((event) => {
    turn.ordinals.clear();
    forgetBusy(turn);
    const answer = apply(turn, event);
    renewHops(head, event, answer);
    endWaits(turn);
    advanceAll(turn);
    if (event.type === 'start') holdBack(turn);
    const turned = trackIdleness(turn);
    changed ||= turned || answer.kind === 'applied' || answer.kind === 'accepted';
    return answer;
  });
  changed = finish(turn) || changed;
  dropEndings(head);
  arm(head, now);
  const taken = facts.portion === undefined ? 0 : facts.portion - turn.room;
  return { head, answers, changed, taken, needs: turn.needs };
}

/** What a start with a time has begun waits for it, as a retry waits. */
function holdBack({ head, now }: Turn): void {
  const { startAt = now } = head.options;
  if (startAt <= now) return;
  for (const activation of head.activations) if (activation.fence === undefined) activation.dueAt ??= startAt;
}

function apply(turn: Turn, event: FlowEvent): Answer {
  switch (event.type) {
    case 'start':
      return startLater(turn, event);
    case 'write':
      return write(turn, event);
    case 'concurrency':
      return setConcurrency(turn, event);
    case 'require':
      return require(turn, event);
    case 'hostClaim':
      return hostClaim(turn, event);
    case 'hostRenew':
      return hostRenew(turn, event);
    case 'claim':
      return claim(turn, event);
    case 'settle':
      return settle(turn, event);
    case 'emit':
      return emit(turn, event);
    case 'await':
      return wait(turn, event);
    case 'reenter':
      return reenter(turn, event);
    case 'heartbeat':
      return heartbeat(turn, event);
    case 'release':
      return release(turn, event);
    case 'signal':
      return signal(turn, event);
    case 'intervene':
      return intervene(turn, event);
    case 'resume':
      return resume(turn, event);
    case 'revoke':
      return revoke(turn, event);
    case 'tick':
      return { kind: [endDue(turn), tellRest(turn), wakeSleepers(turn)].includes(true) ? 'applied' : 'already' };
    case 'overflow':
      return overflow(turn, event);
    case 'close':
      return close(turn, event);
    case 'seal':
      return seal(turn, event);
    case 'cancel':
      return cancel(turn, event);
    case 'redrive':
      return redrive(turn, event);
    case 'flowData':
      return flowDataWritten(turn, event);
    case 'clear': {
      const { outbox } = turn.head;
      if (!outbox.some((row) => event.ids.includes(row.id))) return { kind: 'already' };
      turn.head.outbox = outbox.flatMap((row) => (event.ids.includes(row.id) ? afterDone(row) : [row]));
      return { kind: 'applied' };
    }
  }
}
