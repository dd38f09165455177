/**
 * Workloads `fan-out` and `pages`: one execution of a `forEach` over n items, driven by the production client and workers. With
 * `pages` a chunk gives the items page by page. Nothing follows that list, unless its results have bytes: then a chunk reads
 * all of them.
 */
import { z } from 'zod';
import { type App, type ContextOf, defineApp, defineFlow } from '../../../lib/index.ts';
import { DEFAULTS, type Parameters } from '../../../lib/runtime/app/parameters.ts';
import { createClient } from '../../../lib/runtime/client/client.ts';
import { createWorker } from '../../../lib/runtime/worker/worker.ts';
import type { History, Rig } from '../rigs/rig.ts';

export const BODIES = ['plain', 'chain3', 'sub-flow'] as const;
export type Body = (typeof BODIES)[number];

export interface FanOut {
  readonly workload: 'fan-out' | 'pages';
  readonly history: History;
  readonly items: number;
  readonly body: Body;
  /** Share of the items whose first attempt fails. */
  readonly retry: number;
  /** How long the body's first chunk takes (ms). */
  readonly ms: number;
  /** How many workers receive at the same time. */
  readonly workers: number;
  /** The list's `concurrency`. Absent: none. */
  readonly cap?: number;
  /** Bytes of padding in each item, and as many in each result. */
  readonly bytes: number;
}

const INVOCATION_MS = 300_000;
const IDLE_MS = 2;
const PATIENCE_MS = 1_800_000;
const PAGE = 1_000;

type Item = number | { readonly n: number; readonly pad: string };

function fanOutApp(options: FanOut, rig: Rig): App {
  return options.workload === 'pages' ? pagesApp(options) : listApp(options, rig);
}

function pagesApp({ items, cap, bytes }: FanOut): App {
  const flow = defineFlow({ name: 'fan-out', input: z.unknown(), state: { sum: z.number(), count: z.number() } });
  const limit = cap === undefined ? {} : { concurrency: cap };
  const pages = flow.to('pages', (ctx) => {
    const from = Number(ctx.page.from ?? 0);
    const next = Math.min(items, from + PAGE);
    const rows = Array.from({ length: next - from }, (_, n) => from + n);
    return ctx.page(rows, next < items ? { next } : {});
  });
  const count = flow.chunk('work', async ({ input, state }: ContextOf<typeof flow, number>) => {
    await state.increment('sum', input + 1);
    await state.increment('count');
  });
  const result = ({ input }: ContextOf<typeof flow, number>) => ({ n: input + 1, pad: 'y'.repeat(bytes) });
  if (bytes === 0) pages.forEach((item) => item.to(count), limit);
  else
    pages
      .forEach((item) => item.to('result', result), limit)
      .to('sum', async ({ input, state }) => {
        let [sum, length] = [0, 0];
        // A list over 16 MB is read part by part.
        for await (const { n } of input) [sum, length] = [sum + n, length + 1];
        await state.set('sum', sum);
        await state.set('count', length);
      });
  return defineApp({ flows: [flow], resources: {} });
}

function listApp({ body, retry, ms, cap, bytes }: FanOut, rig: Rig): App {
  const ITEM = z.union([z.number(), z.object({ n: z.number(), pad: z.string() })]);
  const flow = defineFlow({
    name: 'fan-out',
    input: z.array(ITEM),
    state: { sum: z.number(), count: z.number() },
    defaults: { retry: { initialDelay: 200 } },
  });
  const numberOf = (item: Item) => (typeof item === 'number' ? item : item.n);
  const work = flow.chunk('work', async ({ input, attempt }: ContextOf<typeof flow, Item>) => {
    if (ms > 0) await rig.ports.clock.sleep(ms);
    const n = numberOf(input);
    if (attempt === 1 && n % 1000 < retry * 1000) throw new Error('first attempt');
    return bytes > 0 ? { n: n + 1, pad: 'y'.repeat(bytes) } : n + 1;
  });
  const pass = ({ input }: ContextOf<typeof flow, Item>) => input;
  const child = defineFlow({ name: 'child', input: ITEM, result: ITEM });
  child
    .to('first', ({ input }) => numberOf(input) + 1)
    .to('second', ({ input }) => input)
    .end();
  const sum = flow.chunk('sum', async ({ input, state }: ContextOf<typeof flow, readonly Item[]>) => {
    const total = input.reduce<number>((all, each) => all + numberOf(each), 0);
    await state.set('sum', total);
    await state.set('count', input.length);
  });
  const limit = cap === undefined ? {} : { concurrency: cap };
  const bodies: Readonly<Record<Body, () => unknown>> = {
    plain: () => flow.forEach((item) => item.to(work), limit).to(sum),
    chain3: () => flow.forEach((item) => item.to(work).to('second', pass).to('third', pass), limit).to(sum),
    'sub-flow': () => flow.forEach((item) => item.subFlow(child), limit).to(sum),
  };
  bodies[body]();
  return defineApp({ flows: [flow], resources: {} });
}

const idOf = ({ workload, items, body }: FanOut) => `${workload}-${body}-${items}`;

function itemsOf({ items, bytes }: FanOut): readonly Item[] {
  return Array.from({ length: items }, (_, n) => (bytes > 0 ? { n, pad: 'x'.repeat(bytes) } : n));
}

/** Runs the list from its start to its close. Answers milliseconds of the rig's clock. @throws Error when it does not end */
export async function runFanOut(rig: Rig, options: FanOut, parameters: Parameters = DEFAULTS): Promise<number> {
  const { ports, receive } = rig;
  const { clock } = ports;
  const app = fanOutApp(options, rig);
  const client = createClient(app, ports, parameters);
  const input = options.workload === 'pages' ? null : itemsOf(options);
  const begun = clock.now();
  await client.start('fan-out', input, { id: idOf(options), history: options.history });
  let open = true;
  const run = async () => {
    const worker = createWorker(app, ports, parameters);
    while (open) {
      const received = await receive((messages) => worker.handle(messages, clock.now() + INVOCATION_MS));
      if (!received) await clock.sleep(IDLE_MS);
      if (received && open) open = (await ports.executions.load(idOf(options)))?.head.lifecycle !== 'closed';
      if (clock.now() - begun > PATIENCE_MS) throw new Error(`Not at its end within ${PATIENCE_MS} ms.`);
    }
  };
  await Promise.all(Array.from({ length: options.workers }, run));
  return clock.now() - begun;
}

/** @throws Error unless every item was counted once */
export async function checkFanOut(rig: Rig, options: FanOut): Promise<void> {
  const view = await createClient(fanOutApp(options, rig), rig.ports, DEFAULTS).get(idOf(options));
  const { sum, count } = (view?.result ?? {}) as { sum?: number; count?: number };
  const { items } = options;
  const expected = (items * (items + 1)) / 2;
  if (view?.status !== 'completed' || sum !== expected || count !== items) {
    throw new Error(
      `The list is ${view?.status ?? 'missing'} with ${count} results, sum ${sum}, not ${expected}. ${view?.error?.message ?? ''}`,
    );
  }
}
