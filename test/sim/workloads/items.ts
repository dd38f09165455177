/** A list under a cap, with an inner list, failing items whose error takes their place, and a side branch. */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../lib/index.ts';
import type { Sim, Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'items',
  input: z.array(z.array(z.number())),
  state: { seen: z.number(), out: z.json(), aside: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: { retry: { maxAttempts: 1_000 } },
});
type Context<In> = ContextOf<typeof flow, In>;

const work = flow.chunk('work', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('seen');
  if (ctx.input < 0) throw new FatalError('negative');
  return ctx.input * 10;
});
const aside = flow.chunk('aside', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('aside');
});
flow
  .to('begin', (ctx) => ctx.input)
  .forEach(
    (outer) => outer.forEach((inner) => inner.sideBranch(aside).to(work), { concurrency: 1, onItemError: 'collect' }),
    { concurrency: 2 },
  )
  .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));

const failed = { error: { name: 'FatalError', message: 'negative' } };

export const items: Workload = {
  name: 'items',
  flow,
  ids: ['i'],
  callers: (caller) => [
    caller()
      .start('items', 'i', [[1, -1], [], [2, 3]])
      .then(() => undefined),
  ],
  check: ({ executions, equal }) => {
    const state = executions.get('i')?.state;
    equal(state?.out, [[10, failed], [], [20, 30]], 'results');
    equal(state?.seen, 3, 'items that are done');
    equal(state?.aside, 4, 'side branches');
  },
};
