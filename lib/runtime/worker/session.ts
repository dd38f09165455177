/**
 * A worker session on one execution: claim, run concurrently, settle what has ended in one commit that also claims what
 * became ready, and so on until nothing is left or the deadline nears. While a commit is in flight further outcomes gather.
 */
import { defined } from '../../defined.ts';
import type { FlowEvent, Outcome } from '../../engine/events.ts';
import type { Activation, Head } from '../../engine/head.ts';
import { isDue, isLive } from '../../engine/time/timers.ts';
import { isPlainStep, rebase } from '../../engine/work/durability.ts';
import { describeFault, FlowError } from '../../errors/errors.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Commit, CommitOptions } from '../commit/commit.ts';
import { type Growth, isTooLarge } from '../commit/head-size.ts';
import { previewCommit } from '../commit/preview.ts';
import { sendQuietly } from '../commit/send.ts';
import { messagesAfter, signalMessage } from '../commit/wake-ups.ts';
import { Emits } from './emits.ts';
import { FailedAttempts } from './failed-attempts.ts';
import { HeldLease } from './held-lease.ts';
import { Outbox } from './outbox.ts';
import type { SessionOptions } from './session-options.ts';
import { createTaskRunner, type OnEnd, type Task, type TaskRunner, type Token } from './tasks.ts';
import { Uncommitted } from './uncommitted.ts';

/** What a session does next, the most urgent first. */
type Step = 'giveBack' | 'settle' | 'accept' | 'goOn' | 'look' | 'heartbeat' | 'wait';

interface Ended {
  readonly task: Task;
  readonly outcome: Outcome;
}

type Events = (now: number) => readonly FlowEvent[];

/** Milliseconds after which queued signals that found no room in the head are tried again. */
const ROOM_PAUSE = 5_000;
/** How often a session that waits for cascades looks whether others have ended them. */
const LOOK_EVERY = 500;
/** How often outcomes are tried again when the store fails, and the wait before each, in units of `backOff`. */
const SETTLE_TRIES = 12;
const SETTLE_PAUSE = 50;
/** Runs a session to its end and gives the last known record. */
export async function runSession(record: ExecutionRecord, options: SessionOptions): Promise<ExecutionRecord> {
  const session = new Session(record, options);
  try {
    return await session.run();
  } catch (error) {
    await session.letGo();
    throw error;
  } finally {
    session.end();
  }
}

class Session {
  readonly #options: SessionOptions;
  readonly #tasks: TaskRunner;
  readonly #emits = new Emits();
  readonly #failures = new FailedAttempts();
  readonly #outbox: Outbox;
  readonly #id: string;
  readonly #abortAt: number;
  readonly #releaseAt: number;
  /** As it is stored. */
  #stored: ExecutionRecord;
  /** With what is not stored yet. */
  #record: ExecutionRecord;
  /** What is not stored yet. */
  readonly #uncommitted = new Uncommitted();
  #ended: Ended[] = [];
  #received: number;
  readonly #lease: HeldLease;
  /** The newest commit had no room for a portion of what is due. */
  #isFull = false;
  /** No portion of what is due could be taken, and nothing has been settled since. */
  #isStuck = false;
  /** Since when nothing has run here but attempts that wait for cascades (ms). */
  #waitsSince = Infinity;

  constructor(record: ExecutionRecord, options: SessionOptions) {
    this.#stored = record;
    this.#record = record;
    this.#options = options;
    const { ports, parameters, app, exchange, flow, resources, shared } = options;
    this.#outbox = new Outbox({ ports, parameters, exchange, shared, graph: flow.graph });
    const host = (token: Token) => this.#emits.host(token, () => this.#tasks.wake());
    const uncommitted = () => (this.#uncommitted.isEmpty ? undefined : this.#record.head);
    this.#tasks = createTaskRunner({ ports, parameters, host, app, flow, resources, record, ahead: uncommitted });
    this.#id = options.ports.entropy.id();
    this.#lease = new HeldLease(this.#id, parameters);
    this.#received = options.deliver;
    this.#abortAt = options.deadline - options.parameters.abortMargin;
    this.#releaseAt = options.deadline - options.parameters.releaseMargin;
  }

  get #now(): number {
    return this.#options.ports.clock.now();
  }

