/** Workload `served`: a long list of API calls in the process of `npm start`, watched through its HTTP API. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort, type HostProcess, startHostProcess, tempFolder } from '../../crash/host-process.ts';
import { failsOnce, isLost, startApi } from './api.ts';

export interface ServedReport {
  readonly workload: 'served';
  readonly items: number;
  readonly wallMs: number;
  readonly itemsPerSecond: number;
  /** CPU of the process of `npm start`: service, table, queues and chunks. `null` where the system does not tell. */
  readonly cpuMsPerItem: number | null;
  /** Time of the second half by that of the first: 1 is a steady rate. */
  readonly slowdown: number;
  /** The same of the CPU. */
  readonly cpuSlowdown: number | null;
  /** How long views took while the list ran (ms). */
  readonly viewMs: { readonly p50: number; readonly p99: number; readonly max: number; readonly views: number };
  /** The largest numbers that a view showed at one time. */
  readonly seen: Counts;
  readonly result: { readonly called: number; readonly failed: number };
}

interface Counts {
  readonly done: number;
  readonly running: number;
  readonly failed: number;
  readonly retrying: number;
  readonly waiting: number;
}

interface View {
  readonly status: string;
  readonly error?: { readonly message: string };
  readonly result?: { readonly called: number; readonly failed: number };
  readonly lists?: readonly (Counts & { readonly total: number })[];
}

interface Look {
  readonly at: number;
  readonly cpuMs: number | null;
  readonly took: number;
  readonly view: View;
}

const EVERY_MS = 200;
const PATIENCE_MS = 600_000;
const NO_COUNTS: Counts = { done: 0, running: 0, failed: 0, retrying: 0, waiting: 0 };

/** @throws Error unless every item ended as it must */
export async function benchServed(items: number): Promise<ServedReport> {
  const api = await startApi();
  const port = await freePort();
  const FLOW_APP = fileURLToPath(new URL('app.ts', import.meta.url));
  const env = { FLOW_APP, API_URL: api.url };
  const host = startHostProcess({ port, dataDir: await tempFolder(), env, onLine: () => undefined });
  try {
    await host.ready;
    const flow = `http://127.0.0.1:${port}/flows/calls/executions`;
    const begun = performance.now();
    const body = JSON.stringify({ input: { items } });
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'served' };
    const started = await fetch(flow, { method: 'POST', headers, body });
    if (started.status !== 202) throw new Error(`The start was answered with ${started.status}.`);
    const looks = await watch(`http://127.0.0.1:${port}/executions/served`, host);
    return reportOf(items, begun, looks, api.calls());
  } finally {
    host.kill();
    await host.exited;
    api.close();
  }
}

/** Looks at the execution until it has ended. */
async function watch(url: string, host: HostProcess): Promise<readonly Look[]> {
  const looks: Look[] = [];
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const asked = performance.now();
    const view = (await (await fetch(url)).json()) as View;
    const at = performance.now();
    looks.push({ at, took: at - asked, view, cpuMs: await cpuOf(host) });
    if (view.status === 'completed' || view.status === 'failed') return looks;
    await sleep(EVERY_MS);
  }
  throw new Error(`Not at its end within ${PATIENCE_MS} ms.`);
}

function reportOf(items: number, begun: number, looks: readonly Look[], calls: number): ServedReport {
  const last = looks.at(-1)?.view;
  const numbers = Array.from({ length: items }, (_, n) => n);
  const lost = numbers.filter(isLost).length;
  const { called, failed } = last?.result ?? { called: 0, failed: 0 };
  const expectedCalls = items + numbers.filter(failsOnce).length;
  if (last?.status !== 'completed' || failed !== lost || called !== items - lost || calls < expectedCalls)
    throw new Error(
      `The list is ${last?.status} with ${called} results and ${failed} failures after ${calls} calls. ${last?.error?.message ?? ''}`,
    );
  const open = looks.filter(({ view }) => view.lists?.[0]);
  const endedIn = ({ view }: Look) => (view.lists?.[0]?.done ?? 0) + (view.lists?.[0]?.failed ?? 0);
  const [first, final] = [open[0], open.at(-1)];
  const half = first && final && open.find((look) => 2 * endedIn(look) >= endedIn(first) + endedIn(final));
  if (!first || !half || !final) throw new Error(`No view showed the list at work; give it more items than ${items}.`);
  /** Milliseconds an item between two looks. */
  const pace = (from: Look, to: Look, of: (look: Look) => number) =>
    (of(to) - of(from)) / Math.max(1, endedIn(to) - endedIn(from));
  const slowdown = (of: (look: Look) => number) => round(pace(half, final, of) / pace(first, half, of));
  const cpu = ({ cpuMs }: Look) => cpuMs ?? Number.NaN;
  const wallMs = (looks.at(-1)?.at ?? begun) - begun;
  const took = open.map((look) => look.took).sort((a, b) => a - b);
  const at = (share: number) => Math.round(took[Math.min(took.length - 1, Math.floor(share * took.length))] ?? 0);
  const orNull = (number: number) => (Number.isNaN(number) ? null : number);
  return {
    workload: 'served',
    items,
    wallMs: Math.round(wallMs),
    itemsPerSecond: round(items / (wallMs / 1000)),
    cpuMsPerItem: orNull(round(pace(first, final, cpu))),
    slowdown: slowdown(({ at }) => at),
    cpuSlowdown: orNull(slowdown(cpu)),
    viewMs: { p50: at(0.5), p99: at(0.99), max: at(1), views: took.length },
    seen: open.reduce((most, { view }) => largest(most, view.lists?.[0] ?? NO_COUNTS), NO_COUNTS),
    result: { called, failed },
  };
}

function largest(a: Counts, b: Counts): Counts {
  const of = (key: keyof Counts) => Math.max(a[key], b[key]);
  return {
    done: of('done'),
    running: of('running'),
    failed: of('failed'),
    retrying: of('retrying'),
    waiting: of('waiting'),
  };
}

const round = (number: number) => Number(number.toFixed(2));

/** CPU of the process so far (ms). `null` where the system does not tell. */
async function cpuOf({ pid }: HostProcess): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // After the name: state, parent, … with user and system time as the 12th and 13th, in 1/100 s.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields ? 10 * (Number(fields[11]) + Number(fields[12])) : null;
}
