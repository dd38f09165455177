/** Lists given page by page: every item runs once, in its place, whatever happens to the chunk that gives the pages. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const TOTAL = 7;
const SIZE = 2;
const WANTED = 3;

const flow = defineFlow({
  name: 'pages',
  input: z.enum(['all', 'some']),
  state: { pages: z.number(), items: z.number(), out: z.json(), ends: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  // Without values in the history, values that nothing uses are dropped.
  execution: { history: 'times' },
});
type Context<In> = ContextOf<typeof flow, In>;

const read = flow.chunk('read', async (ctx: Context<unknown>) => {
  const from = z.number().parse(ctx.page.from ?? 0);
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('pages');
  const items = Array.from({ length: Math.min(SIZE, TOTAL - from) }, (_, i) => from + i);
  return from + SIZE < TOTAL ? ctx.page(items, { next: from + SIZE }) : ctx.page(items);
});
const readSome = flow.chunk('readSome', (ctx: Context<unknown>) => {
  const from = z.number().parse(ctx.page.from ?? 0);
  return ctx.page([from, from + 1], { next: from + SIZE });
});
const work = flow.chunk('work', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('items');
  return ctx.input;
});

flow
  .to('begin', (ctx) => ctx.input)
  .if(
    ({ input }) => input === 'all',
    (p) =>
      p
        .to(read)
        .forEach((item) => item.to(work), { concurrency: 2 })
        .to('end', async (ctx) => {
          await ctx.state.increment('ends');
          await ctx.state.set('out', ctx.input);
        }),
  )
  .else((p) =>
    p
      .to(readSome)
      .forEach((item) => item.to(work), { concurrency: 2, completion: { minSuccessful: WANTED } })
      .to('enough', async (ctx) => {
        await ctx.state.increment('ends');
        await ctx.state.set('out', ctx.input.length);
      }),
  );

export const pages: Workload = {
  name: 'pages',
  flow,
  ids: ['all', 'some'],
  callers: (newCaller) =>
    (['all', 'some'] as const).map(async (id) => {
      await newCaller().start('pages', id, id);
    }),
  check: ({ executions, equal }) => {
    const all = executions.get('all')?.state;
    equal(
      all?.out,
      Array.from({ length: TOTAL }, (_, i) => i),
      'results',
    );
    equal(
      [all?.pages ?? 0, all?.items ?? 0, all?.ends ?? 0],
      [Math.ceil(TOTAL / SIZE), TOTAL, 1],
      'pages, items, ends',
    );
    const some = executions.get('some')?.state;
    equal([some?.items ?? 0, some?.out ?? 0, some?.ends ?? 0], [WANTED, WANTED, 1], 'items before the completion');
    equal(executions.get('some')?.status, 'completed', 'no more pages');
  },
};
