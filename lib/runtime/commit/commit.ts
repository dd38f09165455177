/**
 * The commit: load, reduce, one conditional write. After a lost race or an unknown outcome it reads and reduces again;
 * the reducer recognizes events that were applied.
 */
import type { Answer, FlowEvent, InboxEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { loggedCode } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import { storeCalls } from '../history/blocks.ts';
import { StoredRecords } from '../history/stored-records.ts';
import { type Storable, storable } from '../history/values.ts';
import { type Made, makeFit } from './fit.ts';
import type { Growth } from './head-size.ts';
import { measure } from './observe.ts';
import { type Kept, type Known, keepNewest, noLookups } from './reduce-fully.ts';
import { sendQuietly } from './send.ts';
import { type MayTry, type Tried, tryUntilDone, upTo } from './tries.ts';
import { messagesAfter, wakeUp } from './wake-ups.ts';
import { dropUnused, write } from './write.ts';

/** Runs the predicates of undecided matches. A match without a result stays undecided. */
export type Decider = (undecided: ReadonlySet<string>, head: Head) => Promise<ReadonlyMap<string, readonly number[]>>;

export interface CommitOptions {
  readonly flow: AnyFlow;
  readonly decide?: Decider;
  /** When the commit gives up; default: after `parameters.commitTries` lost races. */
  readonly mayTry?: MayTry;
  readonly growth: Growth;
  /**
   * Set by workers: when the inbox does not fit into the head, the commit leaves the inbox and stores the worker's own
   * events.
   */
  readonly mayLeaveInbox?: true;
  /**
   * Keeps what a commit that failed adds to the history, for the next commit of the same caller, who stores all of it.
   * Absent: the commit itself stores what no worker can store.
   */
  readonly records?: StoredRecords;
  /** The commit fails the execution for lack of room: it takes nothing of the inbox, and the size limit is lifted. */
  readonly isEnd?: true;
}

export type Commit =
  /** `before` is the head that was read (absent after an unknown outcome); `record` is what is stored now. */
  | {
      readonly kind: 'done';
      readonly answers: readonly Answer[];
      readonly before: Head | undefined;
      readonly record: ExecutionRecord;
      /** What the commit adds to the history. */
      readonly history: Storable;
      /** Due waits, sleeps or signals were left out because the head had no room for any of them. */
      readonly isFull: boolean;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'contended' };

/** Called once per try, with the head of that try. */
export type MakeEvents = (now: number, head: Head) => readonly FlowEvent[];

export type Committer = (record: ExecutionRecord, events: MakeEvents, options: CommitOptions) => Promise<Commit>;

/** @param kept for commits of one execution only. Absent: nothing is kept from commit to commit */
export function createCommitter(ports: Ports, parameters: Parameters, kept?: Kept): Committer {
  return async (record, makeEvents, options) => {
    const tries = new Tries(ports, parameters, { record, makeEvents, options }, kept);
    const mayTry = options.mayTry ?? upTo(parameters.commitTries);
    try {
      const sessions = () => tries.sessions;
      const commit = await tryUntilDone(ports, parameters, mayTry, () => tries.tryOnce(), sessions);
      if (commit) return commit;
      await tries.giveUp();
      return { kind: 'contended' };
    } catch (error) {
      await tries.giveUp();
      throw error;
    } finally {
      if (kept) keepNewest(kept);
      await tries.reportTaken();
    }
  };
}

interface Asked {
  readonly record: ExecutionRecord;
  readonly makeEvents: MakeEvents;
  readonly options: CommitOptions;
}

/** The tries of one commit and the state they share. */
class Tries {
  readonly #ports: Ports;
  readonly #parameters: Parameters;
  readonly #asked: Asked;
  readonly #known: Known;
  /** The record for the next try; absent: the next try loads the execution. */
  #record: ExecutionRecord | undefined;
  /** True after a write with an unknown outcome: the head before the change is unknown. */
  #isUncertain = false;
  /** The head before the writes that took only inbox entries. */
  #begun: Head | undefined;
  /** The change those writes made, until `#done` reports it to the caller. */
  #taken: { readonly before: Head | undefined; readonly after: Head } | undefined;
  /** What the writes so far add to the history. */
  readonly #records: StoredRecords;
  /** Base revision of the newest write. */
  #triedRev: number;
  /** How many sessions worked on the execution at the newest try. */
  sessions: number;

  constructor(ports: Ports, parameters: Parameters, asked: Asked, kept?: Kept) {
    this.#known = noLookups(kept);
    this.#ports = ports;
    this.#parameters = parameters;
    this.#asked = asked;
    this.#records = asked.options.records ?? new StoredRecords();
    // Where other workers commit too, a read costs less than the write that it saves.
    const isOutdated = asked.options.mayLeaveInbox && asked.record.head.leases.length > 1;
    this.#record = isOutdated ? undefined : asked.record;
    this.#triedRev = asked.record.rev;
    this.sessions = asked.record.head.leases.length;
  }

  async tryOnce(): Promise<Tried<Commit>> {
    const { record: first, makeEvents, options } = this.#asked;
    const base = this.#record ?? (await this.#readAgain());
    this.#record = undefined;
    if (base?.head.inc !== first.head.inc) return { kind: 'done', value: { kind: 'missing' } };
    this.#records.look(base);
    this.sessions = base.head.leases.length;
    const now = this.#ports.clock.now();
    const events = () => makeEvents(now, base.head);
    const made = await makeFit(this.#ports, this.#parameters, options, base, events, now, this.#known);
    if (!made) return { kind: 'lost' };
    if (!made.packed) return this.#done(made, base, base, now);
    this.#triedRev = base.rev;
    const written = await write(this.#ports, this.#parameters, base, { folded: made.folded, ...made.packed }, now);
    if (written.kind === 'unknown') {
      this.#isUncertain = true;
      this.#records.addUnheard(base.rev, made.packed.head, made.history);
    }
    if (written.kind === 'lost') this.#ports.meter?.record('commitConflicts', 1, { flow: base.head.flow });
    if (written.kind !== 'done') return written;
    this.#records.add(made.history);
    if (made.refused) noteRefusal(this.#ports, base.head, made.refused);
    if (made.isWhole) return this.#done(made, base, written.value, now);
    // So far only inbox entries are stored; the caller's events follow.
    this.#begun ??= base.head;
    this.#taken = { before: this.#isUncertain ? undefined : this.#begun, after: written.value.head };
    this.#record = written.value;
    this.#known.lookups.ledger.clear();
    return this.tryOnce();
  }

  /** After too many lost races or an error: drops the values that were stored for the failed writes. */
  async giveUp(): Promise<void> {
    const { record } = this.#asked;
    const { executions, clock } = this.#ports;
    if (!this.#isUncertain && this.#known.written.size === 0) return;
    // A write with an unknown outcome may be stored. Later writers count on the messages that belong to it.
    if (this.#isUncertain) await sendQuietly(this.#ports, [wakeUp(record.head.id)]);
    const isOld = this.#isUncertain || this.#taken !== undefined;
    const since = isOld ? await executions.load(record.head.id).catch(() => undefined) : record;
    if (this.#isUncertain && since?.head.inc === record.head.inc) await this.#sendOthers(since.head);
    if (this.#known.written.size === 0) return;
    // A newer revision shows whether the write with the unknown outcome was stored.
    if (since?.head.inc !== record.head.inc || (this.#isUncertain && since.rev <= this.#triedRev)) return;
    await dropUnused(this.#ports, this.#parameters, since, this.#known.written, clock.now());
  }

  /** The messages that a wake-up does not replace: those of queued signals and of timers. */
  async #sendOthers(after: Head): Promise<void> {
    const now = this.#ports.clock.now();
    const messages = messagesAfter({ before: undefined, after, now, received: 0 });
    await sendQuietly(
      this.#ports,
      messages.filter(({ message }) => message.kind !== 'wake'),
    );
  }

  /**
   * For inbox entries that were committed although the caller's events were not: sends their wake-ups, and stores their
   * records. No other writer does it.
   */
  async reportTaken(): Promise<void> {
    if (!this.#taken) return;
    if (!this.#asked.options.records) await this.#takeHistory(this.#taken.after);
    const now = this.#ports.clock.now();
    await sendQuietly(this.#ports, messagesAfter({ ...this.#taken, now, received: 0, committerIsNoWorker: true }));
  }

  async #readAgain(): Promise<ExecutionRecord | undefined> {
    const record = await this.#ports.executions.load(this.#asked.record.head.id);
    this.#isUncertain ||= this.#begun !== undefined;
    this.#known.lookups.ledger.clear();
    this.#known.lookups.flowData.clear();
    return record;
  }

  /**
   * @param base the record the last try started from. After an unknown outcome every item in the head may need a
   * wake-up.
   */
  async #done(made: Made, base: ExecutionRecord, record: ExecutionRecord, now: number): Promise<Tried<Commit>> {
    this.#taken = undefined;
    const before = this.#isUncertain ? undefined : (this.#begun ?? base.head);
    await dropUnused(this.#ports, this.#parameters, record, this.#known.written, now);
    noteFailure(this.#ports, before, record.head);
    measure(this.#ports, before, record.head);
    const history = await this.#takeHistory(record.head);
    const { answers, isFull } = made;
    return { kind: 'done', value: { kind: 'done', answers, before, record, history, isFull } };
  }

  async #takeHistory(head: Head): Promise<Storable> {
    const history = storable(this.#records.take(), this.#known, head, this.#ports.entropy.id);
    if (!this.#asked.options.records) await storeCalls(this.#ports, head, history);
    return history;
  }
}

/**
 * Logs one line per failure of an execution; metrics count it. After an unknown outcome it may log twice, but never not
 * at all.
 */
function noteFailure({ log }: Ports, before: Head | undefined, { id, flow, failure }: Head): void {
  if (!failure || before?.failure) return;
  log.error('execution failed', {
    executionId: id,
    flow,
    code: loggedCode(failure.code),
    chunk: failure.chunk ?? null,
  });
}

/** Logs a refused answer: its caller may have died before it could be told. */
function noteRefusal({ log }: Ports, { id, flow }: Head, answer: InboxEvent): void {
  const interrupt = answer.type === 'resume' ? answer.interrupt : null;
  log.warn('answer refused', { executionId: id, flow, interruptId: interrupt, code: 'head_too_large' });
}
