/**
 * A list with a concurrency limit, an inner list, a side branch, and failing items whose error becomes their result. A failure in
 * an awaited emit or in a side branch does not become the result.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const CATCHES = 8;
/** The item whose side branch fails. */
const ASIDE = 9;

const flow = defineFlow({
  name: 'items',
  input: z.array(z.array(z.number())),
  state: { seen: z.number(), out: z.json(), aside: z.number() },
  signals: { refuse: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const work = flow.chunk('work', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('seen');
  if (ctx.input < 0) throw new FatalError('negative');
  if (ctx.input === CATCHES) await ctx.emit('refuse', 0).catch(() => undefined);
  return ctx.input * 10;
});
flow.when('refuse').to('refuse', () => {
  throw new FatalError('no');
});
const aside = flow.chunk('aside', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('aside');
  if (ctx.input === ASIDE) throw new FatalError('beside');
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
  ids: ['i', 'f'],
  callers: (newCaller) => {
    const start = async (id: string, input: number[][]) => {
      await newCaller().start('items', id, input);
    };
    return [start('i', [[1, -1], [], [2, 3]]), start('f', [[CATCHES, ASIDE]])];
  },
  check: ({ executions, equal }) => {
    const state = executions.get('i')?.state;
    equal(state?.out, [[10, failed], [], [20, 30]], 'results');
    equal(state?.seen, 3, 'items that are done');
    // The side branch of a failing item is discarded unless it ended first.
    equal([3, 4].includes(Number(state?.aside)), true, 'side branches');
    const failing = executions.get('f');
    equal(
      [failing?.status ?? '', failing?.error?.chunk ?? ''],
      ['failed', 'aside'],
      'chunk that failed beside an item',
    );
    equal(failing?.state.out, [[10 * CATCHES, 10 * ASIDE]], 'results beside it');
  },
};
