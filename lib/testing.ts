/**
 * Runs an app in memory: the production client, worker and sweeper over memory adapters and a clock that moves only
 * with `advance`. It needs no AWS and no waiting.
 */
import { createFakeClock, type FakeClock } from './adapters/memory/clock.ts';
import { activeResources, Deliveries } from './adapters/memory/deliveries.ts';
import { createSeededEntropy } from './adapters/memory/entropy.ts';
import { createMemoryQueue, type MemoryQueue, type ReceivedMessage } from './adapters/memory/queue.ts';
import { createMemoryStores } from './adapters/memory/stores.ts';
import type { Logger } from './flow/authoring/context.ts';
import type { Ports } from './ports/ports.ts';
import type { App } from './runtime/app/app.ts';
import { DEFAULTS, type Parameters } from './runtime/app/parameters.ts';
import { createClient } from './runtime/client/client.ts';
import type { Client } from './runtime/client/types.ts';
import type { InterruptLink } from './runtime/worker/exchange.ts';
import { createSweeper, type Sweeper } from './runtime/worker/sweeper.ts';
import { createWorker, type Worker } from './runtime/worker/worker.ts';

export interface Testkit {
  readonly client: Client;
  readonly worker: Worker;
  readonly sweeper: Sweeper;
  readonly ports: Ports;
  readonly queue: MemoryQueue;
  readonly clock: FakeClock;
  /**
   * Delivers wake-ups one by one until none is due. It also returns when all work in flight waits for the clock: a
   * retry under an awaited emit, the timeout of a chunk, `clock.sleep`. `advance` or `clock.advance` continues such
   * work.
   * @throws Error after `limit` deliveries (default 10,000)
   */
  drain(limit?: number): Promise<void>;
  /** Moves the clock by `ms`, and sweeps and delivers on the way as a deployment does. Work in flight continues. */
  advance(ms: number): Promise<void>;
}

export interface TestkitOptions {
  readonly parameters?: Partial<Parameters>;
  /** Seed of the ids: equal seeds give equal ids. Default 1. */
  readonly seed?: number;
  readonly log?: Logger;
  /** Makes another process over the stores, queue and clock of this kit. */
  readonly over?: Testkit;
  /** Makes the callback URLs of announcements. Default: no URLs. */
  readonly link?: InterruptLink;
}

const SWEEP_EVERY = 60_000;
const LIMIT = 10_000;
/** Duration of one simulated invocation (ms). */
const BUDGET = 300_000;

export function createTestkit(app: App, options: TestkitOptions = {}): Testkit {
  // No backoff: racing calls would wait for a clock that only the test moves.
  const parameters = { ...DEFAULTS, backOff: 0, ...options.parameters };
  const { ports, queue, clock } = options.over ?? createParts(options);
  const worker = createWorker(app, ports, parameters, options.link ? { link: options.link } : {});
  const sweeper = createSweeper(ports, parameters);
  let nextSweep = clock.now() + SWEEP_EVERY;

  const deliveries = new Deliveries(clock);

  const deliver = async ({ message, receipt }: ReceivedMessage): Promise<void> => {
    const [result] = await worker.handle([message], clock.now() + BUDGET);
    if (result === 'done') queue.ack(receipt);
    else queue.nack(receipt, 30);
  };

  /** @param alive number of resources that kept the process alive before the first delivery */
  const drain = async (limit: number, alive: number): Promise<void> => {
    await deliveries.rest(alive);
    for (let delivered = 0; ; delivered += 1) {
      const [received] = queue.receive(1);
      if (!received) return;
      if (delivered >= limit)
        throw new Error(
          `The app still had due wake-ups after ${limit} deliveries. Look for a loop in its flows, or raise the limit.`,
        );
      deliveries.begin(deliver(received));
      await deliveries.rest(alive);
    }
  };

  return {
    client: createClient(app, ports, parameters),
    worker,
    sweeper,
    ports,
    queue,
    clock,
    drain: (limit = LIMIT) => drain(limit, activeResources()),
    async advance(ms) {
      const alive = activeResources();
      const end = clock.now() + ms;
      while (clock.now() < end) {
        // Deliveries in flight continue when the clock reaches their sleep.
        const sleeper = deliveries.isEmpty ? undefined : clock.nextDue();
        const next = Math.max(clock.now(), Math.min(end, nextSweep, queue.nextDue() ?? end, sleeper ?? end));
        await clock.advance(next - clock.now());
        if (clock.now() >= nextSweep) {
          await sweeper.sweep(clock.now() + BUDGET);
          nextSweep += SWEEP_EVERY;
        }
        await drain(LIMIT, alive);
      }
      deliveries.forgetResting();
      await deliveries.rest(alive);
    },
  };
}

function createParts({ seed = 1, log = silent }: TestkitOptions): Pick<Testkit, 'ports' | 'queue' | 'clock'> {
  const clock = createFakeClock(Date.UTC(2026, 0, 1));
  const queue = createMemoryQueue({ clock });
  const entropy = createSeededEntropy(seed);
  return { ports: { ...createMemoryStores({ clock }), queue, clock, entropy, log }, queue, clock };
}

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
