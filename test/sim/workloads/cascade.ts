/** Awaited emits, nested and failing, and watched state writes: accepted once, whatever repeats, one at a time. */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../lib/index.ts';
import type { Sim, Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'cascade',
  input: z.number(),
  state: { log: z.array(z.string()), topic: z.string(), crowd: z.number() },
  signals: { ask: z.number(), deeper: z.number(), refuse: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: { retry: { maxAttempts: 1_000 } },
  execution: { concurrency: 1 },
});
type Context<In> = ContextOf<typeof flow, In>;

const asker = flow.chunk('asker', async (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.append('log', 'begin');
  await ctx.resources.sim.work(ctx);
  await ctx.emit('ask', 1);
  ctx.resources.sim.goOn(ctx);
  await ctx.state.append('log', 'asked');
  try {
    await ctx.emit('refuse', 1);
  } catch {
    await ctx.state.append('log', 'caught');
  }
  ctx.resources.sim.goOn(ctx);
  await ctx.state.set('topic', 'weather');
  ctx.resources.sim.goOn(ctx);
  await ctx.state.append('log', 'end');
});
const answer = flow.chunk('answer', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.emit('deeper', ctx.input + 1);
  ctx.resources.sim.goOn(ctx);
  await ctx.state.append('log', `answer ${ctx.input}`);
});
const refuse = flow.chunk('refuse', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  throw new FatalError('no');
});
const note = <In extends number | string | null>(name: string) =>
  flow.chunk(name, async (ctx: Context<In>) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.append('log', `${name} ${ctx.input}`);
  });

const member = (name: string) =>
  flow.chunk(name, async (ctx: Context<number>) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.increment('crowd');
  });

/** They want the one permit while others wait for their emits. */
const crowd = [1, 2, 3].map((n) => member(`crowd${n}`));
flow.to(asker);
for (const chunk of crowd) flow.to(chunk);
flow.when('ask').to(answer);
flow.when('deeper').to(note<number>('deeper'));
flow.when('refuse').to(refuse);
flow.when({ state: 'topic' }).to(note<string | null>('topic'));

export const cascade: Workload = {
  name: 'cascade',
  flow,
  ids: ['c'],
  callers: (caller) => [
    caller()
      .start('cascade', 'c', 0)
      .then(() => undefined),
  ],
  check: ({ executions, equal }) => {
    const log = ['begin', 'deeper 2', 'answer 1', 'asked', 'caught', 'topic weather', 'end'];
    const { crowd: members, ...state } = executions.get('c')?.state ?? {};
    equal(state, { log, topic: 'weather' }, 'state');
    equal(members, 3, 'the crowd');
  },
};
