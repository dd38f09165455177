/**
 * Runs a workload in a warm process. A worker serves many executions, and of the CPU of a short first run more than half is
 * compilation.
 */
import { type BenchOptions, bench } from './bench.ts';
import { benchWide, type WideOptions } from './wide/report.ts';

export type Measured =
  | { readonly kind: 'steps'; readonly options: BenchOptions }
  | { readonly kind: 'wide'; readonly options: WideOptions };

/** Most steps or items of the first run. */
const FIRST = 1_000;

/** The report of a second run. `coldCpuMsPer…` is the cost of the first one, which has at most 1,000 steps or items. */
export async function benchWarm({ kind, options }: Measured): Promise<object> {
  if (kind === 'steps') {
    const { cpuMsPerStep } = await bench({ ...options, steps: Math.min(options.steps, FIRST) });
    return { ...(await bench(options)), coldCpuMsPerStep: cpuMsPerStep };
  }
  const { cpuMsPerItem } = await benchWide({ ...options, items: Math.min(options.items, FIRST) });
  return { ...(await benchWide(options)), coldCpuMsPerItem: cpuMsPerItem };
}
