/** A chain with state writes of every kind, and values that are stored outside the head. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'chain',
  input: z.object({ n: z.number() }),
  state: { log: z.array(z.string()), count: z.number(), big: z.object({ text: z.string(), n: z.number().optional() }) },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const first = flow.chunk('first', async (ctx: Context<{ n: number }>) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.append('log', 'first');
  await ctx.resources.sim.work(ctx);
  await ctx.state.set('big', { text: 'x'.repeat(200) });
  return { n: ctx.input.n + 1, pad: 'y'.repeat(100) };
});
const second = flow.chunk('second', async (ctx: Context<{ n: number; pad: string }>) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.increment('count', ctx.input.n);
  await ctx.resources.sim.work(ctx);
  await ctx.state.set('big.n', ctx.input.n);
  await ctx.state.append('log', `second ${ctx.attempt > 0 ? ctx.input.pad.length : ''}`);
  return ctx.input.n * 2;
});
const third = flow.chunk('third', async (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  const count = await ctx.state.get('count');
  await ctx.state.append('log', `third ${ctx.input} ${count}`);
  ctx.resources.sim.effect(ctx.idempotencyKey);
});
flow.to(first).to(second).to(third);

export const chain: Workload = {
  name: 'chain',
  flow,
  ids: ['a', 'b'],
  callers: (caller) =>
    ['a', 'b'].map(async (id) => {
      await caller().start('chain', id, { n: id === 'a' ? 1 : 5 });
    }),
  check: ({ executions, equal }) => {
    for (const [id, n] of [
      ['a', 2],
      ['b', 6],
    ] as const) {
      const log = ['first', 'second 100', `third ${n * 2} ${n}`];
      equal(executions.get(id)?.state, { log, big: { text: 'x'.repeat(200), n }, count: n }, `state of ${id}`);
    }
  },
};
