/** Delivers answers to waits and outside signals: by a direct commit while there is no contention, else through the inbox. */
import type { Answer, ResumeEvent, SignalEvent } from '../../engine/events.ts';
import { isHostLeaseOver } from '../../engine/outside/host-lease.ts';
import { answerFromLedger, pendingWait, refusalOf } from '../../engine/outside/interrupts.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { FlowError } from '../../errors/errors.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import { type Change, contended } from '../commit/outside-events.ts';
import type { Reader } from '../view/reader.ts';
import { createThroughInbox, isCalm, mayPost, type OwnPost } from './through-inbox.ts';

/**
 * Delivers one answer. After an error the caller may repeat it with the same request id.
 * @param record loaded just now
 * @throws FlowError `contention` when no commit took it in time, `head_too_large` when the head has no room for it
 */
export type Deliver = (record: ExecutionRecord, event: ResumeEvent) => Promise<Answer>;

/** The same for a signal. `busy`: it is too large for the inbox and lost its races, so it was not accepted. */
export type Signalling = (record: ExecutionRecord, event: SignalEvent) => Promise<Answer | 'busy'>;

export interface DeliverTools {
  readonly change: Change;
  readonly reader: Pick<Reader, 'entries'>;
}

const TICK = { type: 'tick' } as const;
const UNKNOWN: Answer = { kind: 'unknown' };

export function createDeliver(ports: Ports, parameters: Parameters, { change, reader }: DeliverTools): Deliver {
  const { clock, entropy } = ports;
  const throughInbox = createThroughInbox(ports, parameters, change);

  /** Commits the answer directly. `undefined`: the race was lost. */
  const commit = async (record: ExecutionRecord, event: ResumeEvent, tries: number): Promise<Answer | undefined> => {
    const result = await change(record, [TICK, event], { tries });
    if (result.kind === 'contended') return undefined;
    return (result.kind === 'done' ? result.answers[1] : undefined) ?? UNKNOWN;
  };

  const outcomeOf = async (
    record: ExecutionRecord,
    own: OwnPost,
    event: ResumeEvent,
    mark: string,
  ): Promise<Answer | undefined> => {
    const { head } = record;
    const now = clock.now();
    const pending = pendingWait(head, event.interrupt, event.generation);
    const isDue = (pending?.expiresAt ?? Infinity) <= now;
    if (pending && own !== 'absent' && own !== 'taken') return undefined;
    const refusal = pending && refusalOf(pending, event);
    if (refusal) return refusal;
    const isOver = isHostLeaseOver(head, event.host, now);
    if (pending && own === 'absent' && !isOver) return isDue ? commit(record, event, 1) : undefined;
    const entries = await reader.entries(record, event.interrupt);
    const accepted = entries.find((entry) => entry.mark === mark);
    if (accepted) return { kind: 'accepted', entry: accepted };
    const isKnown = entries.some(({ requestId }) => requestId === event.requestId);
    if (isOver && !isKnown && own !== 'queued') return { kind: 'leaseExpired' };
    if (isKnown || !pending) return answerFromLedger(entries, event);
    if (isDue) return commit(record, event, 1);
    throw noRoom(record, `the answer to interrupt "${event.interrupt}"`);
  };

  return async (record, event) => {
    const fits = mayPost(event);
    let latest: ExecutionRecord | undefined = record;
    if (!fits || isCalm(record)) {
      const answer = await commit(record, event, fits ? parameters.answerTries : parameters.commitTries);
      if (answer) return answer;
      if (!fits) throw contended(record.head.id);
      latest = await ports.executions.load(record.head.id);
    }
    if (latest?.head.inc !== record.head.inc) return UNKNOWN;
    const mark = entropy.id();
    const sought = { event, mark, outcomeOf: (at: ExecutionRecord, own: OwnPost) => outcomeOf(at, own, event, mark) };
    return (await throughInbox(latest, sought)) ?? UNKNOWN;
  };
}

export function createSignalling(ports: Ports, parameters: Parameters, change: Change): Signalling {
  const { entropy, executions } = ports;
  const throughInbox = createThroughInbox(ports, parameters, change);

  /** Commits the signal directly. `undefined`: the race was lost. */
  const commit = async (record: ExecutionRecord, event: SignalEvent, tries: number): Promise<Answer | undefined> => {
    const result = await change(record, [event], { refusable: true, tries });
    if (result.kind === 'contended') return undefined;
    return (result.kind === 'done' ? result.answers[0] : undefined) ?? UNKNOWN;
  };

  const outcomeOf = async (
    record: ExecutionRecord,
    own: OwnPost,
    event: SignalEvent,
    key?: string,
  ): Promise<Answer | undefined> => {
    const { head } = record;
    if (own === 'left' && key !== undefined) {
      await executions.removePosts({ executionId: head.id, inc: head.inc }, [key]);
      throw noRoom(record, `signal "${event.name}"`);
    }
    if (own === 'taken') {
      const answer = await commit(record, event, 1);
      // A commit has accepted it from the inbox: the ledger knows its id.
      return answer?.kind === 'duplicate' ? { ...answer, kind: 'accepted' } : answer;
    }
    // The direct commit refuses it without a write.
    const isRefused = head.lifecycle !== 'open' || bytesOf(head) > parameters.headBytes;
    return own === 'absent' && isRefused ? commit(record, event, 1) : undefined;
  };

  return async (record, event) => {
    const fits = mayPost(event);
    let latest: ExecutionRecord | undefined = record;
    if (!fits || isCalm(record)) {
      const answer = await commit(record, event, fits ? parameters.directTries : parameters.commitTries);
      if (answer) return answer;
      if (!fits) return 'busy';
      latest = await executions.load(record.head.id);
    }
    if (latest?.head.inc !== record.head.inc) return UNKNOWN;
    const sought = {
      event,
      mark: entropy.id(),
      outcomeOf: (at: ExecutionRecord, own: OwnPost, key?: string) => outcomeOf(at, own, event, key),
    };
    return (await throughInbox(latest, sought)) ?? UNKNOWN;
  };
}

function noRoom({ head }: ExecutionRecord, subject: string): FlowError {
  return new FlowError(
    'head_too_large',
    `Execution ${head.id}: the head has no room for the work that ${subject} starts. Reduce the active work, then send it again.`,
  );
}
