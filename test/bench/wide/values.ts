/** Workload `values`: large values through one execution, compared byte by byte at their ends. */
import { randomBytes } from 'node:crypto';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { DEFAULTS } from '../../../lib/runtime/app/parameters.ts';
import { createClient } from '../../../lib/runtime/client/client.ts';
import { createWorker } from '../../../lib/runtime/worker/worker.ts';
import { openRig } from '../rigs/open.ts';
import type { History, Store } from '../rigs/rig.ts';

export interface ValuesOptions {
  readonly store: Store;
  readonly history: History;
}

export interface ValuesReport extends ValuesOptions {
  readonly workload: 'values';
  readonly items: number;
  readonly exact: Readonly<Record<string, unknown>>;
  readonly wcuPerItem: number | null;
  readonly writesPerItem: number;
  readonly readsPerItem: number;
  readonly cpuMsPerItem: number;
  readonly headBytesMax: number;
  readonly peakRssMb: number;
  readonly wallMs: number;
}

const MB = 2 ** 20;
const ID = 'values';
const INVOCATION_MS = 300_000;
const IDLE_MS = 5;
const PATIENCE_MS = 300_000;
const RESULTS = 20;
/** Values of the report: input, output, state key, file, results and list. */
const VALUES = 6;

/** Text that does not get much shorter when it is packed. */
const noise = (length: number) => randomBytes(length).toString('base64url').slice(0, length);

/**
 * A 5 MB input, a 15 MB output, a 1 MB state key, a file of 16 MB, 20 results of 1 MB in one list, and a list of 5,000 items of
 * 1 KB. Each of the six is one item of the report.
 * @throws Error unless all come back exactly
 */
export async function benchValues({ store, history }: ValuesOptions): Promise<ValuesReport> {
  const rig = await openRig(store);
  try {
    const { ports } = rig;
    const [input, output, state] = [noise(5 * MB), noise(15 * MB), noise(MB)];
    const file = randomBytes(16 * MB);
    const results = Array.from({ length: RESULTS }, () => noise(MB));
    const rows = Array.from({ length: 5_000 }, (_, n) => `${n} ${noise(1_000)}`);
    const flow = defineFlow({ name: 'values' });
    flow
      .to('begin', async (ctx) => {
        await ctx.state.set('kept', state);
        await ctx.state.set('input', ctx.input === input);
        await ctx.workspace.put('file', file);
        return output;
      })
      .to('list', async (ctx) => {
        await ctx.state.set('output', ctx.input === output);
        return Array.from({ length: RESULTS }, (_, n) => n);
      })
      .forEach((item) => item.to('result', (ctx) => results[ctx.input] ?? ''))
      .to('collect', async (ctx) => {
        const found: string[] = [];
        // A list of more than 16 MB is no array.
        for await (const result of ctx.input) found.push(result);
        await ctx.state.set('results', JSON.stringify(found) === JSON.stringify(results));
        return rows;
      })
      .to('end', async (ctx) => {
        await ctx.state.set('rows', JSON.stringify(ctx.input) === JSON.stringify(rows));
        await ctx.state.set('file', file.equals((await ctx.workspace.get('file')) ?? Buffer.of()));
      });
    const app = defineApp({ flows: [flow], resources: {} });
    const client = createClient(app, ports, DEFAULTS);
    const worker = createWorker(app, ports, DEFAULTS);
    const begun = performance.now();
    const before = process.cpuUsage();
    await client.start('values', input, { id: ID, history });
    while ((await ports.executions.load(ID))?.head.lifecycle !== 'closed') {
      const received = await rig.receive((messages) => worker.handle(messages, ports.clock.now() + INVOCATION_MS));
      if (!received) await ports.clock.sleep(IDLE_MS);
      if (performance.now() - begun > PATIENCE_MS) throw new Error(`Not done within ${PATIENCE_MS} ms.`);
    }
    const wallMs = Math.round(performance.now() - begun);
    const { user, system } = process.cpuUsage(before);
    const { writes, reads, wcu, headBytesMax } = rig.totals();
    const { kept, ...same } = (await client.get(ID))?.state ?? {};
    const exact = { ...same, state: kept === state };
    if (Object.values(exact).length !== VALUES || Object.values(exact).some((each) => each !== true))
      throw new Error(`Not all values came back: ${JSON.stringify(exact)}`);
    const perItem = (total: number) => Number((total / VALUES).toFixed(4));
    return {
      workload: 'values',
      items: VALUES,
      store,
      history,
      exact,
      wcuPerItem: wcu === null ? null : perItem(wcu),
      writesPerItem: perItem(writes),
      readsPerItem: perItem(reads),
      cpuMsPerItem: perItem((user + system) / 1000),
      headBytesMax,
      peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      wallMs,
    };
  } finally {
    await rig.close();
  }
}
