/** `npm run -s bench -- chain --steps 1000 [--store embedded|memory]`: one JSON object on stdout. */
import { HELP, parse, readOrExit, UsageError, wholeNumber } from '../../infra/cli/usage.ts';
import { type BenchOptions, bench, WORKLOADS, type Workload } from './bench.ts';
import { coldStart } from './coldstart.ts';
import { STORES, type Store } from './rigs/rig.ts';

const NAMES = ['coldstart', ...Object.keys(WORKLOADS)];
const MOST_STEPS = 100_000;
const USAGE = `usage: npm run -s bench -- <${NAMES.join('|')}> [--steps N] [--store ${STORES.join('|')}]\n`;

/** Undefined if help is asked for. @throws UsageError */
function readOptions(args: readonly string[]): BenchOptions | 'coldstart' | undefined {
  const { positionals, values } = parse({
    args: [...args],
    allowPositionals: true,
    options: {
      steps: { type: 'string', default: '1000' },
      store: { type: 'string', default: 'embedded' },
      help: HELP,
    },
  });
  if (values.help) return undefined;
  const [workload = '', ...more] = positionals;
  if (!NAMES.includes(workload)) throw new UsageError(`There is no workload "${workload}".`);
  if (more.length > 0) throw new UsageError(`One workload at a time, not also "${more.join(' ')}".`);
  if (workload === 'coldstart') return workload;
  const steps = wholeNumber('steps', values.steps);
  if (steps < 1 || steps > MOST_STEPS) throw new UsageError(`--steps is ${steps}; it must be from 1 to ${MOST_STEPS}.`);
  const store = STORES.find((known) => known === values.store);
  if (!store) throw new UsageError(`There is no store "${values.store}".`);
  return { workload: workload as Workload, steps, store: store satisfies Store };
}

// Hides the deprecation warning of Node 20: the output must be one line.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const options = await readOrExit(USAGE, () => readOptions(process.argv.slice(2)));
const report = options === 'coldstart' ? await coldStart() : await bench(options);
process.stdout.write(`${JSON.stringify(report)}\n`);
