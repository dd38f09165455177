/** Makes a failing schedule small: fewer steps with faults, then fewer faults, as long as the same promise is broken. */

import type { Workload } from '../workloads/workload.ts';
import { runSchedule, type ScheduleResult } from './schedule.ts';

export interface Shrunk {
  readonly faultySteps: number;
  readonly skipped: ReadonlySet<number>;
  readonly result: ScheduleResult;
}

export async function shrink(seed: number, workload: Workload): Promise<Shrunk | undefined> {
  const first = await runSchedule({ seed, workload });
  const invariant = nameOf(first);
  if (invariant === undefined) return undefined;
  const attempt = async (faultySteps: number, skipped: ReadonlySet<number>): Promise<ScheduleResult | undefined> => {
    const result = await runSchedule({ seed, workload, faultySteps, skipped });
    return nameOf(result) === invariant ? result : undefined;
  };
  let faultySteps = first.faultySteps;
  for (let cut = faultySteps; cut >= 1; cut = Math.floor(cut / 2)) {
    while (faultySteps - cut >= 0 && (await attempt(faultySteps - cut, new Set()))) faultySteps -= cut;
  }
  let skipped = new Set<number>();
  let struck = (await attempt(faultySteps, skipped))?.struck ?? 0;
  for (let size = Math.ceil(struck / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 1; from <= struck; from += size) {
      const more = new Set(skipped);
      for (let i = from; i < from + size; i += 1) more.add(i);
      const shorter = more.size > skipped.size ? await attempt(faultySteps, more) : undefined;
      if (!shorter) continue;
      skipped = more;
      struck = Math.max(from, shorter.struck);
    }
  }
  const result = await runSchedule({ seed, workload, faultySteps, skipped, trace: true });
  return { faultySteps, skipped: new Set([...skipped].filter((number) => number <= result.struck)), result };
}

/** The broken promise, without its details. */
function nameOf({ violations }: ScheduleResult): string | undefined {
  return violations[0]?.split(':')[0];
}
