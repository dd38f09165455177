/**
 * Workloads of many callers of one execution, each with a client of its own, as in separate invocations: `answers` gives all
 * waits their answer at once, `crowd` sends signals while no worker runs, 250 at a time, `due` lets all waits expire at one
 * time. A caller without an answer repeats its call, as clients of the HTTP routes do.
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
  /** How many callers had which result: an answer's kind, or an error's code. */
  readonly results: Readonly<Record<string, number>>;
  /** How many calls were repeated after which error: a code, or the name of an error of the store. */
  readonly repeated: Readonly<Record<string, number>>;
  /** Accepted events that had no effect within `PATIENCE_MS`. */
  readonly lost: number;
  /** Writes of the calls, or of the expiry, without those before and after. */
  readonly writesPerItem: number;
  readonly wcuPerItem: number | null;
  readonly readsPerItem: number;
  readonly headBytesMax: number;
  /** Most CPU from one commit to the next, in this process. */
  readonly commitCpuMsMax: number;
  /** CPU of the calls or of the expiry, in this process. */
  readonly cpuMsPerItem: number;
  readonly peakRssMb: number;
  readonly wallMs: number;
}

const ID = 'crowd';
const INVOCATION_MS = 300_000;
const IDLE_MS = 5;
const PATIENCE_MS = 300_000;
/** Callers of `crowd` at a time: all share the processor and the connections of one process. */
const CALLERS = 250;
/** Timeout of a request (ms): all callers share the connections and the processor of one process. */
const REQUEST_MS = 60_000;
/** Wait before the first repeat (ms), its growth, and the most repeats. */
const REPEAT_AFTER = 500;
const REPEAT_FACTOR = 2;
const REPEATS = 8;
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

export async function benchCrowd(options: CrowdOptions): Promise<CrowdReport> {
  const { items, workload, store } = options;
  const stores: Rig = store === 'memory' ? createMemoryRig() : await createEmbeddedRig({ requestTimeout: REQUEST_MS });
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
    const waits = (await client.get(ID))?.interrupts.map(({ interruptId }) => interruptId) ?? [];

    const before = rig.totals();
    const begun = performance.now();
    const beforeCpu = process.cpuUsage();
    const results: Record<string, number> = {};
    const repeated: Record<string, number> = {};
    const call = async (n: number): Promise<string> => {
      const own = createClient(app, ports, DEFAULTS);
      if (workload === 'crowd') return own.signal(ID, 'told', n, { requestId: `r${n}` });
      return (await own.resume(ID, waits[n] ?? '', { value: n, requestId: `r${n}` })).kind;
    };
    const callers = workload === 'due' ? 0 : workload === 'crowd' ? CALLERS : items;
    const numbers = Array.from({ length: items }, (_, n) => n).values();
    const caller = async () => {
      for (const n of numbers) add(results, await insist(ports, repeated, () => call(n)));
    };
    await Promise.all(Array.from({ length: Math.min(callers, items) }, caller));
    if (workload === 'due') {
      time.ahead = EXPIRES_IN;
      await ports.queue.send([wakeUp(ID)]);
      await work(rig, options, async () => (await pending()) === 0);
    }
    const wallMs = Math.round(performance.now() - begun);
    const { user, system } = process.cpuUsage(beforeCpu);
    const used = rig.totals();
    const expected = workload === 'crowd' ? (results.accepted ?? 0) + (results.duplicate ?? 0) : items;
    const field = workload === 'crowd' ? 'heard' : 'count';
    const counted = async () => Number((await client.get(ID))?.state[field] ?? 0);
    await work(rig, options, async () => (await counted()) === expected);
    const perItem = (total: number) => Number((total / items).toFixed(4));
    const { headBytesMax } = rig.totals();
    return {
      ...options,
      results,
      repeated,
      lost: expected - (await counted()),
      writesPerItem: perItem(used.writes - before.writes),
      wcuPerItem: used.wcu === null ? null : perItem(used.wcu - (before.wcu ?? 0)),
      readsPerItem: perItem(used.reads - before.reads),
      headBytesMax,
      commitCpuMsMax: Math.round(commits.cpuMsMax),
      cpuMsPerItem: perItem((user + system) / 1_000),
      peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
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

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** The result of a call; one that was not confirmed is repeated with the same id, after a growing wait. */
async function insist(
  { clock }: Pick<Rig['ports'], 'clock'>,
  repeated: Record<string, number>,
  call: () => Promise<string>,
): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    const result = await call().catch((error: unknown) => error as Error);
    if (typeof result === 'string' && result !== 'busy') return result;
    const name = typeof result === 'string' ? result : FlowError.is(result) ? result.code : result.name;
    const isFinal = FlowError.is(result) && result.code !== 'contention';
    if (isFinal || tries === REPEATS) return name;
    add(repeated, name);
    await clock.sleep(REPEAT_AFTER * REPEAT_FACTOR ** tries * (0.5 + Math.random()));
  }
}

/** Runs a worker until the condition holds, or `PATIENCE_MS` are over. */
async function work({ ports, receive }: Rig, options: CrowdOptions, isDone: () => Promise<boolean>): Promise<void> {
  const worker = createWorker(appOf(options), ports, DEFAULTS);
  const until = performance.now() + PATIENCE_MS;
  while (!(await isDone()) && performance.now() < until) {
    const received = await receive((messages) => worker.handle(messages, ports.clock.now() + INVOCATION_MS));
    if (!received) await ports.clock.sleep(IDLE_MS);
  }
}
