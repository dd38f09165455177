/**
 * Brings the event of one of many callers into an execution: by a direct commit while that is cheap, else through the inbox.
 * There each caller posts its event beside the head; the caller of the oldest event commits all of them. So n callers cost
 * O(n) writes, none of them as large as the head. A post is no promise: a caller is answered only from a committed head or
 * the ledger.
 */
import { defined } from '../../defined.ts';
import type { Answer, InboxEvent, ResumeEvent, SignalEvent } from '../../engine/events.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { type ExecutionRecord, POST_SWEPT_AFTER, POSTS_LOADED, postKey } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import { type Change, contended } from '../commit/outside-events.ts';
import { sendQuietly } from '../commit/send.ts';
import { wakeUp } from '../commit/wake-ups.ts';

type CallerEvent = ResumeEvent | SignalEvent;

/**
 * What a record shows of the caller's own post. `absent`: not posted yet. `queued`: in the inbox. `left`: the oldest one,
 * and the head has no room for it. `unseen`: not in the inbox, and nobody was seen to take it. `taken`: it was deleted
 * before the record was loaded, so the record contains it or a commit refused it.
 */
export type OwnPost = 'absent' | 'queued' | 'left' | 'unseen' | 'taken';

/** The call of one caller. */
export interface Brought {
  readonly event: CallerEvent;
  /** Races that the direct commit may lose. */
  readonly tries: number;
  /** Commits the event directly. `undefined`: the race was lost. */
  commit(record: ExecutionRecord, tries: number): Promise<Answer | undefined>;
  /** Reads the outcome from a committed head. `undefined`: there is none yet. */
  outcomeOf(record: ExecutionRecord, own: OwnPost, post: Post): Promise<Answer | undefined>;
}

export interface Post {
  /** Id of this call. */
  readonly mark: string;
  /** Of the own post; absent: there is none. */
  readonly key?: string;
}

/**
 * @param record loaded just now
 * @returns `lost`: the event is too large for the inbox and lost its races. `unknown`: the execution is gone
 * @throws FlowError `contention` when no commit took the event in time; a later commit may take it
 */
export type Bring = (record: ExecutionRecord, brought: Brought) => Promise<Answer | 'lost'>;

const UNKNOWN: Answer = { kind: 'unknown' };
/** Most bytes of JSON of a posted event: one load returns many of them. */
const POST_BYTES = 64 * 1024;
/** Larger heads are not written for one event: with many callers most of such writes would be lost races. */
const DIRECT_BYTES = 16 * 1024;
const TICK = { type: 'tick' } as const;
/** Most looks of a caller; needed where `backOff` is 0. */
const MOST_LOOKS = 400;
/** Time between two looks, in units of `backOff`; it grows up to `SLOWEST` times. */
const LOOK_EVERY = 5;
const SLOWEST = 8;
/** Looks without progress after which any caller commits the posts. */
const PATIENCE = 8;

/** False: the event is committed directly, however many races that takes. */
function mayPost(event: CallerEvent): boolean {
  return bytesOf(event) <= POST_BYTES;
}

/** Whether a direct commit is tried first: it costs the size of the head, also when it loses. */
function isCalm({ head, inbox }: ExecutionRecord): boolean {
  return inbox.length === 0 && bytesOf(head) <= DIRECT_BYTES;
}

/** Whether the inbox has an answer with the same id and value, also one from an earlier call. */
function isSame(event: CallerEvent, other: InboxEvent): boolean {
  if (event.type !== 'resume' || other.type !== 'resume') return false;
  const isOfWait = event.interrupt === other.interrupt && event.generation === other.generation;
  const { requestId, valueHash, host } = event;
  return isOfWait && requestId === other.requestId && valueHash === other.valueHash && host === other.host;
}

