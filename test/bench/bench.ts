/** Runs a workload and reports the cost of one step. */
import type { App } from '../../lib/index.ts';
import { chainApp, checkChain, runChain } from './chain.ts';
import { checkLoop, loopApp, runLoop } from './loop.ts';
import { usdPerMillionSteps } from './prices.ts';
import { openRig } from './rigs/open.ts';
import type { History, Rig, Store } from './rigs/rig.ts';

export interface BenchOptions {
  readonly workload: Workload;
  readonly steps: number;
  readonly store: Store;
  readonly history: History;
}

export interface BenchReport extends BenchOptions {
  readonly writesPerStep: number;
  readonly readsPerStep: number;
  readonly wcuPerStep: number | null;
  readonly rcuPerStep: number | null;
  readonly messagesPerStep: number;
  /** By `prices.ts`, without Lambda's time. */
  readonly usdPerMillionSteps: number | null;
  /** CPU of this process: the client, the worker and, with the memory store, the store. Without the definition of the flow. */
  readonly cpuMsPerStep: number;
  readonly wallMs: number;
  /** The same number of plain conditional writes of this size, through the same client. */
  readonly floorWallMs: number;
}

export const WORKLOADS = {
  chain: { app: chainApp, run: runChain, check: checkChain },
  'chain-exit': {
    app: chainApp,
    run: (rig: Rig, app: App, steps: number, history: History) => runChain(rig, app, steps, history, 'exit'),
    check: checkChain,
  },
  loop: { app: loopApp, run: runLoop, check: checkLoop },
} satisfies Record<
  string,
  {
    app(steps: number): App;
    run(rig: Rig, app: App, steps: number, history: History): Promise<number>;
    check(rig: Rig, steps: number): Promise<void>;
  }
>;

export type Workload = keyof typeof WORKLOADS;

export async function bench({ workload, steps, store, history }: BenchOptions): Promise<BenchReport> {
  const rig = await openRig(store);
  try {
    const app = WORKLOADS[workload].app(steps);
    const before = process.cpuUsage();
    const wallMs = await WORKLOADS[workload].run(rig, app, steps, history);
    const { user, system } = process.cpuUsage(before);
    const { writes, reads, wcu, rcu, messages } = rig.totals();
    await WORKLOADS[workload].check(rig, steps);
    const perStep = (total: number) => Number((total / steps).toFixed(4));
    const units = {
      wcuPerStep: wcu === null ? null : perStep(wcu),
      rcuPerStep: rcu === null ? null : perStep(rcu),
      messagesPerStep: perStep(messages),
    };
    return {
      workload,
      steps,
      store,
      history,
      writesPerStep: perStep(writes),
      readsPerStep: perStep(reads),
      ...units,
      usdPerMillionSteps: usdPerMillionSteps(units),
      cpuMsPerStep: perStep((user + system) / 1000),
      wallMs: Math.round(wallMs),
      floorWallMs: Math.round(await rig.floor()),
    };
  } finally {
    await rig.close();
  }
}
