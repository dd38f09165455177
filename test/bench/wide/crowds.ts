/**
 * Workloads of many callers of one execution, each with a client of its own, as in separate invocations: `answers` gives all
 * waits their answer at once, `crowd` sends signals while no worker runs, `due` lets all waits expire at one time.
 */

import type { Head } from '../../../lib/engine/head.ts';
import { countOf } from '../../../lib/engine/values/runs.ts';
import { FlowError } from '../../../lib/errors/errors.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { DEFAULTS } from '../../../lib/runtime/app/parameters.ts';
import { createClient } from '../../../lib/runtime/client/client.ts';
import { wakeUp } from '../../../lib/runtime/commit/wake-ups.ts';
import { createWorker } from '../../../lib/runtime/worker/worker.ts';
import { createEmbeddedRig } from '../rigs/embedded-rig.ts';
import { createMemoryRig } from '../rigs/memory-rig.ts';
import type { History, Rig, Store } from '../rigs/rig.ts';

export const CROWDS = ['answers', 'crowd', 'due'] as const;

export interface CrowdOptions {
  readonly workload: (typeof CROWDS)[number];
  readonly items: number;
  readonly store: Store;
  readonly history: History;
}

export interface CrowdReport extends CrowdOptions {
  /** How many calls had which result: an answer's kind, or an error's code. */
  readonly results: Readonly<Record<string, number>>;
  /** Writes of the calls, or of the expiry, without those before and after. */
  readonly writesPerItem: number;
  readonly wcuPerItem: number | null;
  readonly readsPerItem: number;
  readonly headBytesMax: number;
  /** Most CPU from one commit to the next, in this process. */
  readonly commitCpuMsMax: number;
  readonly wallMs: number;
}

const ID = 'crowd';
const INVOCATION_MS = 300_000;
const IDLE_MS = 5;
const PATIENCE_MS = 600_000;
/** Time until the waits of `due` expire (ms). The clock jumps over it, so that all are due at one time. */
const EXPIRES_IN = 3_600_000;

function appOf({ workload }: CrowdOptions) {
  const flow = defineFlow({ name: 'crowd', execution: { autoClose: workload !== 'crowd' } });
  const expiry = workload === 'due' ? { expiresIn: EXPIRES_IN, onExpiry: { value: 'expired' } } : {};
  flow
    .forEach((item) => item.to('ask', (ctx) => ctx.pauseFor({ type: 'q', id: `w${ctx.input}`, ...expiry })))
    .to('count', (ctx) => ctx.state.set('count', ctx.input.length));
  flow.when('told').to('hear', (ctx) => ctx.state.increment('heard'));
  return defineApp({ flows: [flow], resources: {} });
}

/** @throws Error when calls are lost or the execution does not end */
export async function benchCrowd(options: CrowdOptions): Promise<CrowdReport> {
  const { items, workload, store } = options;
  const stores: Rig = store === 'memory' ? createMemoryRig() : await createEmbeddedRig();
  const time = { ahead: 0 };
  const { rig, commits } = timed(stores, time);
  try {
    const { ports } = rig;
    const app = appOf(options);
    const client = createClient(app, ports, DEFAULTS);
    const input = workload === 'crowd' ? [] : Array.from({ length: items }, (_, n) => n);
    await client.start('crowd', input, { id: ID, history: options.history });
    const pending = async () => waitsIn((await ports.executions.load(ID))?.head);
    await work(rig, options, async () => workload === 'crowd' || (await pending()) === items);

    const before = rig.totals();
    const begun = performance.now();
    const results: Record<string, number> = {};
    const count = async (call: Promise<string>) => {
      const result = await call.catch((error: unknown) => (FlowError.is(error) ? error.code : 'failed'));
      results[result] = (results[result] ?? 0) + 1;
    };
    const each = Array.from({ length: workload === 'due' ? 0 : items }, (_, n) => n);
    const waits = (await client.get(ID))?.interrupts.map(({ interruptId }) => interruptId) ?? [];
    await Promise.all(
      each.map((n) => {
        const own = createClient(app, ports, DEFAULTS);
        return count(
          workload === 'crowd'
            ? own.signal(ID, 'told', n)
            : own.resume(ID, waits[n] ?? '', { value: n, requestId: `r${n}` }).then(({ kind }) => kind),
        );
      }),
    );
    if (workload === 'due') {
      time.ahead = EXPIRES_IN;
      await ports.queue.send([wakeUp(ID)]);
      await work(rig, options, async () => (await pending()) === 0);
    }
    const wallMs = Math.round(performance.now() - begun);
    const used = rig.totals();
    const expected = workload === 'crowd' ? (results.accepted ?? 0) : items;
    const field = workload === 'crowd' ? 'heard' : 'count';
    await work(rig, options, async () => ((await client.get(ID))?.state[field] ?? 0) === expected);
    const perItem = (total: number) => Number((total / items).toFixed(4));
    const { headBytesMax } = rig.totals();
    return {
      ...options,
      results,
      writesPerItem: perItem(used.writes - before.writes),
      wcuPerItem: used.wcu === null ? null : perItem(used.wcu - (before.wcu ?? 0)),
      readsPerItem: perItem(used.reads - before.reads),
      headBytesMax,
      commitCpuMsMax: Math.round(commits.cpuMsMax),
      wallMs,
    };
  } finally {
    await rig.close();
  }
}

/** The rig with a clock that runs ahead, and with the CPU of its commits measured. */
function timed(stores: Rig, time: { readonly ahead: number }) {
  const { executions, clock } = stores.ports;
  const commits = { cpuMsMax: 0 };
  let last = process.cpuUsage();
  const commit: typeof executions.commit = (request) => {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    commits.cpuMsMax = Math.max(commits.cpuMsMax, (user + system) / 1_000);
    return executions.commit(request);
  };
  const ports = {
    ...stores.ports,
    executions: { ...executions, commit },
    clock: { ...clock, now: () => clock.now() + time.ahead },
  };
  const rig: Rig = { ...stores, ports };
  return { rig, commits };
}

/** How many waits a stored head has. */
function waitsIn(head: Head | undefined): number {
  const inPages = (head?.waitPages ?? []).reduce((sum, { at }) => sum + countOf(at), 0);
  return (head?.interrupts.length ?? 0) + inPages;
}

/** Runs a worker until the condition holds. */
async function work({ ports, receive }: Rig, options: CrowdOptions, isDone: () => Promise<boolean>): Promise<void> {
  const worker = createWorker(appOf(options), ports, DEFAULTS);
  const until = performance.now() + PATIENCE_MS;
  while (!(await isDone())) {
    const received = await receive((messages) => worker.handle(messages, ports.clock.now() + INVOCATION_MS));
    if (!received) await ports.clock.sleep(IDLE_MS);
    if (performance.now() > until) throw new Error(`Not done within ${PATIENCE_MS} ms.`);
  }
}
