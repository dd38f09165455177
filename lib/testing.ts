/**
 * Runs an app in memory: the production client, worker and sweeper over memory adapters and a clock that moves only
 * with `advance`. It needs no AWS and no waiting.
 */
import { createFakeClock, type FakeClock } from './adapters/memory/clock.ts';
import { activeResources, Deliveries } from './adapters/memory/deliveries.ts';
import { createSeededEntropy } from './adapters/memory/entropy.ts';
import { type FaultPlan, withFaults } from './adapters/memory/faults.ts';
import { createMemoryQueue, type MemoryQueue, type ReceivedMessage } from './adapters/memory/queue.ts';
import { createMemoryStores } from './adapters/memory/stores.ts';
import type { Telemetry } from './adapters/telemetry/function-telemetry.ts';
import { createInvoking } from './adapters/telemetry/in-process.ts';
import { FlowError } from './errors/errors.ts';
import type { Logger } from './flow/authoring/context.ts';
import type { Ports } from './ports/ports.ts';
import type { WakeMessage } from './ports/wake-queue.ts';
import type { App } from './runtime/app/app.ts';
import { DEFAULTS, type Parameters } from './runtime/app/parameters.ts';
import { createClient } from './runtime/client/client.ts';
import type { Client, ExecutionView } from './runtime/client/types.ts';
import type { InterruptLink } from './runtime/worker/exchange.ts';
import { createSweeper, type Sweeper } from './runtime/worker/sweeper.ts';
import type { Worker } from './runtime/worker/worker.ts';
import { type CrashPoint, crashPlan } from './testing/crash.ts';
import { createProcess, type Process } from './testing/process.ts';

export type { Fault, FaultPlan, PortCall } from './adapters/memory/faults.ts';
export type { CrashPoint } from './testing/crash.ts';

export interface Testkit {
  readonly client: Client;
  /** The worker of the process that runs now; a crash replaces it. */
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
  /** Returns the view of an execution. @throws FlowError `unknown_execution` */
  view(executionId: string): Promise<ExecutionView>;
  /**
   * Ends the worker's process once, at the next commit that accepts a result of this chunk. Then another process takes
   * messages. It gets the executions of the dead one when their leases have ended: call `advance`.
   * @returns whether the crash has happened
   * @throws Error if no flow of the app has the chunk
   */
  crash(point: CrashPoint): { readonly happened: boolean };
}

export interface TestkitOptions {
  readonly parameters?: Partial<Parameters>;
  /** Seed of the ids: equal seeds give equal ids. Default 1. */
  readonly seed?: number;
  readonly log?: Logger;
  /** Makes another process over the stores, queue and clock of this kit. */
  readonly over?: Testkit;
  /** Delivers due messages in random order, by the seed. */
  readonly shuffle?: boolean;
  /** Delivers each wake-up and queued signal twice, as SQS may. */
  readonly redeliver?: boolean;
  /**
   * Faults of the port calls of this kit: client and sweeper are one process, the worker is another. A worker that dies is
   * replaced by a process with the same plan. A call of a client that dies never returns.
   */
  readonly faults?: FaultPlan;
  /** Makes the callback URLs of announcements. Default: no URLs. */
  readonly link?: InterruptLink;
  /** Traces and metrics of the kit. Each delivery and each sweep is an invocation. */
  readonly telemetry?: Telemetry;
}

const SWEEP_EVERY = 60_000;
const LIMIT = 10_000;
/** Duration of one simulated invocation (ms). */
const BUDGET = 300_000;

/** Receivers of these send them again, so copies of copies would grow without end. */
const RESENT: ReadonlySet<string> = new Set<WakeMessage['kind']>(['timer', 'watchdog']);

export function createTestkit(app: App, options: TestkitOptions = {}): Testkit {
  // No backoff: racing calls would wait for a clock that only the test moves.
  const parameters = { ...DEFAULTS, backOff: 0, ...options.parameters };
  const { ports, queue, clock } = options.over ?? createParts(options);
  const { faults, redeliver = false } = options;
  const random = options.shuffle ? createSeededEntropy(options.seed ?? 1).number : undefined;
  const outside = faults ? withFaults(ports, faults) : ports;
  const sweeper = createSweeper(outside, parameters);
  const client = createClient(app, outside, parameters);
  const reader = faults ? createClient(app, ports, parameters) : client;
  let nextSweep = clock.now() + SWEEP_EVERY;

  const begin = (plan: FaultPlan | undefined, died: () => void = () => undefined): Process => {
    const worker = { app, parameters, link: options.link };
    const process = createProcess(ports, worker, plan, () => {
      died();
      if (running === process) running = begin(faults);
    });
    return process;
  };
  let running = begin(faults);

  const deliveries = new Deliveries(clock);
  const invoking = createInvoking(options.telemetry);

  const deliver = async ({ message, receipt, receiveCount }: ReceivedMessage): Promise<void> => {
    const { worker, death } = running;
    const handle = () => worker.handle([message], clock.now() + BUDGET);
    const results = await Promise.race([invoking.deliver([message], handle), death]);
    // A dead process deletes no message: the queue delivers it again after its visibility timeout.
    if (!results) return;
    if (results[0] !== 'done') queue.nack(receipt, 30);
    else if (redeliver && receiveCount === 1 && !RESENT.has(message.kind)) queue.nack(receipt);
    else queue.ack(receipt);
  };

  /** @param alive number of resources that kept the process alive before the first delivery */
  const drain = async (limit: number, alive: number): Promise<void> => {
    await deliveries.rest(alive);
    for (let delivered = 0; ; delivered += 1) {
      const [received] = queue.receive(1, random);
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
    client,
    get worker() {
      return running.worker;
    },
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
          await invoking.sweep(() => sweeper.sweep(clock.now() + BUDGET));
          nextSweep += SWEEP_EVERY;
        }
        await drain(LIMIT, alive);
      }
      deliveries.forgetResting();
      await deliveries.rest(alive);
    },
    async view(executionId) {
      const view = await reader.get(executionId);
      if (view) return view;
      throw new FlowError('unknown_execution', `The kit has no execution "${executionId}". Start it first.`);
    },
    crash(point) {
      const crash = { happened: false };
      running = begin(crashPlan(app, ports, point, faults), () => {
        crash.happened = true;
      });
      return crash;
    },
  };
}

function createParts({
  seed = 1,
  log = silent,
  telemetry,
}: TestkitOptions): Pick<Testkit, 'ports' | 'queue' | 'clock'> {
  const clock = createFakeClock(Date.UTC(2026, 0, 1));
  const queue = createMemoryQueue({ clock });
  const entropy = createSeededEntropy(seed);
  const ports = { ...createMemoryStores({ clock }), queue, clock, entropy, log };
  return { ports: telemetry ? telemetry.observe(ports) : ports, queue, clock };
}

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
