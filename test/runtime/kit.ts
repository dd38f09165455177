/**
 * A deployment in memory whose port calls can fail. Stores and queue are shared; each worker is a process. Every fault is
 * counted, so a test can assert that its hazard was reached.
 */
import assert from 'node:assert/strict';
import { createFakeClock, type FakeClock } from '../../lib/adapters/memory/clock.ts';
import { createSeededEntropy } from '../../lib/adapters/memory/entropy.ts';
import { createMemoryQueue, type MemoryQueue } from '../../lib/adapters/memory/queue.ts';
import { createMemoryStores } from '../../lib/adapters/memory/stores.ts';
import type { ExecutionRecord } from '../../lib/ports/execution-store.ts';
import type { Ports } from '../../lib/ports/ports.ts';
import type { WakeMessage } from '../../lib/ports/wake-queue.ts';
import type { App } from '../../lib/runtime/app/app.ts';
import { DEFAULTS, type Parameters } from '../../lib/runtime/app/parameters.ts';
import { createClient } from '../../lib/runtime/client/client.ts';
import type { Client, ExecutionView } from '../../lib/runtime/client/types.ts';
import { createSweeper, type Sweeper } from '../../lib/runtime/worker/sweeper.ts';
import { createWorker, type Worker } from '../../lib/runtime/worker/worker.ts';

export const BUDGET = 300_000;

type PortName = 'executions' | 'values' | 'ledger' | 'streams' | 'flowData' | 'artifacts' | 'queue';
type Call = (...input: readonly unknown[]) => unknown;

/** A port call of a process. `n` counts its calls, from 1. */
export interface PortCall {
  readonly name: string;
  readonly n: number;
  readonly input: readonly unknown[];
}

/**
 * The fault of a call. `before`: it fails without effect. `after`: it is applied and fails. `die`: the process ends there.
 * `answer`: it is not applied and returns this.
 */
export type Fault = 'before' | 'after' | 'dieBefore' | 'dieAfter' | { readonly answer: unknown } | Promise<void>;
export type Plan = (call: PortCall) => Fault | undefined;

export interface Kit {
  readonly clock: FakeClock;
  readonly queue: MemoryQueue;
  readonly client: Client;
  readonly sweeper: Sweeper;
  readonly logs: string[];
  readonly ports: Ports;
  /** Another process over the same stores. */
  process(plan?: Plan): { readonly ports: Ports; readonly worker: Worker; readonly client: Client };
  worker(plan?: Plan): Worker;
  /** A worker takes the first message; its calls follow the plan. Not awaited. */
  takeFirst(plan: Plan): void;
  /** Advances time until the work has ended. */
  finish<T>(work: Promise<T>): Promise<T>;
  /** Delivers due messages, one per invocation, until none is due. @returns the number delivered */
  drain(worker?: Worker): Promise<number>;
  /** Advances time as in a deployment: a sweep each minute, messages when due. */
  pass(ms: number, worker?: Worker): Promise<void>;
  load(id: string): Promise<ExecutionRecord>;
  view(id: string): Promise<ExecutionView>;
}

export function createKit(app: App, options: { parameters?: Partial<Parameters> } = {}): Kit {
  const parameters = { ...DEFAULTS, ...options.parameters };
  const clock = createFakeClock(Date.UTC(2026, 0, 1));
  const queue = createMemoryQueue({ clock });
  const logs: string[] = [];
  const note = (message: string, fields?: unknown) => {
    logs.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  const log = { info: () => undefined, warn: note, error: note };
  const ports: Ports = { ...createMemoryStores({ clock }), queue, clock, entropy: createSeededEntropy(1), log };
  const healthy = createWorker(app, ports, parameters);
  const sweeper = createSweeper(ports, parameters);

  const kit: Kit = {
    clock,
    queue,
    logs,
    ports,
    sweeper,
    client: createClient(app, ports, parameters),
    process(plan = () => undefined) {
      const own = withFaults(ports, plan);
      return { ports: own, worker: createWorker(app, own, parameters), client: createClient(app, own, parameters) };
    },
    worker: (plan) => kit.process(plan).worker,
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
    async view(id) {
      const view = await kit.client.get(id);
      assert.ok(view, `no execution ${id}`);
      return view;
    },
  };
  return kit;
}

function withFaults(ports: Ports, plan: Plan): Ports {
  let n = 0;
  const wrap = <Name extends PortName>(name: Name): Ports[Name] =>
    new Proxy(ports[name], {
      get(target, property) {
        const method = Reflect.get(target, property) as Call;
        return async (...input: readonly unknown[]) => {
          n += 1;
          const fault = plan({ name: `${name}.${String(property)}`, n, input });
          if (fault instanceof Promise) await fault;
          if (fault === 'dieBefore') return new Promise(() => undefined);
          if (fault === 'before') throw new Error('injected: not done');
          if (typeof fault === 'object' && 'answer' in fault) return fault.answer;
          const result = await method.apply(target, [...input]);
          if (fault === 'dieAfter') return new Promise(() => undefined);
          if (fault === 'after') throw new Error('injected: done, outcome unknown');
          return result;
        };
      },
    });
  return {
    ...ports,
    executions: wrap('executions'),
    values: wrap('values'),
    ledger: wrap('ledger'),
    streams: wrap('streams'),
    flowData: wrap('flowData'),
    artifacts: wrap('artifacts'),
    queue: wrap('queue'),
  };
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
