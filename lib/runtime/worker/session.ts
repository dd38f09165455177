/**
 * A worker session on one execution: claim, run concurrently, settle what has ended in one commit that also claims what
 * became ready, and so on until nothing is left or the deadline nears. While a commit is in flight further outcomes gather.
 */

import type { FlowEvent, Outcome } from '../../engine/events.ts';
import type { Activation, Head } from '../../engine/head.ts';
import { isDue, isLive } from '../../engine/time/timers.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { isPlainStep, rebase } from '../../engine/work/durability.ts';
import { heldBy, leaseOf } from '../../engine/work/leases.ts';
import { describeFault, FlowError } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import type { Parameters } from '../app/parameters.ts';
import type { Resources } from '../app/resources.ts';
import type { Commit, CommitOptions, Committer } from '../commit/commit.ts';
import { type Growth, isTooLarge } from '../commit/head-size.ts';
import { previewCommit } from '../commit/preview.ts';
import { sendQuietly } from '../commit/send.ts';
import { messagesAfter, signalMessage, watchdog } from '../commit/wake-ups.ts';
import type { SharedData } from '../shared/shared-data.ts';
import { Emits } from './emits.ts';
import type { Exchange } from './exchange.ts';
import { FailedAttempts } from './failed-attempts.ts';
import { Outbox } from './outbox.ts';
import { createTaskRunner, type OnEnd, type Task, type TaskRunner, type Token } from './tasks.ts';

export interface SessionOptions {
  readonly ports: Ports;
  readonly parameters: Parameters;
  readonly commit: Committer;
  readonly app: App;
  readonly exchange: Exchange;
  readonly flow: AnyFlow;
  readonly resources: Resources;
  readonly shared: SharedData;
  /** Signal messages received for the execution. */
  readonly deliver: number;
  /** Nothing else runs in this process meanwhile. */
  readonly solo: boolean;
  /** Fence of the host lease it works for. */
  readonly host?: number;
  /** When the platform ends the process (ms). */
  readonly deadline: number;
}

interface Ended {
  readonly task: Task;
  readonly outcome: Outcome;
}

type Events = (now: number) => readonly FlowEvent[];

