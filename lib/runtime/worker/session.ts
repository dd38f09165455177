/**
 * A worker session on one execution: claim, run attempts concurrently, settle finished ones in a commit that also
 * claims newly ready work. It repeats until no work is left or the deadline nears. Outcomes that arrive while a commit
 * is in flight join the next commit.
 */
import { defined } from '../../defined.ts';
import type { FlowEvent, Outcome } from '../../engine/events.ts';
import type { Activation, Head } from '../../engine/head.ts';
import { isDue, isHeld, isLive } from '../../engine/time/timers.ts';
import type { Token } from '../../engine/work/claims/attempt-token.ts';
import { mayStart } from '../../engine/work/claims/claim.ts';
import { isPlainStep, rebase } from '../../engine/work/durability.ts';
import { describeFault, type FlowError } from '../../errors/errors.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Commit, CommitOptions } from '../commit/commit.ts';
import { type Growth, isTooLarge, mayWaitForRoom, noRoom } from '../commit/head-size.ts';
import { previewCommit } from '../commit/preview.ts';
import { sendQuietly } from '../commit/send.ts';
import { untilStored } from '../commit/tries.ts';
import { messagesAfter, signalMessages } from '../commit/wake-ups.ts';
import { HistoryBuffer } from '../history/buffer.ts';
import { createTaskRunner, type Ended, type OnEnd, settles, type TaskRunner } from './attempts.ts';
import { Emits } from './emits.ts';
import { EndedAttempts } from './ended-attempts.ts';
import { HeldLease } from './held-lease.ts';
import { OtherWorkers } from './other-workers.ts';
import { Outbox } from './outbox.ts';
import type { SessionEnd, SessionOptions } from './session-options.ts';
import { Uncommitted } from './uncommitted.ts';

/** The session's next step, most urgent first. */
type Step = 'giveBack' | 'settle' | 'accept' | 'goOn' | 'look' | 'heartbeat' | 'wait';

type Events = (now: number) => readonly FlowEvent[];

/** Delay before queued signals that found no room in the head are tried again (ms). */
const ROOM_PAUSE = 5_000;
/** Delay before ready work that a session left to a crowd is looked at again (ms). */
const CROWD_PAUSE = 1_000;
/** Interval at which a session that waits for cascades checks whether other workers ended them (ms). */
const LOOK_EVERY = 500;

/** Runs a session to its end and returns the last known head. */
export async function runSession(record: ExecutionRecord, options: SessionOptions): Promise<SessionEnd> {
  const session = new Session(record, options);
  try {
    const { head } = await session.run();
    return { head, wakeAfter: session.leaves ? CROWD_PAUSE : session.leftForRoom ? ROOM_PAUSE : 0 };
  } catch (error) {
    await session.releaseWork();
    throw error;
  } finally {
    await session.end();
  }
}

class Session {
  readonly #options: SessionOptions;
  readonly #tasks: TaskRunner;
  readonly #emits = new Emits();
  readonly #endings: EndedAttempts;
  readonly #outbox: Outbox;
  readonly #history: HistoryBuffer;
  readonly #id: string;
  readonly #abortAt: number;
  readonly #releaseAt: number;
  #stored: ExecutionRecord;
  /** The record including uncommitted steps. */
  #record: ExecutionRecord;
  /** Events of the uncommitted steps. */
  readonly #uncommitted = new Uncommitted();
  #ended: Ended[] = [];
  #received: number;
  readonly #lease: HeldLease;
  readonly #others: OtherWorkers;
  /** The newest commit had no room for any due item. */
  #isFull = false;
  /** No due item could be taken, and nothing has been settled since. */
  #isStuck = false;
  /** The newest claim had no room beside the work that others hold. */
  leftForRoom = false;
  /** Time since which only attempts that wait for cascades run here (ms since the epoch). */
  #waitsSince = Infinity;

  constructor(record: ExecutionRecord, options: SessionOptions) {
    this.#stored = record;
    this.#record = record;
    this.#options = options;
    const { ports, parameters, app, exchange, flow, resources, shared } = options;
    this.#endings = new EndedAttempts(ports);
    this.#outbox = new Outbox({ ports, parameters, exchange, shared, graph: flow.graph });
    const emits = (token: Token) => this.#emits.handlerOf(token, () => this.#tasks.wake());
    const uncommitted = () => (this.#uncommitted.isEmpty ? undefined : this.#record.head);
    this.#tasks = createTaskRunner({ ports, parameters, emits, app, flow, resources, record, ahead: uncommitted });
    this.#id = options.ports.entropy.id();
    this.#others = new OtherWorkers(this.#id, flow.graph, ports, parameters);
    this.#history = new HistoryBuffer({ ports, graph: flow.graph, id: this.#id });
    this.#received = options.deliver;
    this.#abortAt = options.deadline - options.parameters.abortMargin;
    this.#releaseAt = options.deadline - options.parameters.releaseMargin;
    this.#lease = new HeldLease(this.#id, record.head, options, () => this.#tasks.abort());
  }

  get leaves(): boolean {
    return this.#lease.isCrowded;
  }

  get #now(): number {
    return this.#options.ports.clock.now();
  }

