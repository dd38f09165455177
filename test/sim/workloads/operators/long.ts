/**
 * Lists with more items than the head starts ahead. Their results are stored in parts, beside the head; the next list
 * reads its items from these parts. Lists in a list are items of a stored list, and have results that refer to stored
 * values. All items of the next list fail at first in a sub-flow, and are a crowd that shares due times.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const MANY = 14;

const flow = defineFlow({
  name: 'long',
  input: z.array(z.array(z.number())),
  state: { seen: z.number(), out: z.json() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  // Without values in the history, values that nothing uses are dropped.
  execution: { history: 'times' },
});
type Context<In> = ContextOf<typeof flow, In>;

/** Every third result is too long for the head. */
const resultOf = (n: number) => `${n} ${'r'.repeat(n % 3 === 0 ? 60 : 8)}`;

const work = flow.chunk('work', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('seen');
  return resultOf(ctx.input);
});
/** Each runs for one item: its frame and chunks are stored with those of its neighbours. */
const retried = defineFlow({
  name: 'long-retried',
  input: z.string(),
  result: z.number(),
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
const again = retried.chunk('again', async (ctx: ContextOf<typeof retried, string>) => {
  await ctx.resources.sim.work(ctx);
  if (ctx.attempt <= 2) throw new Error('The service is down.');
  return Number(ctx.input.split(' ')[0]);
});
retried
  .to(again)
  .to('pass', (ctx) => ctx.input)
  .end();
flow
  .to('begin', (ctx) => ctx.input)
  .forEach((outer) => outer.forEach((inner) => inner.to(work)))
  .to('flat', (ctx) => ctx.input.flat())
  .forEach((each) => each.subFlow(retried, { capture: { resources: { sim: 'resources.sim' } } }))
  .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

export const long: Workload = {
  name: 'long',
  flow,
  ids: ['one', 'many'],
  parameters: { inlineBytes: 24, crowds: { few: 3, room: 1_500, roomOfFew: 2_500 } },
  callers: (newCaller) => {
    const start = async (id: string, input: number[][]) => {
      await newCaller().start('long', id, input);
    };
    return [start('one', [range(0, MANY)]), start('many', [range(0, 3), range(3, 2), [], range(5, 4), range(9, 3)])];
  },
  check: ({ executions, equal }) => {
    for (const [id, count] of [
      ['one', MANY],
      ['many', 12],
    ] as const) {
      const state = executions.get(id)?.state;
      equal(state?.out, range(0, count), `results of ${id}`);
      equal(state?.seen, count, `items of ${id} that are done`);
    }
  },
};
