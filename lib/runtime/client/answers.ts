/** Delivers answers to waits and outside signals, and reads what became of them. */
import type { Answer, FlowEvent, ResumeEvent, SignalEvent } from '../../engine/events.ts';
import { isHostLeaseOver } from '../../engine/outside/host-lease.ts';
import { answerFromLedger, pendingWait, refusalOf } from '../../engine/outside/interrupts.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { FlowError } from '../../errors/errors.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import { type Change, type ChangeOptions, contended } from '../commit/outside-events.ts';
import type { Reader } from '../view/reader.ts';
import { createBring, type OwnPost, type Post } from './through-inbox.ts';

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
  const { clock } = ports;
  const bring = createBring(ports, parameters, change);

  const commit = (record: ExecutionRecord, event: ResumeEvent, tries: number) =>
    commitLast(change, record, [TICK, event], { tries });

  const outcomeOf = async (
    record: ExecutionRecord,
    own: OwnPost,
    event: ResumeEvent,
    { mark }: Post,
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
    const answer = await bring(record, {
      event,
      tries: parameters.answerTries,
      commit: (at, tries) => commit(at, event, tries),
      outcomeOf: (at, own, post) => outcomeOf(at, own, event, post),
    });
    if (answer === 'lost') throw contended(record.head.id);
    return answer;
  };
}

export function createSignalling(ports: Ports, parameters: Parameters, change: Change): Signalling {
  const bring = createBring(ports, parameters, change);

  const commit = (record: ExecutionRecord, event: SignalEvent, tries: number) =>
    commitLast(change, record, [event], { refusable: true, tries });

  const outcomeOf = async (
    record: ExecutionRecord,
    own: OwnPost,
    event: SignalEvent,
    { key }: Post,
  ): Promise<Answer | undefined> => {
    const { head } = record;
    if (own === 'left' && key !== undefined) {
      await ports.executions.removePosts({ executionId: head.id, inc: head.inc }, [key]);
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
    const answer = await bring(record, {
      event,
      tries: parameters.directTries,
      commit: (at, tries) => commit(at, event, tries),
      outcomeOf: (at, own, post) => outcomeOf(at, own, event, post),
    });
    return answer === 'lost' ? 'busy' : answer;
  };
}

/** The answer to the last of the events. `undefined`: the race was lost. */
async function commitLast(
  change: Change,
  record: ExecutionRecord,
  events: readonly FlowEvent[],
  options: ChangeOptions,
): Promise<Answer | undefined> {
  const result = await change(record, events, options);
  if (result.kind === 'contended') return undefined;
  return (result.kind === 'done' ? result.answers.at(-1) : undefined) ?? UNKNOWN;
}

function noRoom({ head }: ExecutionRecord, subject: string): FlowError {
  return new FlowError(
    'head_too_large',
    `Execution ${head.id}: the head has no room for the work that ${subject} starts. Reduce the active work, then send it again.`,
  );
}
