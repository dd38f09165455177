/**
 * Runs a workload in a warm process. A worker serves many executions, and of the CPU of a short run in a new process most is
 * compilation.
 */
import { type BenchOptions, bench } from './bench.ts';
import { benchWide, type WideOptions } from './wide/report.ts';

export type Measured =
  | { readonly kind: 'steps'; readonly options: BenchOptions }
  | { readonly kind: 'wide'; readonly options: WideOptions };

/** Most steps or items of each run that warms the process up. */
const FIRST = 1_000;
/** Runs before the measured one: compilation ends after some ten thousand steps. */
const WARMING = 25;
/** The same with the embedded store, whose runs take longer. */
const WARMING_EMBEDDED = 5;

/** The report of the last run. `coldCpuMsPer…` is the cost of the first one, which has at most 1,000 steps or items. */
export async function benchWarm({ kind, options }: Measured): Promise<object> {
  if (kind === 'steps') {
    const first = { ...options, steps: Math.min(options.steps, FIRST) };
    const { cpuMsPerStep } = await bench(first);
    for (let run = 1; run < WARMING; run += 1) await bench(first);
    return { ...(await bench(options)), coldCpuMsPerStep: cpuMsPerStep };
  }
  const first = { ...options, items: Math.min(options.items, FIRST) };
  const { cpuMsPerItem } = await benchWide(first);
  // Where items take time, CPU is not what is looked at.
  const warming = options.ms > 0 ? 1 : options.store === 'memory' ? WARMING : WARMING_EMBEDDED;
  for (let run = 1; run < warming; run += 1) await benchWide(first);
  return { ...(await benchWide(options)), coldCpuMsPerItem: cpuMsPerItem };
}
