/** Runs a wide workload and reports the cost of one item. */
import { openRig } from '../rigs/open.ts';
import type { History, Rig, Store } from '../rigs/rig.ts';
import { checkFanOut, type FanOut, runFanOut } from './fan-out.ts';

export interface WideOptions extends FanOut {
  readonly store: Store;
}

export interface WideReport {
  readonly workload: string;
  readonly items: number;
  readonly store: Store;
  readonly history: History;
  readonly wcuPerItem: number | null;
  readonly writesPerItem: number;
  readonly readsPerItem: number;
  /** CPU of this process: the client, the workers and, with the memory store, the store. */
  readonly cpuMsPerItem: number;
  /** Largest head item as stored. */
  readonly headBytesMax: number;
  /** Lowest heap of the last quarter by that of the second: 1 is flat. `null`: too short to tell. */
  readonly heapGrowth: number | null;
  readonly peakRssMb: number;
  /** By the rig's clock. */
  readonly wallMs: number;
}

export async function benchWide({ store, ...options }: WideOptions): Promise<WideReport> {
  const stores = await openRig(store);
  const { rig, growth } = withHeap(stores);
  try {
    const { workload, items } = options;
    const before = process.cpuUsage();
    const wallMs = await rig.run(() => runFanOut(rig, options));
    const heapGrowth = growth();
    const { user, system } = process.cpuUsage(before);
    const { writes, reads, wcu, headBytesMax } = rig.totals();
    await rig.run(() => checkFanOut(rig, options));
    const perItem = (total: number) => Number((total / items).toFixed(4));
    return {
      workload,
      items,
      store,
      history: options.history,
      wcuPerItem: wcu === null ? null : perItem(wcu),
      writesPerItem: perItem(writes),
      readsPerItem: perItem(reads),
      cpuMsPerItem: perItem((user + system) / 1000),
      headBytesMax,
      heapGrowth,
      peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      wallMs: Math.round(wallMs),
    };
  } finally {
    await rig.close();
  }
}

const SAMPLE_MS = 100;

/**
 * The rig with samples of the heap at its commits. Timers would not do: with the memory store nothing lets them run. The
 * lowest of many samples is what a collection leaves.
 */
function withHeap(stores: Rig): { readonly rig: Rig; growth(): number | null } {
  const samples: number[] = [];
  const { executions } = stores.ports;
  let sampledAt = performance.now();
  const commit: typeof executions.commit = (request) => {
    const now = performance.now();
    if (now - sampledAt >= SAMPLE_MS) {
      samples.push(process.memoryUsage().heapUsed);
      sampledAt = now;
    }
    return executions.commit(request);
  };
  const rig: Rig = { ...stores, ports: { ...stores.ports, executions: { ...executions, commit } } };
  const growth = () => {
    const quarter = Math.floor(samples.length / 4);
    if (quarter < 10) return null;
    const [second, last] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
    return Number((Math.min(...last) / Math.min(...second)).toFixed(2));
  };
  return { rig, growth };
}
