/** `npm run -s bench -- chain --steps 1000 [--store embedded|memory]`: one JSON object on stdout. */
import { HELP, parse, readOrExit, UsageError, wholeNumber } from '../../infra/cli/usage.ts';
import { bench, WORKLOADS, type Workload } from './bench.ts';
import { benchBundled } from './bundled.ts';
import { coldStart } from './coldstart.ts';
import { benchWarm, type Measured } from './measured.ts';
import { HISTORIES, STORES } from './rigs/rig.ts';
import { benchServed } from './served/served.ts';
import { benchAll } from './wide/all.ts';
import { benchCrowd, CROWDS, type CrowdOptions } from './wide/crowds.ts';
import { BODIES } from './wide/fan-out.ts';
import { benchWide } from './wide/report.ts';
import { benchValues, type ValuesOptions } from './wide/values.ts';

const NAMES = ['all', 'coldstart', 'fan-out', 'pages', 'served', 'values', ...CROWDS, ...Object.keys(WORKLOADS)];
const MOST_STEPS = 100_000;
const MOST_ITEMS = 1_000_000;
const USAGE = `usage: npm run -s bench -- <${NAMES.join('|')}> [--steps N] [--store ${STORES.join('|')}] [--history ${HISTORIES.join('|')}]
       npm run -s bench -- <fan-out|pages> [--items N] [--body ${BODIES.join('|')}] [--retry SHARE] [--ms N] [--workers N] [--cap N] [--bytes N]
       npm run -s bench -- <${CROWDS.join('|')}> [--items N]: the cost of one answer, signal or expired wait; --waits N and --signals N are the same
       npm run -s bench -- values [--store embedded|memory]: large values through one execution, compared at their ends
       npm run -s bench -- served [--items N]: a list of API calls in \`npm start\`, and how fast its view is meanwhile
       npm run -s bench -- all [--json]: the table of test/bench/RESULTS.md, which it writes\n`;

type Asked =
  | { readonly kind: 'coldstart' }
  | { readonly kind: 'all' }
  | { readonly kind: 'served'; readonly items: number }
  | Measured
  | { readonly kind: 'crowd'; readonly options: CrowdOptions }
  | { readonly kind: 'values'; readonly options: ValuesOptions };

function oneOf<Name extends string>(what: string, names: readonly Name[], value: string): Name {
  const found = names.find((known) => known === value);
  if (!found) throw new UsageError(`There is no ${what} "${value}".`);
  return found;
}

function inRange(name: string, text: string, least: number, most: number): number {
  const value = wholeNumber(name, text);
  if (value < least || value > most)
    throw new UsageError(`--${name} is ${value}; it must be from ${least} to ${most}.`);
  return value;
}

/** Undefined if help is asked for. @throws UsageError */
function readOptions(args: readonly string[]): Asked | undefined {
  const { positionals, values } = parse({
    args: [...args],
    allowPositionals: true,
    options: {
      steps: { type: 'string', default: '1000' },
      store: { type: 'string', default: 'embedded' },
      history: { type: 'string', default: 'times' },
      items: { type: 'string', default: '1000' },
      waits: { type: 'string' },
      signals: { type: 'string' },
      body: { type: 'string', default: 'plain' },
      retry: { type: 'string', default: '0' },
      ms: { type: 'string', default: '0' },
      workers: { type: 'string', default: '1' },
      cap: { type: 'string' },
      bytes: { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
      help: HELP,
    },
  });
  if (values.help) return undefined;
  const [workload = '', ...more] = positionals;
  if (!NAMES.includes(workload)) throw new UsageError(`There is no workload "${workload}".`);
  if (more.length > 0) throw new UsageError(`One workload at a time, not also "${more.join(' ')}".`);
  if (workload === 'coldstart' || workload === 'all') return { kind: workload };
  if (workload === 'served') return { kind: 'served', items: inRange('items', values.items, 100, MOST_STEPS) };
  const store = oneOf('store', STORES, values.store);
  const history = oneOf('history', HISTORIES, values.history);
  const isWide = workload === 'fan-out' || workload === 'pages';
  if (store === 'model' && !isWide)
    throw new UsageError(`--store model is for fan-out and pages, not for ${workload}.`);
  if (workload === 'values') return { kind: 'values', options: { store, history } };
  const crowd = CROWDS.find((each) => each === workload);
  if (crowd) {
    const items = inRange('items', values.waits ?? values.signals ?? values.items, 1, MOST_STEPS);
    return { kind: 'crowd', options: { workload: crowd, items, store, history } };
  }
  if (!isWide) {
    const steps = inRange('steps', values.steps, 1, MOST_STEPS);
    return { kind: 'steps', options: { workload: workload as Workload, steps, store, history } };
  }
  const retry = Number(values.retry);
  if (!(retry >= 0 && retry <= 1)) throw new UsageError(`--retry is ${values.retry}; it must be from 0 to 1.`);
  const options = {
    items: inRange('items', values.items, 1, MOST_ITEMS),
    body: oneOf('body', BODIES, values.body),
    retry,
    ms: inRange('ms', values.ms, 0, 60_000),
    workers: inRange('workers', values.workers, 1, 64),
    bytes: inRange('bytes', values.bytes, 0, 100_000),
    ...(values.cap === undefined ? {} : { cap: inRange('cap', values.cap, 1, MOST_ITEMS) }),
  };
  return { kind: 'wide', options: { workload, store, history, ...options } };
}

function run(asked: Asked): Promise<object> {
  switch (asked.kind) {
    case 'coldstart':
      return coldStart();
    case 'all':
      return benchAll();
    case 'served':
      return benchServed(asked.items);
    case 'steps':
      return asked.options.store === 'memory' ? benchBundled(asked) : bench(asked.options);
    case 'wide':
      if (asked.options.store === 'memory') return benchBundled(asked);
      return asked.options.store === 'model' ? benchWide(asked.options) : benchWarm(asked);
    case 'values':
      return benchValues(asked.options);
    case 'crowd':
      return benchCrowd(asked.options);
    default:
      return asked satisfies never;
  }
}

// Hides the deprecation warning of Node 20: the output must be one line.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const asked = await readOrExit(USAGE, () => readOptions(process.argv.slice(2)));
process.stdout.write(`${JSON.stringify(await run(asked))}\n`);
