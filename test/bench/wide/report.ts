/** Runs a wide workload and reports the cost of one item. */
import { createEmbeddedRig } from '../rigs/embedded-rig.ts';
import { createMemoryRig } from '../rigs/memory-rig.ts';
import type { History, Rig, Store } from '../rigs/rig.ts';
import { checkFanOut, type FanOut, runFanOut } from './fan-out.ts';

export interface WideOptions extends FanOut {
  readonly workload: 'fan-out';
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
  readonly peakRssMb: number;
  readonly wallMs: number;
}

export async function benchWide({ workload, store, ...options }: WideOptions): Promise<WideReport> {
  const rig: Rig = store === 'memory' ? createMemoryRig() : await createEmbeddedRig();
  try {
    const { items } = options;
    const before = process.cpuUsage();
    const wallMs = await runFanOut(rig, options);
    const { user, system } = process.cpuUsage(before);
    const { writes, reads, wcu, headBytesMax } = rig.totals();
    await checkFanOut(rig, options);
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
      peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      wallMs: Math.round(wallMs),
    };
  } finally {
    await rig.close();
  }
}