export function createBring(ports: Ports, parameters: Parameters, change: Change): Bring {
  const { clock, entropy, executions } = ports;

  const pause = async (looks: number): Promise<void> => {
    const unit = parameters.backOff * LOOK_EVERY;
    if (unit > 0) await clock.sleep(unit * Math.min(looks + 1, SLOWEST) * (1 + entropy.number()));
  };

  const post = async ({ head }: ExecutionRecord, event: CallerEvent, mark: string): Promise<string> => {
    const at = clock.now();
    const key = postKey(at, mark);
    const posted = event.type === 'resume' ? { ...event, at, mark } : event;
    await executions.post({ executionId: head.id, inc: head.inc }, key, posted, at + POST_SWEPT_AFTER);
    return key;
  };

  const throughInbox = async (first: ExecutionRecord, { event, outcomeOf }: Brought): Promise<Answer> => {
    const { id, inc } = first.head;
    const mark = entropy.id();
    const turn = new Turn(PATIENCE * (1 + entropy.number()));
    const until = clock.now() + parameters.answerWithin;
    let known: ExecutionRecord | undefined = first;
    let key: string | undefined;
    for (let looks = 0; looks < MOST_LOOKS && clock.now() < until; looks += 1) {
      let isTaken = false;
      if (key !== undefined) {
        const oldest = await executions.loadOldestPost({ executionId: id, inc });
        isTaken = oldest === undefined || oldest > key;
        if (!isTaken && !turn.isMine(oldest, key)) {
          await pause(looks);
          continue;
        }
      }
      const record: ExecutionRecord | undefined = known ?? (await executions.load(id));
      known = undefined;
      if (record?.head.inc !== inc) return UNKNOWN;
      turn.note(record, clock.now());
      // An earlier call may have posted the same event.
      key ??= earlierPost(record, event);
      const own = key === undefined ? 'absent' : isIn(record, key) ? 'queued' : isTaken ? 'taken' : 'unseen';
      const outcome = await outcomeOf(record, own, { mark, ...defined({ key }) });
      if (outcome !== undefined) return outcome;
      if (key === undefined && (record.posted ?? []).length < POSTS_LOADED) {
        key = await post(record, event, mark);
        continue;
      }
      if (key !== undefined && own === 'queued') {
        const commit = await change(record, [TICK], { tries: 1 });
        const after = commit.kind === 'done' ? commit.record : undefined;
        const isFirst = record.posted?.[0] === key && after?.posted?.[0] === key;
        const left = isFirst ? 'left' : 'queued';
        const taken = after && (await outcomeOf(after, isIn(after, key) ? left : 'taken', { mark, key }));
        if (taken !== undefined) return taken;
      }
      await pause(looks);
    }
    await sendQuietly(ports, [wakeUp(id)]);
    throw contended(id);
  };

  return async (record, brought) => {
    const { id, inc } = record.head;
    const fits = mayPost(brought.event);
    let latest: ExecutionRecord | undefined = record;
    if (!fits || isCalm(record)) {
      const answer = await brought.commit(record, fits ? brought.tries : parameters.commitTries);
      if (answer) return answer;
      if (!fits) return 'lost';
      latest = await executions.load(id);
    }
    return latest?.head.inc === inc ? throughInbox(latest, brought) : UNKNOWN;
  };
}

function isIn({ posted = [] }: ExecutionRecord, key: string): boolean {
  return posted.includes(key);
}

function earlierPost({ inbox, posted = [] }: ExecutionRecord, event: CallerEvent): string | undefined {
  const events = inbox.slice(inbox.length - posted.length);
  return posted.find((_, i) => {
    const other = events[i];
    return other !== undefined && isSame(event, other);
  });
}

/** Decides which of many waiting callers commits the posts. */
class Turn {
  readonly #patience: number;
  #oldest: string | undefined;
  #looks = 0;
  #isBusy = false;

  constructor(patience: number) {
    this.#patience = patience;
  }

  note({ head }: ExecutionRecord, now: number): void {
    this.#isBusy = head.leases.some(({ until }) => until > now);
  }

  /**
   * The caller of the oldest post commits at once; if it died, others do after some looks. A live worker lease adds one
   * look, because the worker commits soon.
   */
  isMine(oldest: string | undefined, key: string): boolean {
    this.#looks = oldest === this.#oldest ? this.#looks + 1 : 0;
    this.#oldest = oldest;
    return this.#looks >= (oldest === key ? 0 : this.#patience) + (this.#isBusy ? 1 : 0);
  }
}
