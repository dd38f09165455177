/**
 * Brings the event of one of many callers into an execution: by a direct commit while that is cheap, else through the inbox.
 * There each caller posts its event beside the head; the caller of the oldest event commits all of them. So n callers cost
 * O(n) writes, none of them as large as the head, and each of them reads little more than the stored head. A post is no
 * promise: a caller is answered only from a committed head or the ledger.
 */
import type { Answer, ResumeEvent, SignalEvent } from '../../engine/events.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import {
  appendedIn,
  type ExecutionRecord,
  POST_SWEPT_AFTER,
  POSTS_LOADED,
  postKey,
} from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import { isTooLarge } from '../commit/head-size.ts';
import { type Change, contended } from '../commit/outside-events.ts';
import { sendQuietly } from '../commit/send.ts';
import { wakeUp } from '../commit/wake-ups.ts';
import { write } from '../commit/write.ts';
import { type Glance, glanceOf, type Look } from '../reads/glance.ts';
import { Turn } from './turn.ts';

type CallerEvent = ResumeEvent | SignalEvent;

/**
 * State of the caller's own post, as a head shows it. `absent`: not posted yet. `queued`: in the inbox. `left`: the oldest one,
 * and the head has no room for it. `unseen`: not among the loaded ones, and nobody was seen to take it. `taken`: it was
 * deleted before the head was loaded, so the head contains it, it was refused, or a commit in flight takes it.
 */
export type OwnPost = 'absent' | 'queued' | 'left' | 'unseen' | 'taken';

/** The call of one caller. */
export interface Brought {
  readonly event: CallerEvent;
  /** Races that the direct commit may lose. */
  readonly tries: number;
  /** Commits the event directly. `undefined`: the race was lost. */
  commit(at: Glance, tries: number): Promise<Answer | undefined>;
  /** Reads the outcome from a committed head. `undefined`: there is none yet. @throws FlowError `head_too_large` */
  outcomeOf(at: Glance, own: OwnPost, post: Post): Promise<Answer | undefined>;
}

export interface Post {
  /** Id of this call. */
  readonly mark: string;
  /** Of the own post; absent: there is none. */
  readonly key?: string;
}

export interface BringTools {
  readonly look: Look;
  readonly change: Change;
  /** Keys of the posts that a head has no room for. They are deleted at once. */
  refused(record: ExecutionRecord): readonly string[];
}

/**
 * @param at read just now
 * @returns `lost`: the event is too large for the inbox and lost its races. `unknown`: the execution is gone
 * @throws FlowError `contention` when no commit took the event in time; another commit may still take it.
 * `head_too_large`: no commit takes it
 */
export type Bring = (at: Glance, brought: Brought) => Promise<Answer | 'lost'>;

const UNKNOWN: Answer = { kind: 'unknown' };
/** Most bytes of JSON of a posted event: one load returns many of them. */
const POST_BYTES = 64 * 1024;
/** Larger heads are not written for one event: with many callers most of such writes would be lost races. */
const DIRECT_BYTES = 16 * 1024;
const TICK = { type: 'tick' } as const;
/** Most looks of a caller; needed where `backOff` is 0. */
const MOST_LOOKS = 400;
/** Time before the first look, in units of `backOff`. It doubles with each look, up to `SLOWEST` times. */
const LOOK_AFTER = 5;
/** Share of its time in which a caller begins commits of the posts of others. */
const DRAINED_FOR = 3 / 4;
const SLOWEST = 32;

/** False: the event is committed directly, however many races that takes. */
function mayPost(event: CallerEvent): boolean {
  return bytesOf(event) <= POST_BYTES;
}

/** Whether a direct commit is tried first: it costs the size of the head, also when it loses. */
function isCalm({ head, isAwaited, whole }: Glance): boolean {
  return whole !== undefined && !whole.paged && !isAwaited && bytesOf(head) <= DIRECT_BYTES;
}

/** A caller learns later that it was refused: a commit that loaded its post before may still win. */
function unlessRefused(error: unknown): undefined {
  if (!isTooLarge(error)) throw error;
}

function withoutPosts(record: ExecutionRecord, keys: readonly string[]): ExecutionRecord {
  if (keys.length === 0) return record;
  const { inbox, posted = [] } = record;
  const appended = appendedIn(record);
  const isLeft = (key: string | undefined): boolean => key === undefined || !keys.includes(key);
  return { ...record, inbox: inbox.filter((_, i) => isLeft(posted[i - appended])), posted: posted.filter(isLeft) };
}