  async run(): Promise<ExecutionRecord> {
    if (await this.#others.arrive(this.#record.head)) await this.#look();
    let state = await this.#goOn();
    while (state === 'done' && (this.#tasks.running() > 0 || this.#ended.length > 0 || this.#isDue)) {
      const nextLook = this.#emits.waiting ? this.#now + LOOK_EVERY : Infinity;
      if (this.#emits.unseen) this.#emits.look(this.#record.head);
      const isIdle = this.#ended.length === 0 && !this.#emits.asked && !this.#isDue;
      if (isIdle) await this.#others.next(this.#record.head, this.#tasks, this.#nextStop(nextLook));
      await this.#others.gather(this.#record.head, this.#tasks, () => this.#ended.length, this.#nextStop(nextLook));
      if (this.#now >= this.#abortAt) this.#tasks.abort();
      const batch = this.#ended.splice(0);
      const step = this.#nextStep(batch, nextLook);
      if (step === 'giveBack') state = await this.#giveBack(batch);
      else if (step === 'settle') state = await this.#settleInTime(batch);
      else if (step === 'accept') state = await this.#accept();
      else if (step === 'goOn') state = await this.#goOn();
      else if (step === 'look') await this.#look();
      else if (step === 'heartbeat') state = await this.#beat();
      else step satisfies 'wait';
      if (step === 'giveBack') break;
    }
    if (state === 'contended') await this.#lease.postRelease(this.#tasks.started());
    while (state === 'done' && this.#outbox.hasDone && this.#now < this.#releaseAt) {
      state = await this.#control(() => this.#outbox.events());
    }
    return this.#stored;
  }

  #nextStop(nextLook: number): number {
    const end = this.#now < this.#abortAt ? this.#abortAt : this.#releaseAt;
    return Math.min(this.#lease.nextHeartbeat, end, nextLook);
  }

  #nextStep(batch: readonly Ended[], nextLook: number): Step {
    if (this.#now >= this.#releaseAt || this.#hasWaited(batch)) return 'giveBack';
    if (batch.length > 0) return 'settle';
    if (this.#emits.asked) return 'accept';
    if (this.#isDue) return 'goOn';
    if (this.#now >= nextLook) return 'look';
    return this.#now >= this.#lease.nextHeartbeat ? 'heartbeat' : 'wait';
  }

  /** Extends the lease. Uncommitted steps are committed with a claim instead. */
  #beat(): Promise<Commit['kind']> {
    return this.#control((now) => [this.#uncommitted.isEmpty ? this.#lease.heartbeat(now) : this.#claim(now)]);
  }

  end(): Promise<void> {
    this.#tasks.keepOnly([]);
    return this.#history.store(this.#stored.head);
  }

  /**
   * After an error: releases the held work without counting the attempts, if the store still answers. No chunk caused
   * the error.
   */
  async releaseWork(): Promise<void> {
    try {
      await this.#control(() => [{ type: 'release', session: this.#id, started: [] }]);
    } catch (error) {
      const { id: executionId } = this.#record.head;
      this.#options.ports.log.warn('lease not released', { executionId, ...describeFault(error) });
    }
  }

  #claim(now: number): FlowEvent {
    const { parameters, deliver, solo, hostFence } = this.#options;
    return {
      type: 'claim',
      session: this.#id,
      until: now + parameters.lease,
      reclaimBefore: now - parameters.clockSkew,
      limit: now < this.#abortAt && !this.leaves ? parameters.claimLimit + this.#others.more : 0,
      deliver,
      solo,
      ...defined({ host: hostFence }),
    };
  }

  /** Something is due, and the previous commit could take due items. */
  get #isDue(): boolean {
    if (this.#isStuck || this.#now >= this.#abortAt) return false;
    const { head } = this.#record;
    const isInline = head.options.nowait === 'inline' && mayStart(head);
    return isDue(head, this.#now) || (isInline && head.signals.length > 0);
  }

  /** Takes due items and claims work. If nothing that runs can make room for due items, the execution fails. */
  async #goOn(): Promise<Commit['kind']> {
    const { rev } = this.#stored;
    const done = this.#outbox.hasDone ? this.#outbox.events() : [];
    const state = await this.#control((now) => [...done, { type: 'tick' }, this.#claim(now)]);
    if (state !== 'done') return state;
    const { head } = this.#record;
    this.#isStuck = this.#isFull || this.#stored.rev === rev;
    return this.#isFull && !isLive(head, this.#now) ? this.#overflow(noRoom(head.id)) : state;
  }

  /** Commits claims, failures and ends. If even these do not fit, and no held work makes room later, the execution fails. */
  async #control(events: Events, mayWait = this.#uncommitted.isEmpty): Promise<Commit['kind']> {
    try {
      return await this.#commit(events, 'control');
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      if (mayWait) await this.#look();
      const waits = mayWait && isHeld(this.#record.head, this.#now);
      return waits ? this.#withoutClaim(events) : this.#overflow(error);
    }
  }

  /** Claims grow the head: leaves due items and signals until held work has made room. */
  async #withoutClaim(events: Events): Promise<Commit['kind']> {
    const later = signalMessages(this.#record.head.id, this.#received, ROOM_PAUSE);
    this.#received = 0;
    const needed = (now: number) => events(now).filter((event) => !mayWaitForRoom(event));
    const state = needed(this.#now).length > 0 ? await this.#control(needed, false) : 'done';
    this.#isStuck = true;
    this.leftForRoom = true;
    await sendQuietly(this.#options.ports, later);
    return state;
  }

  /** Fails the execution because the head is full. */
  #overflow({ name, message, code }: FlowError): Promise<Commit['kind']> {
    this.#uncommitted.clear();
    return this.#commit(() => [{ type: 'overflow', error: { name, message, code } }], 'control', true);
  }

  /** Commits, then starts the held work and sends the wake-ups for the rest. */
  async #commit(events: Events, growth: Growth, isEnd = false): Promise<Commit['kind']> {
    const { ports } = this.#options;
    const reach = { session: this.#id, stored: this.#stored.head, previewed: this.#record.head };
    const all = (at: number, head: Head) => {
      this.#lease.look(head, at);
      this.#others.look(head);
      const own = [...this.#history.events(head), ...events(at)];
      return this.#endings.tried(at, rebase(reach, head, this.#uncommitted.events, own));
    };
    const options = { ...this.#how(growth), ...(isEnd ? { isEnd } : {}) };
    const result = await this.#options.commit(this.#stored, all, options);
    if (result.kind !== 'done') return result.kind;
    const { answers, before, record, isFull } = result;
    const now = this.#now;
    this.#endings.tell(answers, record.head, result.history.records, before === undefined);
    this.#isFull = isFull;
    this.leftForRoom = false;
    if (growth !== 'control' || this.#endings.isAny) this.#isStuck = false;
    this.#uncommitted.clear();
    this.#stored = record;
    this.#record = record;
    // Signals that found no room are redelivered later.
    const later = isFull ? this.#received : 0;
    const change = { before, after: record.head, now, received: this.#received - later };
    const messages = [...messagesAfter({ ...change, lists: this.#others.lists })];
    messages.push(...signalMessages(record.head.id, later, ROOM_PAUSE));
    this.#received = 0;
    messages.push(...this.#lease.renew(record.head, now), ...this.#others.calls(record.head));
    const held = this.#lease.activations;
    this.#tasks.keepOnly(held);
    await this.#outbox.make(record.head);
    this.#begin(held);
    this.#emits.look(record.head);
    await sendQuietly(ports, messages);
    // A session without work may use the whole time until its release.
    await this.#outbox.flush(record, held.length === 0 ? this.#releaseAt : this.#lease.nextHeartbeat);
    await this.#history.take(result.history, record.head);
    return 'done';
  }

  #how(growth: Growth): CommitOptions {
    const { mayTry } = this.#lease;
    const records = this.#history.committed;
    const { decide } = this.#tasks;
    return { flow: this.#options.flow, growth, mayLeaveInbox: true, decide, mayTry, records };
  }

  #begin(held: readonly Activation[]): void {
    const begun = this.#now;
    const onEnd: OnEnd = (task, outcome, thrown) => {
      this.#endings.note(task, outcome, thrown);
      this.#ended.push({ task, outcome });
      this.#others.ended(this.#now - begun);
    };
    for (const activation of held) this.#tasks.begin(activation, this.#record.head, onEnd);
  }

  /** Continues without a commit if durability is `exit` and no other process must see the step. */
  async #goAhead(batch: readonly Ended[]): Promise<boolean> {
    const { head } = this.#record;
    const mayWait = this.#uncommitted.hasRoom && this.#lease.isAlone && this.#now < this.#lease.nextHeartbeat;
    if (head.options.durability !== 'exit' || !mayWait || this.#emits.asked || this.#emits.waiting) return false;
    let events: readonly FlowEvent[] = [];
    const { ports, parameters } = this.#options;
    const next = await previewCommit(ports, parameters, this.#how('new'), { ...this.#record, inbox: [] }, (now) => {
      events = [...settles(batch), this.#claim(now)];
      return events;
    });
    if (!next || !isPlainStep(head, next, this.#id)) return false;
    this.#uncommitted.add(events);
    this.#record = { ...this.#record, head: next };
    this.#begin(next.activations);
    return true;
  }

  /** Commits awaited emits; the same write claims the work they start. */
  async #accept(): Promise<Commit['kind']> {
    const requests = this.#emits.take();
    try {
      return await this.#commit((now) => [...requests, this.#claim(now)], 'new');
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      if (!this.#emits.retrySingly()) this.#emits.refuse(requests, error);
      // Attempts that start or stop waiting add no work, so only emits are refused.
      const reentries = requests.filter(({ type }) => type !== 'emit');
      return reentries.length > 0 ? this.#control((now) => [...reentries, this.#claim(now)]) : 'done';
    }
  }

  /** Reads the execution: other workers may have ended a cascade, or taken work. */
  async #look(): Promise<void> {
    const record = await this.#options.ports.executions.load(this.#record.head.id);
    if (!record || record.rev <= this.#stored.rev) return;
    this.#stored = record;
    this.#record = record;
    this.#emits.look(record.head);
  }

  /**
   * Whether all attempts here have waited long enough for cascades that run elsewhere or later. The worker that ends a
   * cascade wakes the execution.
   */
  #hasWaited(batch: readonly Ended[]): boolean {
    const waits = batch.length === 0 && this.#emits.areAwaitedBy(this.#tasks.started());
    this.#waitsSince = waits ? Math.min(this.#waitsSince, this.#now) : Infinity;
    return this.#now >= this.#waitsSince + this.#options.parameters.awaitFor;
  }

  /** Stores outcomes; while the store fails it retries as long as the lease lives. */
  #settleInTime(batch: readonly Ended[]): Promise<Commit['kind']> {
    const { ports, parameters } = this.#options;
    const end = () => Math.min(this.#lease.until, this.#releaseAt);
    return untilStored(ports, parameters, this.#record.head.id, end, () => this.#settle(batch));
  }

  /** Stores outcomes. If the head or a value is too large, only the activations that cause it fail. */
  async #settle(batch: readonly Ended[]): Promise<Commit['kind']> {
    if (await this.#goAhead(batch)) return 'done';
    // Failures have the room that is kept for them: otherwise one that is to be tried again would be the last.
    const growth = batch.every(({ outcome }) => outcome.kind === 'failed') ? 'control' : 'new';
    try {
      return await this.#commit(
        (now) => [...this.#emits.reentries(), ...settles(batch), ...this.#outbox.events(), this.#claim(now)],
        growth,
      );
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      const [only] = batch;
      if (only && batch.length === 1) return this.#settleAlone(only);
      for (const one of batch) {
        const kind = await this.#settle([one]);
        if (kind !== 'done') return kind;
      }
      return 'done';
    }
  }

  /** Settles without a claim, which grows the head: what it would take waits for room. */
  async #settleAlone(one: Ended): Promise<Commit['kind']> {
    try {
      return await this.#commit(() => [...settles([one]), ...this.#outbox.events()], 'new');
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      return this.#fail(one, error);
    }
  }

  #fail({ task }: Ended, { name, message, code }: FlowError): Promise<Commit['kind']> {
    const outcome: Outcome = { kind: 'failed', error: { name, message, code }, fatal: true, entropy: 0 };
    this.#endings.note(task, outcome, undefined);
    return this.#control((now) => [...settles([{ task, outcome }]), ...this.#outbox.events(), this.#claim(now)]);
  }

  async #giveBack(batch: readonly Ended[]): Promise<Commit['kind']> {
    const started = this.#tasks.started();
    const state = batch.length > 0 ? await this.#settle(batch) : 'done';
    return state === 'done' ? this.#control(() => [{ type: 'release', session: this.#id, started }]) : state;
  }
}
