/**
 * Delivers answers to waits: by a direct commit while there is no contention, else through the inbox. So n concurrent
 * answers cost O(n) writes. Answers of one process to one execution are grouped. A caller is answered only from a
 * committed head or the ledger.
 */
import type { Answer, ResumeEvent } from '../../engine/events.ts';
import { isHostLeaseOver } from '../../engine/outside/host-lease.ts';

import { answerFromLedger, pendingWait, refusalOf } from '../../engine/outside/interrupts.ts';
import { FlowError } from '../../errors/errors.ts';
import { type ExecutionRecord, INBOX_LIMIT } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import { type Change, contended } from '../commit/outside-events.ts';
import { sendQuietly } from '../commit/send.ts';
import { wakeUp } from '../commit/wake-ups.ts';
import type { Reader } from '../view/reader.ts';
import { fitsInbox, InboxTurn, placeOf } from './inbox-turn.ts';

/**
 * Delivers one answer. After an error the caller may repeat it with the same request id.
 * @throws FlowError `contention` when no commit took it in time, `head_too_large` when the head has no room for it
 */
export type Deliver = (record: ExecutionRecord, event: ResumeEvent) => Promise<Answer>;

export interface DeliverTools {
  readonly change: Change;
  readonly reader: Pick<Reader, 'entries'>;
}

interface Given {
  readonly event: ResumeEvent;
  /** Id of this call, stored with its answer in the ledger. */
  readonly mark: string;
  /** Time at which the caller gives up (ms since the epoch). */
  readonly until: number;
  readonly end: (answer: Answer) => void;
  readonly fail: (error: unknown) => void;
  /** Makes its caller settle the next group. */
  readonly lead: () => void;
}

/** Callers of this process that wait for one incarnation of an execution. */
interface Line {
  readonly id: string;
  readonly inc: string;
  readonly given: Given[];
}

const TICK = { type: 'tick' } as const;
const UNKNOWN: Answer = { kind: 'unknown' };
/** Races that a group of answers may lose before they are appended to the inbox. */
const GROUP_TRIES = 8;
/** Most reads of the execution before callers give up; needed where `backOff` is 0. */
const MOST_READS = 400;
/** Time between two reads, in units of `backOff`; it grows up to `SLOWEST` times. */
const READ_EVERY = 5;
const SLOWEST = 8;
/** Sweep time of an appended answer, in case its caller dies (ms). */
const SWEEP_AFTER = 30_000;

