/**
 * `npm run -s chaos -- --minutes N [--seed N --hosts N --width N]`: hosts over one store on disk are killed and stopped at
 * random while callers start, answer and await executions. Afterwards the store and the side effects are counted. Exit
 * code 1 when anything was lost or doubled, or a caller got an answer it must not get.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HELP, parse, readOrExit, UsageError } from '../../infra/cli/usage.ts';
import { systemClock, systemEntropy } from '../../lib/adapters/system.ts';
import { DEFAULTS } from '../../lib/runtime/app/parameters.ts';
import { createClient } from '../../lib/runtime/client/client.ts';
import { quiet } from '../bench/rigs/rig.ts';
import app from '../crash/app.ts';
import { until } from '../crash/door.ts';
import { drive } from '../crash/scenario.ts';
import { mixture, mixtureOf, openSink } from '../crash/sink.ts';
import { isQuiet } from '../crash/steps.ts';
import { createRandomChooser } from '../sim/world/chooser.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { judge } from './judge.ts';
import { storm } from './storm.ts';
import { createWatch } from './watch.ts';

const USAGE = 'usage: npm run -s chaos -- [--minutes N] [--seed N] [--hosts N] [--width N]\n';
const LOOK_MS = 300;
const write = (line: string) => process.stdout.write(`${line}\n`);

interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly hosts: number;
  /** Concurrent executions. */
  readonly width: number;
}

function readOptions(args: readonly string[]): Options | undefined {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const options = { minutes: text('1'), seed: text('1'), hosts: text('3'), width: text('6'), help: HELP };
  const { values } = parse({ args: [...args], options });
  if (values.help) return undefined;
  const number = (name: keyof Options) => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new UsageError(`--${name} is "${values[name]}"; it must be a number over 0.`);
    return value;
  };
  return { minutes: number('minutes'), seed: number('seed'), hosts: number('hosts'), width: number('width') };
}

async function run({ minutes, seed, hosts, width }: Options): Promise<boolean> {
  const sink = await openSink();
  const FLOW_APP = fileURLToPath(new URL('../crash/app.ts', import.meta.url));
  const cluster = await startCluster(hosts, { FLOW_APP, SINK_URL: sink.url });
  try {
    const chooser = createRandomChooser(seed);
    const deadline = Date.now() + minutes * 60_000;
    const started = new Map<string, number>();
    const problems: string[] = [];

    const caller = async (lane: number) => {
      for (let i = 0; Date.now() < deadline; i += 1) {
        const executionId = `chaos-${lane}-${i}`;
        const weight = chooser.between(1, 66);
        started.set(executionId, weight);
        const url = cluster.urls[(lane + i) % cluster.urls.length] ?? '';
        problems.push(...(await drive({ url }, executionId, mixture(sink, weight))));
      }
    };
    const watch = createWatch(cluster.stores.executions);
    let over = false;
    const watching = (async () => {
      while (!over) {
        for (const id of started.keys()) await watch.look(id).catch(() => undefined);
        await sleep(LOOK_MS);
      }
    })();
    const blows = storm(cluster, chooser, deadline);
    const callers = Promise.all(Array.from({ length: width }, (_, lane) => caller(lane)));
    const { kills, pauses, storeKills } = await blows;
    await callers;
    over = true;
    await watching;
    problems.push(...watch.problems);

    const lost: string[] = [];
    const doubled: string[] = [];
    for (const [executionId, weight] of started) {
      const verdict = judge(await remainsOf(cluster, executionId, sink.effects), mixtureOf(weight));
      lost.push(...verdict.lost);
      doubled.push(...verdict.doubled);
    }
    const repeated = sink.effects.length - new Set(sink.effects.map(({ idempotencyKey }) => idempotencyKey)).size;
    for (const line of [...problems, ...lost, ...doubled]) write(`    ${line}`);
    write(`seed ${seed}, ${minutes} min: ${kills} kills, ${pauses} stops, ${storeKills} kills of the store`);
    write(`${started.size} executions, ${sink.effects.length} side effects (${repeated} repeated under their key)`);
    write(`${watch.looks()} looks at heads, ${problems.length} broken promises`);
    write(`lost ${lost.length}, doubled ${doubled.length}`);
    return problems.length + lost.length + doubled.length === 0;
  } finally {
    await cluster.close();
    await sink.close();
  }
}

/** Waits until the execution is at rest and reads it from the store, not from a host. */
async function remainsOf(
  { stores }: Cluster,
  executionId: string,
  effects: Awaited<ReturnType<typeof openSink>>['effects'],
) {
  const load = async () => (await stores.executions.load(executionId))?.head;
  const rests = async () => ((await load().then((head) => head && isQuiet(head))) ? true : undefined);
  await until(rests, `rest of ${executionId}`).catch(() => undefined);
  const queue = { send: async () => undefined };
  const ports = { ...stores, queue, clock: systemClock, entropy: systemEntropy, log: quiet };
  const view = await createClient(app, ports, DEFAULTS).get(executionId);
  const log = (view?.result as { readonly log?: readonly string[] } | undefined)?.log ?? [];
  const own = effects.filter((effect) => effect.executionId === executionId);
  return { executionId, head: await load(), status: view?.status ?? 'missing', log, effects: own };
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
run(await readOrExit(USAGE, () => readOptions(process.argv.slice(2)))).then(
  (good) => process.exit(good ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
