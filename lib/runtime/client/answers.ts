/** Delivers answers to waits and outside signals, and reads what became of them. */
import type { Answer, FlowEvent, ResumeEvent, SignalEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { isHostLeaseOver } from '../../engine/outside/host-lease.ts';
import { answerFromLedger, pendingWait, refusalOf } from '../../engine/outside/interrupts.ts';
import { answerToRepeat, ledgerIdOf } from '../../engine/outside/signals.ts';
import { FlowError } from '../../errors/errors.ts';
import { appendedIn, type ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import { sizeOf } from '../commit/head-size.ts';
import { type Change, type ChangeOptions, contended } from '../commit/outside-events.ts';
import { storedOf } from '../commit/paged.ts';
import type { Glance, Look } from '../reads/glance.ts';
import { entriesFor } from '../reads/ledger-entries.ts';
import { createBring, type OwnPost, type Post } from './through-inbox.ts';

/**
 * Delivers one answer. After an error the caller may repeat it with the same request id.
 * @param at read just now
 * @throws FlowError `contention` when no commit took it in time, `head_too_large` when the head has no room for it
 */
export type Deliver = (at: Glance, event: ResumeEvent) => Promise<Answer>;

/** The same for a signal. `busy`: it is too large for the inbox and lost its races, so it was not accepted. */
export type Signalling = (at: Glance, event: SignalEvent) => Promise<Answer | 'busy'>;

export interface DeliverTools {
  readonly change: Change;
  readonly look: Look;
}

const TICK = { type: 'tick' } as const;
const UNKNOWN: Answer = { kind: 'unknown' };

export function createDeliver(ports: Ports, parameters: Parameters, { change, look }: DeliverTools): Deliver {
  const { clock } = ports;
  const refused = refusedIn(parameters);
  const bring = createBring(ports, parameters, { look, change, refused });

  const commit = (at: Glance, event: ResumeEvent, tries: number) =>
    commitLast(ports, change, at, [TICK, event], { tries });

  const outcomeOf = async (
    at: Glance,
    own: OwnPost,
    event: ResumeEvent,
    { mark }: Post,
  ): Promise<Answer | undefined> => {
    const { head } = at;
    const now = clock.now();
    const pending = pendingWait(head, event.interrupt, event.generation);
    const isDue = (pending?.expiresAt ?? Infinity) <= now;
    if (pending && own !== 'absent' && own !== 'taken') return undefined;
    const refusal = pending && refusalOf(pending, event);
    if (refusal) return refusal;
    const isOver = isHostLeaseOver(head, event.host, now);
    if (pending && own === 'absent' && !isOver) return isDue ? commit(at, event, 1) : undefined;
    const entries = await entriesFor(ports, head, 'resume', event.interrupt);
    const accepted = entries.find((entry) => entry.mark === mark);
    if (accepted) return { kind: 'accepted', entry: accepted };
    const isKnown = entries.some(({ requestId }) => requestId === event.requestId);
    if (isOver && !isKnown && own !== 'queued') return { kind: 'leaseExpired' };
    if (isKnown || !pending) return answerFromLedger(entries, event);
    if (isDue) return commit(at, event, 1);
    throw noRoom(head, `the answer to interrupt "${event.interrupt}"`);
  };

  return async (at, event) => {
    const answer = await bring(at, {
      event,
      tries: parameters.answerTries,
      commit: (now, tries) => commit(now, event, tries),
      outcomeOf: (now, own, post) => outcomeOf(now, own, event, post),
    });
    if (answer === 'lost') throw contended(at.head.id);
    return answer;
  };
}

export function createSignalling(ports: Ports, parameters: Parameters, { change, look }: DeliverTools): Signalling {
  const refused = refusedIn(parameters);
  const bring = createBring(ports, parameters, { look, change, refused });

  const commit = (at: Glance, event: SignalEvent, tries: number) =>
    commitLast(ports, change, at, [event], { refusable: true, tries });

  const outcomeOf = async (
    at: Glance,
    own: OwnPost,
    event: SignalEvent,
    { key }: Post,
  ): Promise<Answer | undefined> => {
    const { head } = at;
    // Without its post it is refused, or takes the room that has come.
    if (own === 'left' && key !== undefined)
      await ports.executions.removePosts({ executionId: head.id, inc: head.inc }, [key]);
    const isOpen = head.lifecycle === 'open';
    const isRefused = !isOpen || (isFull(at.stored, parameters) && !isWaitedFor(at.stored, event));
    if (own !== 'taken' && !(own === 'absent' && isRefused)) return undefined;
    const known = answerToRepeat(await entriesFor(ports, head, 'signal', ledgerIdOf(event)), event);
    // A commit has accepted it from the inbox: the ledger knows its id.
    if (known) return own === 'taken' && known.kind === 'duplicate' ? { ...known, kind: 'accepted' } : known;
    if (!isOpen) return { kind: 'ignored' };
    if (isRefused) throw noRoom(head, `signal "${event.name}"`);
    return commit(at, event, 1);
  };

  return async (at, event) => {
    const answer = await bring(at, {
      event,
      tries: parameters.directTries,
      commit: (now, tries) => commit(now, event, tries),
      outcomeOf: (now, own, post) => outcomeOf(now, own, event, post),
    });
    return answer === 'lost' ? 'busy' : answer;
  };
}

/** The answer to the last of the events. `undefined`: the race was lost. */
async function commitLast(
  { executions }: Ports,
  change: Change,
  { head, whole }: Glance,
  events: readonly FlowEvent[],
  options: ChangeOptions,
): Promise<Answer | undefined> {
  const record = whole ?? (await executions.load(head.id));
  if (record?.head.inc !== head.inc) return UNKNOWN;
  const result = await change(record, events, options);
  if (result.kind === 'contended') return undefined;
  return (result.kind === 'done' ? result.answers.at(-1) : undefined) ?? UNKNOWN;
}

/** Posted signals that the head has no room for. Their callers learn it from the head, at the cost of one read each. */
function refusedIn(parameters: Parameters): (record: ExecutionRecord) => readonly string[] {
  return (record) => {
    const stored = storedOf(record);
    if (!isFull(stored, parameters)) return [];
    const events = record.inbox.slice(appendedIn(record));
    return (record.posted ?? []).filter((_, i) => {
      const event = events[i];
      return event?.type === 'signal' && !isWaitedFor(stored, event);
    });
  };
}

/** Whether a head, as it is stored, is over its limit for new work. Signals that end no wait are then refused. */
function isFull(head: Head, { headBytes, headFormat }: Parameters): boolean {
  return sizeOf(head, { format: headFormat }) > headBytes;
}

/** Whether a signal may end waits, and so make room. A commit decides about it. */
function isWaitedFor({ interrupts, waitPages }: Head, { name }: Pick<SignalEvent, 'name'>): boolean {
  if (waitPages) return true;
  return interrupts.some(({ resumeTo }) => resumeTo && 'event' in resumeTo && resumeTo.event === name);
}

function noRoom({ id }: Head, subject: string): FlowError {
  return new FlowError(
    'head_too_large',
    `Execution ${id}: the head has no room for the work that ${subject} starts. Reduce the active work, then send it again.`,
  );
}