export function createDeliver(ports: Ports, parameters: Parameters, { change, reader }: DeliverTools): Deliver {
  const { clock, entropy, executions } = ports;
  const lines = new Map<string, Line>();

  /**
   * Settles the first group, then lets a caller of the next group lead. Each group is settled within a call of its own
   * members: a Lambda invocation that has responded must not continue the calls of others.
   */
  const leadGroup = async (key: string, line: Line): Promise<void> => {
    await settle(line, line.given.splice(0, INBOX_LIMIT));
    const [next] = line.given;
    if (next) next.lead();
    else lines.delete(key);
  };

  /** Answers or rejects every call of the group. */
  const settle = async (line: Line, group: readonly Given[]): Promise<void> => {
    try {
      const record = await executions.load(line.id);
      if (record?.head.inc !== line.inc) return endAll(group, UNKNOWN);
      const open = await endAnswered(group, record, new Set());
      if (open.length > 1 && (await commitAll(record, open, GROUP_TRIES))) return;
      await throughInbox(line, open);
    } catch (error) {
      const isTooLarge = FlowError.is(error) && error.code === 'head_too_large' && group.length > 1;
      if (isTooLarge) for (const each of group) await settle(line, [each]);
      else for (const { fail } of group) fail(error);
    }
  };

  /** Commits all these answers at once. `undefined`: the race was lost. */
  const commitAll = async (record: ExecutionRecord, group: readonly Given[], tries: number) => {
    const commit = await change(record, [TICK, ...group.map(({ event }) => event)], { tries });
    if (commit.kind === 'contended') return undefined;
    const answers = commit.kind === 'done' ? commit.answers.slice(1) : [];
    for (const [i, { end }] of group.entries()) end(answers[i] ?? UNKNOWN);
    return commit;
  };

  const throughInbox = async ({ id, inc }: Line, group: readonly Given[]): Promise<void> => {
    const turn = new InboxTurn();
    const posted = new Set<Given>();
    const until = Math.max(...group.map((each) => each.until));
    let open = group;
    for (let reads = 0; open.length > 0 && reads < MOST_READS && clock.now() < until; reads += 1) {
      const record = await executions.load(id);
      if (record?.head.inc !== inc) return endAll(open, UNKNOWN);
      open = await endAnswered(open, record, posted);
      if (open.length === 0) return;

      const now = clock.now();
      const outside = open.filter(({ event }) => placeOf(record, event) < 0);
      const due = outside.filter(({ event }) => isDue(record, event, now));
      const room = turn.mayAppend() ? Math.max(0, INBOX_LIMIT - record.inbox.length) : 0;
      const fitting = outside.filter((each) => !due.includes(each)).slice(0, room);
      if (fitting.length > 0) {
        if (await append(record, fitting, now, turn, posted)) continue;
      } else if (due.length > 0 || turn.isMyTurn(record, open, now)) {
        const commit = await commitAll(record, outside, 1);
        open = open.filter((each) => !outside.includes(each) || !commit);
        // The inbox was committed, by this commit or by the one that won.
        if (outside.length === 0) continue;
      }
      const unit = parameters.backOff * READ_EVERY;
      if (unit > 0) await clock.sleep(unit * Math.min(reads + 1, SLOWEST) * (1 + entropy.number()));
    }
    if (open.length === 0) return;
    await sendQuietly(ports, [wakeUp(id)]);
    for (const { fail } of open) fail(contended(id));
  };

  /** @returns whether any answer of the group is in the inbox now */
  const append = async (
    { head }: ExecutionRecord,
    group: readonly Given[],
    at: number,
    turn: InboxTurn,
    posted: Set<Given>,
  ): Promise<boolean> => {
    for (const each of group) {
      const event = { ...each.event, at, mark: each.mark };
      const answer = await executions.append(head.id, head.inc, event, at + SWEEP_AFTER);
      if (answer === 'full') turn.noteFull(entropy.number());
      if (answer !== 'appended') return posted.size > 0;
      posted.add(each);
    }
    return true;
  };

  /** @returns the calls that cannot be answered yet */
  const endAnswered = async (open: readonly Given[], record: ExecutionRecord, posted: ReadonlySet<Given>) => {
    const left: Given[] = [];
    for (const each of open) {
      const answer = await outcomeOf(record, each, posted.has(each));
      if (answer === 'refused') each.fail(noRoom(record, each.event));
      else if (answer) each.end(answer);
      else left.push(each);
    }
    return left;
  };

  /**
   * Reads the outcome of an answer from a committed head. `refused`: a commit had no room for it. `undefined`: no
   * outcome yet.
   */
  const outcomeOf = async (
    record: ExecutionRecord,
    { event, mark }: Given,
    isPosted: boolean,
  ): Promise<Answer | 'refused' | undefined> => {
    const { head } = record;
    const now = clock.now();
    const isQueued = placeOf(record, event) >= 0;
    const pending = pendingWait(head, event.interrupt, event.generation);
    const isPending = pending !== undefined;
    const refusal = pending && !isQueued ? refusalOf(pending, event) : undefined;
    if (refusal) return refusal;
    const isOver = !isQueued && isHostLeaseOver(head, event.host, now);
    if (isPending && !isOver && (isQueued || !isPosted)) return undefined;
    const entries = await reader.entries(record, event.interrupt);
    const own = entries.find((entry) => entry.mark === mark);
    if (own) return { kind: 'accepted', entry: own };
    const isKnown = entries.some(({ requestId }) => requestId === event.requestId);
    if (isOver && !isKnown) return { kind: 'leaseExpired' };
    if (isKnown || !isPending) return answerFromLedger(entries, event);
    return isDue(record, event, now) ? undefined : 'refused';
  };

  return async (record, event) => {
    const fits = fitsInbox(event);
    const tries = fits ? parameters.answerTries : parameters.commitTries;
    const direct = await change(record, [TICK, event], { tries });
    if (direct.kind === 'contended' && !fits) throw contended(record.head.id);
    if (direct.kind !== 'contended') return (direct.kind === 'done' ? direct.answers[1] : undefined) ?? UNKNOWN;
    const { id, inc } = record.head;
    const key = `${id}/${inc}`;
    const line = lines.get(key) ?? { id, inc, given: [] };
    const isFirst = !lines.has(key);
    lines.set(key, line);
    let leads = isFirst;
    let lead: () => void = () => undefined;
    const turn = new Promise<void>((begin) => {
      lead = () => {
        leads = true;
        begin();
      };
    });
    const settled = new Promise<Answer>((end, fail) => {
      line.given.push({ event, mark: entropy.id(), until: clock.now() + parameters.answerWithin, end, fail, lead });
    });
    if (!isFirst) await Promise.race([turn, settled]);
    if (leads) await leadGroup(key, line);
    return settled;
  };
}

function endAll(group: readonly Given[], answer: Answer): void {
  for (const { end } of group) end(answer);
}

function noRoom({ head }: ExecutionRecord, { interrupt }: ResumeEvent): FlowError {
  return new FlowError(
    'head_too_large',
    `Execution ${head.id}: the head has no room for the work that the answer to interrupt "${interrupt}" starts. Reduce the active work, then send the answer again.`,
  );
}

/** Whether the wait has expired and no commit has ended it yet. */
function isDue({ head }: ExecutionRecord, { interrupt, generation }: ResumeEvent, now: number): boolean {
  return (pendingWait(head, interrupt, generation)?.expiresAt ?? Infinity) <= now;
}
