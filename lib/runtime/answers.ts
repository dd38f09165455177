/**
 * Answers to waits: directly while nobody else writes, else through the inbox, so that n answers at once cost O(n) writes. A
 * caller is told from a committed head or the ledger only.
 */
import type { Answer, InboxEvent, ResumeEvent } from '../engine/events.ts';
import type { Interrupt, ResumeEntry } from '../engine/head.ts';
import { isHostLeaseOver } from '../engine/host.ts';
import { answerFromLedger, pendingWait } from '../engine/interrupts.ts';
import { type ExecutionRecord, INBOX_LIMIT } from '../ports/execution-store.ts';
import type { Ports } from '../ports/ports.ts';
import { type Change, contended } from './changes.ts';
import { wakeUp } from './messages.ts';
import type { Parameters } from './parameters.ts';
import type { Reader } from './reader.ts';
import { sendQuietly } from './send.ts';

/** @throws FlowError `contention` when no commit has taken it in time; the same request id may be sent again */
export type Deliver = (record: ExecutionRecord, event: ResumeEvent) => Promise<Answer>;

export interface DeliverTools {
  readonly change: Change;
  readonly reader: Pick<Reader, 'entries'>;
}

const TICK = { type: 'tick' } as const;
/** Looks at the execution before a caller gives up, also where no time passes between them. */
const LOOKS = 400;
/** Time between two looks, in units of `backOff`; grows to this many times as much. */
const LOOK_EVERY = 5;
const SLOWEST = 8;
/** Looks without progress after which any caller commits the inbox. */
const PATIENCE = 8;
/** When the sweeper finds an answer whose caller died (ms after it was appended). */
const SWEEP_AFTER = 30_000;

export function createDeliver(ports: Ports, parameters: Parameters, { change, reader }: DeliverTools): Deliver {
  const { clock, entropy, executions } = ports;

  return async (first, event) => {
    const { id, inc } = first.head;
    const direct = await change(first, [TICK, event], { tries: parameters.answerTries });
    if (direct.kind === 'missing') return { kind: 'unknown' };
    if (direct.kind === 'done') return direct.answers[1] ?? { kind: 'unknown' };

    const mark = entropy.id();
    const queue = new Queue();
    /** Looks to leave out before the next append to an inbox that was full. */
    let pause = 0;
    let fulls = 0;
    const until = clock.now() + parameters.answerWithin;
    for (let looks = 0; looks < LOOKS && clock.now() < until; looks += 1) {
      const record = await executions.load(id);
      if (record?.head.inc !== inc) return { kind: 'unknown' };
      const told = await tell(record, event, mark);
      if (told) return told;

      const now = clock.now();
      const place = answersIn(record).findIndex((each) => isSame(each, event));
      const hasRoom = record.inbox.length < INBOX_LIMIT && pause <= 0;
      pause -= 1;
      if (place < 0 && hasRoom && !isDue(record, event, now)) {
        const appended = await executions.append(id, inc, { ...event, at: now, mark }, now + SWEEP_AFTER);
        if (appended !== 'full') continue;
        fulls += 1;
        pause = Math.floor(entropy.number() * 2 ** Math.min(fulls + 1, SLOWEST));
      } else if (queue.isMyTurn(record, place, now) || isDue(record, event, now)) {
        const commit = await change(record, place < 0 ? [TICK, event] : [TICK], { tries: 1 });
        if (commit.kind === 'missing') return { kind: 'unknown' };
        if (commit.kind === 'done') {
          const answer = place < 0 ? commit.answers[1] : await tell(commit.record, event, mark);
          if (answer) return answer;
        }
        // Whoever won has committed the inbox with it.
        if (place >= 0) continue;
      }
      const unit = parameters.backOff * LOOK_EVERY;
      if (unit > 0) await clock.sleep(unit * Math.min(looks + 1, SLOWEST) * (1 + entropy.number()));
    }
    await sendQuietly(ports, [wakeUp(id)]);
    throw contended(id);
  };

  /** What a committed head says of the answer. `undefined`: nothing yet. */
  async function tell(record: ExecutionRecord, event: ResumeEvent, mark: string): Promise<Answer | undefined> {
    const { head } = record;
    const entries = await reader.entries(record, event.interrupt);
    const own = entries.find((entry) => entry.mark === mark);
    if (own) return { kind: 'accepted', entry: own };
    const isQueued = answersIn(record).some((each) => isSame(each, event));
    if (!isQueued && isHostLeaseOver(head, event.host, clock.now())) return { kind: 'leaseExpired' };
    const isKnown = entries.some((entry: ResumeEntry) => entry.requestId === event.requestId);
    return isKnown || !pendingOf(record, event) ? answerFromLedger(entries, event) : undefined;
  }
}

/** Who commits the inbox: its oldest answer's caller, and the next ones when that one does not. */
class Queue {
  #oldest: string | undefined;
  #looks = 0;

  /** @param place among the answers in the inbox; negative: not in it */
  isMyTurn(record: ExecutionRecord, place: number, now: number): boolean {
    const [oldest] = answersIn(record);
    const key = JSON.stringify([oldest?.interrupt, oldest?.requestId, oldest?.mark]);
    this.#looks = key === this.#oldest ? this.#looks + 1 : 0;
    this.#oldest = key;
    // A worker that is at it commits before long, and takes the inbox with it.
    const isBusy = record.head.leases.some(({ until }) => until > now);
    const patience = Math.min(place < 0 ? PATIENCE : place, PATIENCE) + (isBusy ? 1 : 0);
    return this.#looks >= patience;
  }
}

function answersIn({ inbox }: ExecutionRecord): readonly ResumeEvent[] {
  return inbox.filter((each: InboxEvent) => each.type === 'resume');
}

/** An answer of the same id and value, perhaps by an earlier call: it need not be appended again. */
function isSame(each: ResumeEvent, { interrupt, generation, requestId, valueHash, host }: ResumeEvent): boolean {
  const isOfWait = each.interrupt === interrupt && each.generation === generation;
  return isOfWait && each.requestId === requestId && each.valueHash === valueHash && each.host === host;
}

function pendingOf({ head }: ExecutionRecord, { interrupt, generation }: ResumeEvent): Interrupt | undefined {
  return pendingWait(head, interrupt, generation);
}

/** The wait has expired, and no commit has ended it yet. */
function isDue(record: ExecutionRecord, event: ResumeEvent, now: number): boolean {
  return (pendingOf(record, event)?.expiresAt ?? Infinity) <= now;
}