  async run(): Promise<ExecutionRecord> {
    const tasks = this.#tasks;
    let state = await this.#goOn();
    while (state === 'done' && (tasks.running() > 0 || this.#ended.length > 0 || this.#isDue)) {
      const nextLook = this.#emits.waiting ? this.#now + LOOK_EVERY : Infinity;
      if (this.#emits.unseen) this.#emits.look(this.#record.head);
      if (this.#isIdle) await tasks.next(this.#nextStop(nextLook) - this.#now);
      if (this.#now >= this.#abortAt) tasks.abort();
      const batch = this.#ended;
      this.#ended = [];
      const step = this.#nextStep(batch, nextLook);
      if (step === 'giveBack') {
        await this.#giveBack(batch);
        break;
      }
      if (step === 'settle') state = await this.#settleInTime(batch);
      else if (step === 'accept') state = await this.#accept();
      else if (step === 'goOn') state = await this.#goOn();
      else if (step === 'look') await this.#look();
      else if (step === 'heartbeat') state = await this.#beat();
      else step satisfies 'wait';
    }
    while (state === 'done' && this.#outbox.hasDone && this.#now < this.#releaseAt) {
      state = await this.#control(() => this.#outbox.events());
    }
    return this.#stored;
  }

  /** Nothing has ended, is asked for or is due. */
  get #isIdle(): boolean {
    return this.#ended.length === 0 && !this.#emits.asked && !this.#isDue;
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

  /** What does not stand is claimed anew. */
  #beat(): Promise<Commit['kind']> {
    const until = this.#now + this.#options.parameters.lease;
    const heartbeat: FlowEvent = { type: 'heartbeat', session: this.#id, until };
    return this.#control((now) => [this.#uncommitted.isEmpty ? heartbeat : this.#claim(now)]);
  }

  end(): void {
    this.#tasks.keepOnly([]);
  }

  /** After an error: what is held goes back uncounted, if that can still be written. No chunk is to blame. */
  async letGo(): Promise<void> {
    try {
      await this.#control(() => [{ type: 'release', session: this.#id, started: [] }]);
    } catch (error) {
      this.#options.ports.log.warn('lease left behind', { executionId: this.#record.head.id, ...describeFault(error) });
    }
  }

  #claim(now: number): FlowEvent {
    const { parameters, deliver, solo, host } = this.#options;
    return {
      type: 'claim',
      session: this.#id,
      until: now + parameters.lease,
      reclaimBefore: now - parameters.clockSkew,
      limit: now < this.#abortAt ? parameters.claimLimit : 0,
      deliver,
      solo,
      ...defined({ host }),
    };
  }

  /** Something is due, and the last portion of it could be taken. */
  get #isDue(): boolean {
    return !this.#isStuck && this.#now < this.#abortAt && this.#hasDue();
  }

  #hasDue(): boolean {
    const { head } = this.#record;
    const isInline = head.options.nowait === 'inline' && !head.failure;
    return isDue(head, this.#now) || (isInline && head.signals.length > 0);
  }

  /** Takes a portion of what is due, and work. Where nothing that runs will make room for it, the execution fails. */
  async #goOn(): Promise<Commit['kind']> {
    const { rev } = this.#stored;
    const done = this.#outbox.hasDone ? this.#outbox.events() : [];
    const state = await this.#control((now) => [...done, { type: 'tick' }, this.#claim(now)]);
    if (state !== 'done') return state;
    const { head } = this.#record;
    this.#isStuck = this.#isFull || this.#stored.rev === rev;
    const isOver = this.#isFull && !isLive(head, this.#now);
    return isOver ? this.#overflow(noRoom(head.id)) : state;
  }

  /** Commits what only takes work or ends it. Where even that has no room the execution fails. */
  async #control(events: Events): Promise<Commit['kind']> {
    try {
      return await this.#commit(events, 'control');
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      return this.#overflow(error);
    }
  }

