/** `npm run -s bench -- chain --steps 1000 [--store embedded|memory]`: one JSON object on stdout. */
import { parseArgs } from 'node:util';
import { type BenchOptions, bench, WORKLOADS, type Workload } from './bench.ts';
import { coldStart } from './coldstart.ts';
import { STORES, type Store } from './rig.ts';

const USAGE = `npm run -s bench -- <coldstart|${Object.keys(WORKLOADS).join('|')}> [--steps N] [--store ${STORES.join('|')}]`;

function readOptions(args: readonly string[]): BenchOptions {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { steps: { type: 'string', default: '1000' }, store: { type: 'string', default: 'embedded' } },
  });
  const [workload = '', ...more] = positionals;
  if (!Object.hasOwn(WORKLOADS, workload)) throw new Error(`There is no workload "${workload}".`);
  if (more.length > 0) throw new Error(`One workload at a time, not also "${more.join(' ')}".`);
  const steps = Number(values.steps);
  if (!/^\d+$/.test(values.steps) || steps < 1 || steps > 100_000) {
    throw new Error(`--steps is "${values.steps}"; it must be a number from 1 to 100000.`);
  }
  const store = STORES.find((known) => known === values.store);
  if (!store) throw new Error(`There is no store "${values.store}".`);
  return { workload: workload as Workload, steps, store: store satisfies Store };
}

// One line is what this prints: nothing about the days of Node 20.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

try {
  const args = process.argv.slice(2);
  const report = args[0] === 'coldstart' ? await coldStart() : await bench(readOptions(args));
  process.stdout.write(`${JSON.stringify(report)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nUsage: ${USAGE}\n`);
  process.exitCode = 1;
}