export function createBring(ports: Ports, parameters: Parameters, { look, change, refused }: BringTools): Bring {
  const { clock, entropy, executions } = ports;

  /** A store that is slow is asked less often. */
  const pause = async (looks: number, latency: number): Promise<void> => {
    const unit = parameters.backOff * LOOK_AFTER;
    const ms = Math.max(unit * Math.min(2 ** looks, SLOWEST), latency);
    if (unit > 0) await clock.sleep(ms * (1 + entropy.number()));
  };

  const post = async ({ head }: Glance, event: CallerEvent, mark: string): Promise<string> => {
    const at = clock.now();
    const key = postKey(at, mark);
    const posted = event.type === 'resume' ? { ...event, at, mark } : event;
    await executions.post({ executionId: head.id, inc: head.inc }, key, posted, at + POST_SWEPT_AFTER);
    return key;
  };

  /**
   * Commits what is posted, as much at once as a load returns, until fewer are left.
   * @param until no further commit begins after this time (ms)
   * @returns the outcome of the own event. `undefined`: none yet, or the race was lost
   */
  const drain = async (
    { id, inc }: { readonly id: string; readonly inc: string },
    { outcomeOf }: Brought,
    { mark, key }: Required<Post>,
    until: number,
  ): Promise<Answer | undefined> => {
    let outcome: Answer | undefined;
    for (;;) {
      const record = await executions.load(id);
      if (record?.head.inc !== inc) return outcome ?? UNKNOWN;
      const { posted = [] } = record;
      outcome ??= await outcomeOf(glanceOf(record), posted.includes(key) ? 'queued' : 'unseen', { mark, key });
      const without = refused(record);
      if (without.length > 0) await executions.removePosts({ executionId: id, inc }, without);
      const commit = await change(withoutPosts(record, without), [TICK], { tries: 1 });
      if (commit.kind !== 'done') return outcome;
      const { posted: left = [] } = commit.record;
      const isLeft = left[0] === key && posted[0] === key;
      const own = isLeft ? 'left' : left.includes(key) ? 'queued' : posted.includes(key) ? 'taken' : 'unseen';
      outcome ??= await outcomeOf(glanceOf(commit.record), own, { mark, key }).catch(unlessRefused);
      const isMore = posted.length === POSTS_LOADED && left.length < posted.length;
      if (!isMore || clock.now() >= until) return outcome;
    }
  };

  /**
   * Whether a refusal holds. A commit that loaded the post before its deletion started from `goneAt` or an older
   * revision, so it has lost once the head has a newer one. A caller that finds none makes one.
   * @param goneAt revision in which the caller first found its post deleted
   */
  const isFinal = async ({ rev, whole, head }: Glance, goneAt: number | undefined): Promise<boolean> => {
    if (goneAt === undefined || rev > goneAt) return goneAt !== undefined;
    const record = whole ?? (await executions.load(head.id));
    if (record?.rev !== goneAt) return false;
    const written = await write(ports, parameters, record, { ...record, folded: 0 }, clock.now());
    return written.kind === 'done';
  };

  const throughInbox = async (first: Glance, brought: Brought): Promise<Answer> => {
    const { event, outcomeOf } = brought;
    const { id, inc, leases } = first.head;
    const mark = entropy.id();
    const known = await outcomeOf(first, 'absent', { mark });
    if (known) return known;
    const begun = clock.now();
    const until = begun + parameters.answerWithin;
    const isBusy = leases.some((lease) => lease.until > begun);
    const turn = new Turn({ unit: parameters.backOff, share: entropy.number(), isBusy });
    const key = await post(first, event, mark);
    const wait = event.type === 'resume' ? event.interrupt : undefined;
    let goneAt: number | undefined;
    for (let looks = 0; ; looks += 1) {
      const asked = clock.now();
      const oldest = await executions.loadOldestPost({ executionId: id, inc });
      const latency = clock.now() - asked;
      if (oldest === undefined || oldest > key) {
        const at = await look(id, wait);
        if (at?.head.inc !== inc) return UNKNOWN;
        try {
          const outcome = await outcomeOf(at, 'taken', { mark, key });
          if (outcome) return outcome;
        } catch (error) {
          if (!isTooLarge(error) || (await isFinal(at, goneAt))) throw error;
          goneAt ??= at.rev;
        }
      } else if (clock.now() < until && turn.isMine(oldest, key, { now: clock.now(), latency })) {
        const outcome = await drain(first.head, brought, { mark, key }, begun + DRAINED_FOR * parameters.answerWithin);
        if (outcome) return outcome;
      }
      // The last look comes after the last pause, because most callers sleep when their event is taken.
      if (looks === MOST_LOOKS || clock.now() >= until) break;
      await pause(looks, latency);
    }
    // Its caller sends it again and may then be refused for lack of room, so only a commit in flight may take this one.
    if (event.type === 'signal') await executions.removePosts({ executionId: id, inc }, [key]);
    else await sendQuietly(ports, [wakeUp(id)]);
    throw contended(id);
  };

  return async (at, brought) => {
    const { id, inc } = at.head;
    const { event } = brought;
    const fits = mayPost(event);
    let latest: Glance | undefined = at;
    if (!fits || isCalm(at)) {
      const answer = await brought.commit(at, fits ? brought.tries : parameters.commitTries);
      if (answer) return answer;
      if (!fits) return 'lost';
      latest = await look(id, ...(event.type === 'resume' ? [event.interrupt] : []));
    }
    return latest?.head.inc === inc ? throughInbox(latest, brought) : UNKNOWN;
  };
}
