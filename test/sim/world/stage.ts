/** One simulated deployment: an app, its stores and queue, and short-lived processes. */
import { createScheduleHandler } from '../../../lib/adapters/lambda/events/schedule.ts';
import { createStepHandler } from '../../../lib/adapters/lambda/events/sqs.ts';
import type { Graph } from '../../../lib/flow/graph/graph.ts';
import type { Ports } from '../../../lib/ports/ports.ts';
import type { SignalMessage, WakeMessage } from '../../../lib/ports/wake-queue.ts';
import type { App } from '../../../lib/runtime/app/app.ts';
import { DEFAULTS, type Parameters as Limits } from '../../../lib/runtime/app/parameters.ts';
import { createClient } from '../../../lib/runtime/client/client.ts';
import type { Client, ResumeAnswer } from '../../../lib/runtime/client/types.ts';
import { createSweeper } from '../../../lib/runtime/worker/sweeper.ts';
import { createWorker } from '../../../lib/runtime/worker/worker.ts';
import { Watch, type Watched } from '../watch/watch.ts';
import { createPorts } from './ports.ts';
import { nameOf, type QueueEntry, SimQueue } from './queue.ts';
import { createSimStores, type SimStores } from './stores.ts';
import { LEASE, type Process, type World } from './world.ts';

/** Small limits that short schedules reach. */
const PARAMETERS: Limits = {
  ...DEFAULTS,
  lease: LEASE,
  clockSkew: 2_000,
  claimLimit: 4,
  ledgerKept: 6,
  inlineBytes: 48,
  startAhead: 3,
  resultBytes: 40,
  partsKept: 3,
  backOff: 10,
  longestInvocation: 120_000,
};

/** Limits of an invocation. */
export const BUDGET = 120_000;

/** A call of an API function: its answer, or none. */
export type Attempt<T> = { readonly answer: T } | { readonly error: Error } | 'died';

/** The implementation of an API function. */
export type Work<T> = (client: Client, ports: Ports) => Promise<T>;

export class Stage {
  readonly world: World;
  readonly stores: SimStores;
  readonly queue: SimQueue;
  readonly watch: Watch;
  readonly seed: number;
  readonly parameters: Limits;
  readonly #graph: Graph;
  readonly #app: (process: Process) => App;
  readonly #answers = new Map<string, string>();
  readonly #generations = new Map<string, number>();
  busy = 0;

  constructor(world: World, seed: number, watched: Watched, app: (stage: Stage, process: Process) => App) {
    this.world = world;
    this.seed = seed;
    this.#graph = watched.flow.graph;
    // With zero tries every outside signal and answer goes through the inbox.
    const directTries = world.remembers ? DEFAULTS.directTries : world.chooser.pick(3);
    const own = { directTries, answerTries: Math.min(1, directTries), waitsKept: 1 + (seed % 3) };
    this.parameters = { ...PARAMETERS, ...own, ...watched.parameters };
    this.stores = createSimStores({ now: () => world.now });
    this.queue = new SimQueue(world);
    this.watch = new Watch(world, this.stores, watched, this.parameters);
    this.#app = (process) => app(this, process);
  }

  /** One invocation of the step function with these messages; the platform deletes all that are not reported as failed. */
  deliver(entries: readonly QueueEntry[]): void {
    const { world, queue } = this;
    for (const entry of entries) {
      queue.receive(entry);
      const closed = this.watch.books.get(entry.message.executionId)?.head.lifecycle === 'closed';
      if (closed) world.reached('message for a closed execution');
    }
    const process = this.#begin('worker');
    process.handles = new Set(entries.map((entry) => entry.message.executionId));
    process.tells = Object.keys(this.#graph.onFlowData ?? {}).length > 0;
    const ports = createPorts(this, process);
    const worker = createWorker(this.#app(process), ports, this.parameters);
    // Created lazily: few messages need it and it is slow to create.
    const signal: Client['signal'] = async (...args) => {
      const answer = await createClient(this.#app(process), ports, this.parameters).signal(...args);
      if (answer === 'accepted') world.reached('signal by the queue');
      return answer;
    };
    const handle = createStepHandler({
      worker,
      client: { signal },
      parse: (body) => JSON.parse(body) as WakeMessage | SignalMessage,
      ...ports,
    });
    const names = entries.map(({ message }) => nameOf(message));
    world.trace(process, `receives ${names.join()}`);
    const Records = entries.map((entry) => ({ messageId: String(entry.id), body: JSON.stringify(entry.message) }));
    void handle({ Records } as Parameters<typeof handle>[0], this.#remaining()).then(async ({ batchItemFailures }) => {
      const failed = new Set(batchItemFailures.map((each) => each.itemIdentifier));
      for (const entry of entries) {
        if (failed.has(String(entry.id))) continue;
        await world.park(process, 'acknowledge', async () => queue.delete(entry)).catch(() => undefined);
      }
      this.#end(process);
    });
  }

  /** One invocation of the schedule function. */
  sweep(): void {
    const process = this.#begin('sweeper');
    const ports: Ports = createPorts(this, process);
    const handle = createScheduleHandler({ sweeper: createSweeper(ports, this.parameters), ...ports });
    void handle({}, this.#remaining())
      .catch(() => undefined)
      .then(() => this.#end(process));
  }

  /** One HTTP call, in an API process of its own. */
  call<T>(caller: Process, work: Work<T>): Promise<Attempt<T>> {
    const process = this.#begin('api', caller.id);
    const ports = createPorts(this, process);
    const client = createClient(this.#app(process), ports, this.parameters);
    return new Promise((resolve) => {
      const finish = (attempt: Attempt<T>): void => {
        this.world.learn(caller, 'answer', attempt);
        resolve(attempt);
      };
      const died = process.onDeath;
      process.onDeath = () => {
        died();
        finish('died');
      };
      work(client, ports).then(
        (answer) => {
          this.#end(process);
          finish({ answer });
        },
        (error: unknown) => {
          this.#end(process);
          finish({ error: error instanceof Error ? error : new Error(String(error)) });
        },
      );
    });
  }

  /** Answers to one request id are byte-equal, and all losers get the same winner. */
  compare(key: string, requestId: string, answer: Extract<ResumeAnswer, { readonly entry: unknown }>): void {
    const won = answer.kind === 'accepted' || answer.kind === 'duplicate';
    const parts = won ? [`${key}/${requestId}`, key] : answer.kind === 'mismatch' ? [`${key}/${requestId}`] : [key];
    const body = JSON.stringify(answer.entry);
    for (const part of parts) {
      const first = this.#answers.get(part) ?? body;
      this.#answers.set(part, first);
      if (first !== body) this.world.violate('answers differ', `${part}: ${first} and ${body}`);
    }
  }

  forget(id: string): void {
    this.#generations.set(id, this.generation(id) + 1);
    this.watch.forget(id);
    this.world.trace(undefined, `the row of ${id} is deleted`);
  }

  generation(id: string): number {
    return this.#generations.get(id) ?? 0;
  }

  #remaining() {
    return { getRemainingTimeInMillis: () => BUDGET };
  }

  #begin(kind: Process['kind'], owner?: number): Process {
    const process = this.world.spawn(kind, owner);
    process.deadline = this.world.now + BUDGET;
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