  /** The head can take no more: the execution fails, once. */
  #overflow({ name, message, code }: FlowError): Promise<Commit['kind']> {
    this.#uncommitted.clear();
    return this.#commit(() => [{ type: 'overflow', error: { name, message, code } }], 'control', true);
  }

  /** Commits; afterwards the work that the session holds runs, and messages for the rest are sent. */
  async #commit(events: Events, growth: Growth, isEnd = false): Promise<Commit['kind']> {
    const { ports } = this.#options;
    const tasks = this.#tasks;
    const reach = { session: this.#id, stored: this.#stored.head, foreseen: this.#record.head };
    let given: readonly FlowEvent[] = [];
    const all = (at: number, head: Head) => {
      given = rebase(reach, head, this.#uncommitted.events, events(at));
      return given;
    };
    const options = { ...this.#how(growth), ...(isEnd ? { isEnd } : {}) };
    const result = await this.#options.commit(this.#stored, all, options);
    if (result.kind !== 'done') return result.kind;
    const { answers, before, record, isFull } = result;
    const now = this.#now;
    this.#failures.tell(given, answers, record.head, now);
    this.#isFull = isFull;
    if (growth !== 'control') this.#isStuck = false;
    this.#uncommitted.clear();
    this.#stored = record;
    this.#record = record;
    // Signals that found no room come again later.
    const later = isFull ? this.#received : 0;
    const messages = [...messagesAfter({ before, after: record.head, now, received: this.#received - later })];
    messages.push(...Array.from({ length: later }, () => signalMessage(record.head.id, ROOM_PAUSE)));
    this.#received = 0;
    messages.push(...this.#lease.renew(record.head, now));
    const held = this.#lease.activations;
    tasks.keepOnly(held);
    await this.#outbox.make(record.head);
    this.#begin(held);
    this.#emits.look(record.head);
    await sendQuietly(ports, messages);
    // Who holds nothing may take its time.
    await this.#outbox.flush(record.head, held.length === 0 ? this.#releaseAt : this.#lease.nextHeartbeat);
    return 'done';
  }

  #how(growth: Growth): CommitOptions {
    return { flow: this.#options.flow, decide: this.#tasks.decide, growth, goesOn: true };
  }

  #begin(held: readonly Activation[]): void {
    const onEnd: OnEnd = (task, outcome, thrown) => {
      this.#failures.note(outcome, task.info, thrown);
      this.#ended.push({ task, outcome });
    };
    for (const activation of held) this.#tasks.begin(activation, this.#record.head, onEnd);
  }

  /** Goes on without a commit, where the execution allows it and nobody else has to hear of the step. */
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

  /** Accepts awaited emits; what they set off is claimed in the same write. */
  async #accept(): Promise<Commit['kind']> {
    const requests = this.#emits.take();
    try {
      return await this.#commit((now) => [...requests, this.#claim(now)], 'new');
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      if (!this.#emits.takeSingly()) this.#emits.refuse(requests, error);
      // Attempts that begin to wait or go on set nothing off: only emits are refused.
      const reentries = requests.filter(({ type }) => type !== 'emit');
      return reentries.length > 0 ? this.#control((now) => [...reentries, this.#claim(now)]) : 'done';
    }
  }

  /** Other workers may have brought a cascade to its end. */
  async #look(): Promise<void> {
    const record = await this.#options.ports.executions.load(this.#record.head.id);
    if (!record || record.rev <= this.#stored.rev) return;
    this.#stored = record;
    this.#record = record;
    this.#emits.look(record.head);
  }

  /** Everything here has waited long enough for cascades that go on elsewhere or later: who ends them wakes it. */
  #hasWaited(batch: readonly Ended[]): boolean {
    const waits = batch.length === 0 && this.#emits.areAwaitedBy(this.#tasks.started());
    this.#waitsSince = waits ? Math.min(this.#waitsSince, this.#now) : Infinity;
    return this.#now >= this.#waitsSince + this.#options.parameters.awaitFor;
  }

  /** Outcomes are not thrown away because the store fails for a while: they are tried again as long as the lease lives. */
  async #settleInTime(batch: readonly Ended[]): Promise<Commit['kind']> {
    const { ports, parameters } = this.#options;
    const pause = parameters.backOff * SETTLE_PAUSE;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#settle(batch);
      } catch (error) {
        const end = Math.min(this.#lease.until, this.#releaseAt);
        if (tries === SETTLE_TRIES || this.#now + pause >= end) throw error;
        ports.log.warn('settle failed', { executionId: this.#record.head.id, ...describeFault(error) });
        if (pause > 0) await ports.clock.sleep(pause);
      }
    }
  }

  /** A head or value that would be too large fails the activations that make it so, one by one. */
  async #settle(batch: readonly Ended[]): Promise<Commit['kind']> {
    if (await this.#goAhead(batch)) return 'done';
    try {
      return await this.#commit(
        (now) => [...this.#emits.reentries(), ...settles(batch), ...this.#outbox.events(), this.#claim(now)],
        'new',
      );
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      const [only] = batch;
      if (only && batch.length === 1) return this.#fail(only, error);
      for (const one of batch) {
        const kind = await this.#settle([one]);
        if (kind !== 'done') return kind;
      }
      return 'done';
    }
  }

  #fail({ task }: Ended, { name, message, code }: FlowError): Promise<Commit['kind']> {
    const outcome: Outcome = { kind: 'failed', error: { name, message, code }, fatal: true, entropy: 0 };
    this.#failures.note(outcome, task.info, undefined);
    return this.#control((now) => [...settles([{ task, outcome }]), ...this.#outbox.events(), this.#claim(now)]);
  }

  async #giveBack(batch: readonly Ended[]): Promise<void> {
    const started = this.#tasks.started();
    if (batch.length > 0 && (await this.#settle(batch)) !== 'done') return;
    await this.#control(() => [{ type: 'release', session: this.#id, started }]);
  }
}

function noRoom(executionId: string): FlowError {
  return new FlowError(
    'head_too_large',
    `Execution ${executionId}: the head has no room for what is due next. Keep fewer things active at once.`,
  );
}

function settles(batch: readonly Ended[]): FlowEvent[] {
  return batch.map(({ task, outcome }) => ({ type: 'settle', ...task.token, outcome }));
}