const HEARTBEAT = 0.3;
/** Milliseconds after which queued signals that found no room in the head are tried again. */
const ROOM_PAUSE = 5_000;
/** How often a session that waits for cascades looks whether others have ended them. */
const LOOK_EVERY = 500;
/** How often outcomes are tried again when the store fails, and the wait before each, in units of `backOff`. */
const SETTLE_TRIES = 12;
const SETTLE_PAUSE = 50;
/** Events, and bytes of them, after which they are stored in any case. */
const AHEAD = 500;
const AHEAD_BYTES = 2 ** 21;

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
  #uncommitted: FlowEvent[] = [];
  #uncommittedBytes = 0;
  #ended: Ended[] = [];
  #received: number;
  #nextHeartbeat = Infinity;
  /** End of the lease, as far as this session knows. */
  #until = 0;
  /** The fence of the lease for which a watchdog was sent. */
  #watched: number | undefined;
  /** Nobody has come in between so far: otherwise each step is stored from then on, or most would run again and again. */
  #isAlone = true;
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
    const uncommitted = () => (this.#uncommitted.length > 0 ? this.#record.head : undefined);
    this.#tasks = createTaskRunner({ ports, parameters, host, app, flow, resources, record, ahead: uncommitted });
    this.#id = options.ports.entropy.id();
    this.#received = options.deliver;
    this.#abortAt = options.deadline - options.parameters.abortMargin;
    this.#releaseAt = options.deadline - options.parameters.releaseMargin;
  }

  get #now(): number {
    return this.#options.ports.clock.now();
  }

  async run(): Promise<ExecutionRecord> {
    const { parameters } = this.#options;
    const tasks = this.#tasks;
    let state = await this.#goOn();
    while (state === 'done' && (tasks.running() > 0 || this.#ended.length > 0 || this.#isDue)) {
      const nextStop = this.#now < this.#abortAt ? this.#abortAt : this.#releaseAt;
      const nextLook = this.#emits.waiting ? this.#now + LOOK_EVERY : Infinity;
      if (this.#emits.unseen) this.#emits.look(this.#record.head);
      if (this.#ended.length === 0 && !this.#emits.asked && !this.#isDue) {
        await tasks.next(Math.min(this.#nextHeartbeat, nextStop, nextLook) - this.#now);
      }
      if (this.#now >= this.#abortAt) tasks.abort();
      const batch = this.#ended;
      this.#ended = [];
      if (this.#now >= this.#releaseAt || this.#hasWaited(batch)) {
        await this.#giveBack(batch);
        break;
      }
      if (batch.length > 0) state = await this.#settleInTime(batch);
      else if (this.#emits.asked) state = await this.#accept();
      else if (this.#isDue) state = await this.#goOn();
      else if (this.#now >= nextLook) await this.#look();
      else if (this.#now >= this.#nextHeartbeat) {
        const until = this.#now + parameters.lease;
        const heartbeat: FlowEvent = { type: 'heartbeat', session: this.#id, until };
        // What does not stand is claimed anew.
        state = await this.#control((now) => [this.#uncommitted.length > 0 ? this.#claim(now) : heartbeat]);
      }
    }
    while (state === 'done' && this.#outbox.hasDone && this.#now < this.#releaseAt) {
      state = await this.#control(() => this.#outbox.events());
    }
    return this.#stored;
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
      ...(host === undefined ? {} : { host }),
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
    this.#uncommitted = [];
    return this.#commit(() => [{ type: 'overflow', error: { name, message, code } }], 'control', true);
  }

  /** Commits; afterwards the work that the session holds runs, and messages for the rest are sent. */
  async #commit(events: Events, growth: Growth, isEnd = false): Promise<Commit['kind']> {
    const { ports, parameters } = this.#options;
    const tasks = this.#tasks;
    const reach = { session: this.#id, stored: this.#stored.head, foreseen: this.#record.head };
    let given: readonly FlowEvent[] = [];
    const all = (at: number, head: Head) => {
      given = rebase(reach, head, this.#uncommitted, events(at));
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
    this.#uncommitted = [];
    this.#uncommittedBytes = 0;
    this.#stored = record;
    this.#record = record;
    // Signals that found no room come again later.
    const later = isFull ? this.#received : 0;
    const messages = [...messagesAfter({ before, after: record.head, now, received: this.#received - later })];
    messages.push(...Array.from({ length: later }, () => signalMessage(record.head.id, ROOM_PAUSE)));
    this.#received = 0;
    const lease = leaseOf(record.head, this.#id);
    const held = lease ? heldBy(record.head, lease) : [];
    if (lease && this.#watched !== lease.fence) {
      messages.push(watchdog(record.head.id, lease, parameters.clockSkew, now));
      this.#isAlone = this.#watched === undefined;
      this.#watched = lease.fence;
    }
    this.#until = lease?.until ?? 0;
    this.#nextHeartbeat = now + parameters.lease * HEARTBEAT;
    tasks.keepOnly(held);
    await this.#outbox.make(record.head);
    this.#begin(held);
    this.#emits.look(record.head);
    await sendQuietly(ports, messages);
    // Who holds nothing may take its time.
    await this.#outbox.flush(record.head, held.length === 0 ? this.#releaseAt : this.#nextHeartbeat);
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
    const isSmall = this.#uncommitted.length < AHEAD && this.#uncommittedBytes < AHEAD_BYTES;
    const mayWait = isSmall && this.#isAlone && this.#now < this.#nextHeartbeat;
    if (head.options.durability !== 'exit' || !mayWait || this.#emits.asked || this.#emits.waiting) return false;
    let events: readonly FlowEvent[] = [];
    const { ports, parameters } = this.#options;
    const next = await previewCommit(ports, parameters, this.#how('new'), { ...this.#record, inbox: [] }, (now) => {
      events = [...settles(batch), this.#claim(now)];
      return events;
    });
    if (!next || !isPlainStep(head, next, this.#id)) return false;
    this.#uncommitted.push(...events);
    this.#uncommittedBytes += bytesOf(events);
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
        const end = Math.min(this.#until, this.#releaseAt);
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
