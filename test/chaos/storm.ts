/** Random faults for the hosts. The seed fixes the plan; timing depends on the machine. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chooser } from '../sim/world/chooser.ts';
import type { Cluster } from './cluster.ts';

export interface StormCounts {
  kills: number;
  pauses: number;
  storeKills: number;
}

/** Between two faults. */
const GAP_MS = [500, 3_000] as const;
/** Pauses of a host; a local lease lasts 2 s. */
const PAUSE_MS = [200, 6_000] as const;
const PAUSE = 0.4;
const STORE = 0.05;

/** Runs until the deadline. Each host has one fault at a time; several hosts may have faults at once. */
export async function storm(cluster: Cluster, chooser: Chooser, deadline: number): Promise<StormCounts> {
  const counts: StormCounts = { kills: 0, pauses: 0, storeKills: 0 };
  const busy = new Map<number, Promise<void>>();
  let store: Promise<void> | undefined;
  const strike = (host: number, blow: Promise<void>) => {
    busy.set(
      host,
      blow.finally(() => busy.delete(host)),
    );
  };
  while (Date.now() < deadline) {
    await sleep(chooser.between(...GAP_MS));
    const host = chooser.pick(cluster.urls.length);
    const pauses = chooser.chance(PAUSE);
    const ms = chooser.between(...PAUSE_MS);
    if (chooser.chance(STORE) && !store) {
      counts.storeKills += 1;
      store = cluster.killStore().finally(() => {
        store = undefined;
      });
    } else if (!busy.has(host)) {
      if (pauses) counts.pauses += 1;
      else counts.kills += 1;
      strike(host, pauses ? cluster.pause(host, ms) : cluster.kill(host));
    }
  }
  await Promise.all([...busy.values(), store]);
  return counts;
}
