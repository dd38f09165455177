/**
 * The environment of a case: stores, a queue, and processes that share them. The clock advances only when all work waits for it.
 */
import { createFakeClock, type FakeClock } from '../../../lib/adapters/memory/clock.ts';
import { createHost, type Host } from '../../../lib/host/host.ts';
import type { App } from '../../../lib/index.ts';
import type { Ports } from '../../../lib/ports/ports.ts';
import { DEFAULTS } from '../../../lib/runtime/app/parameters.ts';
import type { Client } from '../../../lib/runtime/client/types.ts';
import { createWorker, type Worker } from '../../../lib/runtime/worker/worker.ts';
import type { Backend, OpenBackend } from '../stores/backend.ts';
import type { Schedule } from './schedule.ts';

const BUDGET = 300_000;
const PARAMETERS = { ...DEFAULTS, backOff: 0 };
/** A case without rest is cut off after this many turns. */
const TURNS = 20_000;

export interface Process {
  readonly host: Host;
  readonly client: Client;
  /** Messages of this execution are handled here from now on. */
  serve(executionId: string): void;
  /** Stops handling its messages. */
  forget(executionId: string): void;
}

export class Rig {
  readonly ports: Ports;
  /** Warnings and errors of the engine. */
  readonly logs: string[] = [];
  readonly #clock: FakeClock = createFakeClock(Date.UTC(2026, 0, 1));
  readonly #backend: Backend;
  readonly #schedule: Schedule;
  readonly #workers = new Map<string, () => Worker>();
  readonly #busy = new Set<Promise<void>>();

  constructor(open: OpenBackend, schedule: Schedule) {
    this.#schedule = schedule;
    this.#backend = open(this.#clock);
    const note = (message: string, fields?: unknown) =>
      void this.logs.push(`${message} ${JSON.stringify(fields ?? {})}`);
    const log = { info: () => undefined, warn: note, error: note };
    this.ports = { ...this.#backend.ports, clock: this.#clock, log };
  }

  open(app: App): Process {
    const { host, local } = createHost(app, this.ports, { parameters: PARAMETERS, progress: () => this.settle() });
    const make = () =>
      createWorker(app, this.ports, { ...PARAMETERS, claimLimit: this.#schedule.claimLimit() }, { local });
    const only = make();
    return {
      host,
      client: host.client,
      serve: (executionId) => this.#workers.set(executionId, this.#schedule.isShuffled ? make : () => only),
      forget: (executionId) => void this.#workers.delete(executionId),
    };
  }

  sleep(ms: number): Promise<void> {
    return this.#clock.sleep(ms);
  }

  /** Delivers due messages and runs them as far as possible without advancing time. */
  async kick(): Promise<void> {
    for (let turns = 0; turns < TURNS; turns += 1) {
      await this.#rest();
      if (!(await this.#deliver())) return;
    }
    throw new Error('it does not come to rest');
  }

  /** Runs all due work and work in flight. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < TURNS; turns += 1) {
      await this.kick();
      if (this.#busy.size === 0) return;
      const due = this.#clock.nextDue();
      if (due !== undefined) await this.#clock.advance(due - this.#clock.now());
    }
    throw new Error('it does not come to rest');
  }

  /** Runs work for a while, whether or not it ends. */
  async pass(ms: number): Promise<void> {
    const end = this.#clock.now() + ms;
    await this.kick();
    while (this.#clock.now() < end) {
      const next = Math.min(end, this.#clock.nextDue() ?? end);
      await this.#clock.advance(Math.max(0, next - this.#clock.now()));
      await this.kick();
    }
  }

  /** Advances time and delivers messages when due. */
  async advance(ms: number): Promise<void> {
    const end = this.#clock.now() + ms;
    await this.settle();
    while (this.#clock.now() < end) {
      const next = Math.max(this.#clock.now(), Math.min(end, this.#backend.nextDue() ?? end));
      await this.#clock.advance(next - this.#clock.now());
      await this.settle();
    }
  }

  async #rest(): Promise<void> {
    await this.#backend.rest();
    await this.#clock.advance(0);
  }

  /** @returns whether a message was delivered */
  async #deliver(): Promise<boolean> {
    const received = await this.#backend.receive();
    const served = received.filter(({ message }) => this.#workers.has(message.executionId));
    const chosen = this.#schedule.choose(served);
    for (const each of received) {
      if (!served.includes(each)) await this.#backend.ack(each.receipt);
      else if (!chosen.includes(each)) await this.#backend.nack(each.receipt, 0);
    }
    for (const { message, receipt } of chosen) {
      const worker = this.#workers.get(message.executionId)?.();
      if (!worker) continue;
      const again = this.#schedule.duplicates();
      const work = worker.handle([message], this.#clock.now() + BUDGET).then(async ([result]) => {
        if (result === 'done' && !again) await this.#backend.ack(receipt);
        else await this.#backend.nack(receipt, again ? 0 : 30);
        this.#busy.delete(work);
      });
      this.#busy.add(work);
    }
    return chosen.length > 0;
  }
}
