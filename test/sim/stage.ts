/** One simulated deployment: an app, its stores and queue, and the processes that come and go. */
import { createMemoryStores, type MemoryStores } from '../../lib/adapters/memory/stores.ts';
import type { App } from '../../lib/runtime/app.ts';
import { createClient } from '../../lib/runtime/client.ts';
import { DEFAULTS, type Parameters } from '../../lib/runtime/parameters.ts';
import { createSweeper } from '../../lib/runtime/sweeper.ts';
import type { Client } from '../../lib/runtime/views.ts';
import { createWorker } from '../../lib/runtime/worker.ts';
import { createPorts } from './ports.ts';
import { type QueueEntry, SimQueue } from './queue.ts';
import { Watch } from './watch.ts';
import { LEASE, type Process, type World } from './world.ts';

/** Small limits, so that short schedules reach them. */
const PARAMETERS: Parameters = {
  ...DEFAULTS,
  lease: LEASE,
  clockSkew: 2_000,
  claimLimit: 4,
  ledgerKept: 6,
  inlineBytes: 48,
};

/** What the platform allows an invocation. */
const BUDGET = 120_000;

/** A call of an API function: its answer, or that there was none. */
export type Attempt<T> = { readonly answer: T } | { readonly error: Error } | 'died';

export class Stage {
  readonly world: World;
  readonly stores: MemoryStores;
  readonly queue: SimQueue;
  readonly watch: Watch;
  readonly seed: number;
  readonly #app: (process: Process) => App;
  busy = 0;

  constructor(world: World, seed: number, app: (stage: Stage, process: Process) => App) {
    this.world = world;
    this.seed = seed;
    this.stores = createMemoryStores({ clock: { now: () => world.now } });
    this.queue = new SimQueue(world);
    this.watch = new Watch(world, this.stores);
    this.#app = (process) => app(this, process);
  }

  /** One invocation of the step function for these messages. */
  deliver(entries: readonly QueueEntry[]): void {
    const { world, queue } = this;
    for (const entry of entries) queue.receive(entry);
    const process = this.#begin('worker');
    const worker = createWorker(this.#app(process), createPorts(this, process), PARAMETERS);
    const deadline = world.now + process.skew + BUDGET;
    const limit = world.now + BUDGET;
    process.deadline = limit;
    const messages = entries.map((entry) => entry.message);
    world.trace(process, `receives ${messages.map((message) => `${message.kind} ${message.executionId}`).join()}`);
    void worker.handle(messages, deadline).then(async (results) => {
      for (const [index, entry] of entries.entries()) {
        if (results[index] !== 'done') continue;
        await world.park(process, 'acknowledge', async () => queue.delete(entry)).catch(() => undefined);
      }
      this.#end(process);
    });
  }

  sweep(): void {
    const { world } = this;
    const process = this.#begin('sweeper');
    const sweeper = createSweeper(createPorts(this, process), PARAMETERS);
    process.deadline = world.now + BUDGET;
    void sweeper
      .sweep(world.now + process.skew + BUDGET)
      .catch(() => undefined)
      .then(() => this.#end(process));
  }

  /** One HTTP call, in an API process of its own. */
  call<T>(work: (client: Client) => Promise<T>): Promise<Attempt<T>> {
    const process = this.#begin('api');
    const client = createClient(this.#app(process), createPorts(this, process), PARAMETERS);
    process.deadline = this.world.now + BUDGET;
    return new Promise((resolve) => {
      const died = process.onDeath;
      process.onDeath = () => {
        died();
        resolve('died');
      };
      work(client).then(
        (answer) => {
          this.#end(process);
          resolve({ answer });
        },
        (error: unknown) => {
          this.#end(process);
          resolve({ error: error instanceof Error ? error : new Error(String(error)) });
        },
      );
    });
  }

  #begin(kind: Process['kind']): Process {
    const process = this.world.spawn(kind);
    this.busy += 1;
    process.onDeath = () => {
      this.busy -= 1;
    };
    return process;
  }

  #end(process: Process): void {
    if (!process.alive) return;
    process.alive = false;
    this.world.calls = this.world.calls.filter((call) => call.process !== process);
    this.world.living.delete(process);
    this.busy -= 1;
  }
}
