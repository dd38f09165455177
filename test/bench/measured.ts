/**
 * Runs a workload in a warm process. A worker serves many executions, and of the CPU of a short first run more than half is
 * compilation.
 */
import { type BenchOptions, bench } from './bench.ts';
import { benchWide, type WideOptions } from './wide/report.ts';

export type Measured =
  | { readonly kind: 'steps'; readonly options: BenchOptions }
  | { readonly kind: 'wide'; readonly options: WideOptions };

/** Most steps or items of the runs that warm the process up. */
const FIRST = 1_000;
/** Runs of chains and loops before the measured one: compilation ends after some thousand steps. */
const WARMING = 6;

/** The report of the last run. `coldCpuMsPer…` is the cost of the first one, which has at most 1,000 steps or items. */
export async function benchWarm({ kind, options }: Measured): Promise<object> {
  if (kind === 'steps') {
    const first = { ...options, steps: Math.min(options.steps, FIRST) };
    const { cpuMsPerStep } = await bench(first);
    for (let run = 1; run < WARMING; run += 1) await bench(first);
    return { ...(await bench(options)), coldCpuMsPerStep: cpuMsPerStep };
  }
  const { cpuMsPerItem } = await benchWide({ ...options, items: Math.min(options.items, FIRST) });
  return { ...(await benchWide(options)), coldCpuMsPerItem: cpuMsPerItem };
}
