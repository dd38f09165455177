/**
 * The public test kit with what only tests of the protocol need: work that moves the clock as it needs, workers that are called
 * by hand, and stored records. Every fault is counted, so a test can assert that its hazard was reached.
 */
import assert from 'node:assert/strict';
import type { FakeClock } from '../../lib/adapters/memory/clock.ts';
import type { MemoryQueue } from '../../lib/adapters/memory/queue.ts';
import type { ExecutionRecord } from '../../lib/ports/execution-store.ts';
import type { Ports } from '../../lib/ports/ports.ts';
import type { WakeMessage } from '../../lib/ports/wake-queue.ts';
import type { App } from '../../lib/runtime/app/app.ts';
import { DEFAULTS, type Parameters } from '../../lib/runtime/app/parameters.ts';
import type { Client, ExecutionView } from '../../lib/runtime/client/types.ts';
import type { Sweeper } from '../../lib/runtime/worker/sweeper.ts';
import type { Worker } from '../../lib/runtime/worker/worker.ts';
import { createTestkit, type FaultPlan } from '../../lib/testing.ts';

export type { Fault, FaultPlan, PortCall } from '../../lib/testing.ts';

export const BUDGET = 300_000;

export interface Kit {
  readonly clock: FakeClock;
  readonly queue: MemoryQueue;
  readonly client: Client;
  readonly sweeper: Sweeper;
  readonly logs: string[];
  readonly ports: Ports;
  /** Another process over the same stores. @param other parameters that it has instead */
  process(
    plan?: FaultPlan,
    other?: Partial<Parameters>,
  ): { readonly worker: Worker; readonly client: Client; readonly sweeper: Sweeper };
  worker(plan?: FaultPlan, other?: Partial<Parameters>): Worker;
  /** A worker takes the first message; its calls follow the plan. Not awaited. */
  takeFirst(plan: FaultPlan): void;
  /** Advances time until the work has ended. */
  finish<T>(work: Promise<T>): Promise<T>;
  /** Delivers due messages, one per invocation, until none is due. @returns the number delivered */
  drain(worker?: Worker): Promise<number>;
  /** Advances time as in a deployment: a sweep each minute, messages when due. */
  pass(ms: number, worker?: Worker): Promise<void>;
  load(id: string): Promise<ExecutionRecord>;
  view(id: string): Promise<ExecutionView>;
}

/** @param options.seed of the ids; kits between which a document moves need different ones */
export function createKit(app: App, options: { parameters?: Partial<Parameters>; seed?: number } = {}): Kit {
  const parameters = { ...DEFAULTS, ...options.parameters };
  const logs: string[] = [];
  const note = (message: string, fields?: unknown) => {
    logs.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  const { seed = 1 } = options;
  const base = createTestkit(app, { parameters, seed, log: { info: () => undefined, warn: note, error: note } });
  const { clock, queue, ports, sweeper, client, worker: healthy } = base;

  const kit: Kit = {
    clock,
    queue,
    logs,
    ports,
    sweeper,
    client,
    process: (faults = () => undefined, other = {}) =>
      createTestkit(app, { over: base, parameters: { ...parameters, ...other }, faults }),
    worker: (plan, other) => kit.process(plan, other).worker,
    view: (id) => base.view(id),
    takeFirst(plan) {
      const [received] = queue.receive(1);
      assert.ok(received, 'no message is due');
      kit
        .worker(plan)
        .handle([received.message], clock.now() + BUDGET)
        .catch(() => undefined);
    },
    async finish(work) {
      let ended = false;
      const done = () => {
        ended = true;
      };
      work.then(done, done);
      for (let turns = 0; !ended; turns += 1) {
        if (turns > 20_000) throw new Error('it does not end');
        await clock.advance(0);
        const due = clock.nextDue();
        if (!ended && due !== undefined) await clock.advance(due - clock.now());
      }
      return work;
    },
    async drain(worker = healthy) {
      for (let delivered = 0; delivered < 5_000; delivered += 1) {
        const [received] = queue.receive(1);
        if (!received) return delivered;
        const [result] = await kit.finish(worker.handle([received.message], clock.now() + BUDGET));
        if (result === 'done') queue.ack(received.receipt);
        else queue.nack(received.receipt, 30);
      }
      throw new Error('it does not come to rest');
    },
    async pass(ms, worker) {
      const end = clock.now() + ms;
      let sweep = clock.now() + 60_000;
      await kit.drain(worker);
      while (clock.now() < end) {
        const next = Math.max(clock.now(), Math.min(end, sweep, queue.nextDue() ?? end));
        await clock.advance(next - clock.now());
        if (clock.now() >= sweep) {
          await sweeper.sweep(clock.now() + BUDGET);
          sweep += 60_000;
        }
        await kit.drain(worker);
      }
    },
    async load(id) {
      const record = await ports.executions.load(id);
      assert.ok(record, `no execution ${id}`);
      return record;
    },
  };
  return kit;
}

/** Counts how often each key came up. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(key: string): number {
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    return count;
  }

  of(key: string): number {
    return this.counts.get(key) ?? 0;
  }
}

/** A promise and the function that resolves it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

export function wake(executionId: string): WakeMessage {
  return { executionId, kind: 'wake' };
}
