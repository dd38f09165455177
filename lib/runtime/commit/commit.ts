/**
 * The commit: load, reduce, one conditional write. A lost race or an unknown outcome is read again and reduced again; the
 * reducer recognises events that were applied.
 */
import type { Answer, FlowEvent, InboxEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { loggedCode } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import { type Made, makeFit } from './fit.ts';
import type { Growth } from './head-size.ts';
import { nothingKnown } from './reduce-fully.ts';
import { sendQuietly } from './send.ts';
import { type Tried, tryUntilDone } from './tries.ts';
import { messagesAfter } from './wake-ups.ts';
import { dropUnused, write } from './write.ts';

/** Runs the predicates of undecided matches; a match it has no answer for stays undecided. */
export type Decider = (undecided: ReadonlySet<string>, head: Head) => Promise<ReadonlyMap<string, readonly number[]>>;

export interface CommitOptions {
  readonly flow: AnyFlow;
  readonly decide?: Decider;
  /** Lost races after which to give up; default `parameters.commitTries`. */
  readonly tries?: number;
  readonly growth: Growth;
  /** A worker goes on with what it holds, also where the head has no room for what is in the inbox. */
  readonly goesOn?: true;
  /** Nothing of the inbox is taken, and the head may be too large: the execution fails because it can take no more. */
  readonly isEnd?: true;
}

export type Commit =
  /** `before` is the head that was read (absent after an unknown outcome), `record` what is stored now. */
  | {
      readonly kind: 'done';
      readonly answers: readonly Answer[];
      readonly before: Head | undefined;
      readonly record: ExecutionRecord;
      /** No portion of what is due had room in the head. */
      readonly isFull: boolean;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'contended' };

/** Asked for each try, with the head that it is for. */
export type MakeEvents = (now: number, head: Head) => readonly FlowEvent[];

export type Committer = (record: ExecutionRecord, events: MakeEvents, options: CommitOptions) => Promise<Commit>;

export function createCommitter(ports: Ports, parameters: Parameters): Committer {
  return async (record, makeEvents, options) => {
    const tries = new Tries(ports, parameters, { record, makeEvents, options });
    const most = options.tries ?? parameters.commitTries;
    try {
      const commit = await tryUntilDone(ports, parameters, most, () => tries.tryOnce());
      if (commit) return commit;
      await tries.giveUp();
      return { kind: 'contended' };
    } finally {
      await tries.tellOfTaken();
    }
  };
}

interface Asked {
  readonly record: ExecutionRecord;
  readonly makeEvents: MakeEvents;
  readonly options: CommitOptions;
}

/** The tries of one commit, with what a try leaves to the next. */
class Tries {
  readonly #ports: Ports;
  readonly #parameters: Parameters;
  readonly #asked: Asked;
  readonly #known = nothingKnown();
  /** Where the next try begins; absent: the execution is read again. */
  #record: ExecutionRecord | undefined;
  /** The outcome of a write is unknown: nobody knows which head the change began with. */
  #isUncertain = false;
  /** The head before the writes that took what the inbox held. */
  #begun: Head | undefined;
  /** What those writes have changed, as long as no caller hears of it. */
  #taken: { readonly before: Head | undefined; readonly after: Head } | undefined;
  /** The revision that the newest write was for. */
  #triedRev: number;

  constructor(ports: Ports, parameters: Parameters, asked: Asked) {
    this.#ports = ports;
    this.#parameters = parameters;
    this.#asked = asked;
    this.#record = asked.record;
    this.#triedRev = asked.record.rev;
  }

  async tryOnce(): Promise<Tried<Commit>> {
    const { record: first, makeEvents, options } = this.#asked;
    const base = this.#record ?? (await this.#readAgain());
    this.#record = undefined;
    if (base?.head.inc !== first.head.inc) return { kind: 'done', value: { kind: 'missing' } };
    const now = this.#ports.clock.now();
    const events = () => makeEvents(now, base.head);
    const made = await makeFit(this.#ports, this.#parameters, options, base, events, now, this.#known);
    if (!made) return { kind: 'lost' };
    if (!made.packed) return this.#done(made, base, base, now);
    this.#triedRev = base.rev;
    const written = await write(this.#ports, this.#parameters, base, { ...made, head: made.packed.head }, now);
    if (written.kind === 'unknown') this.#isUncertain = true;
    if (written.kind !== 'done') return written;
    if (made.refused) noteRefusal(this.#ports, base.head, made.refused);
    if (made.isWhole) return this.#done(made, base, written.value, now);
    // Only what the inbox held is stored so far.
    this.#begun ??= base.head;
    this.#taken = { before: this.#isUncertain ? undefined : this.#begun, after: written.value.head };
    this.#record = written.value;
    this.#known.lookups.ledger.clear();
    return this.tryOnce();
  }

  /** Too many races were lost: the values that were stored for them are garbage. */
  async giveUp(): Promise<void> {
    const { record } = this.#asked;
    const { executions, clock } = this.#ports;
    if (this.#known.written.size === 0) return;
    // An unknown outcome is known once the execution has gone on from there.
    const isOld = this.#isUncertain || this.#taken !== undefined;
    const since = isOld ? await executions.load(record.head.id).catch(() => undefined) : record;
    if (since?.head.inc !== record.head.inc || (this.#isUncertain && since.rev <= this.#triedRev)) return;
    await dropUnused(this.#ports, this.#parameters, since.head, this.#known.written, clock.now());
  }

  /** What the inbox held stays taken, also where the rest came to nothing: nobody else sends the wake-ups for it. */
  async tellOfTaken(): Promise<void> {
    if (!this.#taken) return;
    const now = this.#ports.clock.now();
    await sendQuietly(this.#ports, messagesAfter({ ...this.#taken, now, received: 0, leaves: true }));
  }

  async #readAgain(): Promise<ExecutionRecord | undefined> {
    const record = await this.#ports.executions.load(this.#asked.record.head.id);
    this.#isUncertain ||= this.#begun !== undefined;
    this.#known.lookups.ledger.clear();
    this.#known.lookups.flowData.clear();
    return record;
  }

  /** @param base what the last try began with. After an unknown outcome everything in the head may need a wake-up. */
  async #done(made: Made, base: ExecutionRecord, record: ExecutionRecord, now: number): Promise<Tried<Commit>> {
    this.#taken = undefined;
    const before = this.#isUncertain ? undefined : (this.#begun ?? base.head);
    await dropUnused(this.#ports, this.#parameters, record.head, this.#known.written, now);
    noteFailure(this.#ports, before, record.head);
    return { kind: 'done', value: { kind: 'done', answers: made.answers, before, record, isFull: made.isFull } };
  }
}

/** One line when an execution begins to fail; after an unknown outcome one too many rather than none. Metrics count it. */
function noteFailure({ log }: Ports, before: Head | undefined, { id, flow, failure }: Head): void {
  if (!failure || before?.failure) return;
  log.error('execution failed', {
    executionId: id,
    flow,
    code: loggedCode(failure.code),
    chunk: failure.chunk ?? null,
  });
}

/** Its caller may have died, and hears of it by sending it again. */
function noteRefusal({ log }: Ports, { id, flow }: Head, answer: InboxEvent): void {
  const interrupt = answer.type === 'resume' ? answer.interrupt : null;
  log.warn('answer refused', { executionId: id, flow, interruptId: interrupt, code: 'head_too_large' });
}
