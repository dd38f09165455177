/** Chunks that run longer than a worker may: heartbeats extend the lease, the deadline releases the work, and attempts count. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'deadline',
  input: z.enum(['long', 'endless']),
  state: { done: z.array(z.string()), total: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const long = (name: string) =>
  flow.chunk(name, async (ctx: Context<string>) => {
    if (name > 'b') await ctx.resources.sim.workUntil(ctx, 600_000, ctx.abort);
    else await ctx.resources.sim.work(ctx, 90_000);
    await ctx.state.append('done', name);
    await ctx.state.increment('total');
    return name;
  });
/** Never ends and ignores the abort signal. */
const endless = flow.chunk('endless', { retry: { maxAttempts: 2 } }, async (ctx: Context<string>) => {
  if (ctx.input === 'long') return ctx.resources.sim.begin(ctx);
  for (;;) await ctx.resources.sim.work(ctx, 60_000);
});
flow
  .to('begin', (ctx) => ctx.input)
  .batch([long('e'), long('f'), long('g'), long('h'), long('i'), endless, long('a'), long('b')])
  .to(
    flow.chunk('after', async (ctx: Context<unknown>) => {
      await ctx.resources.sim.work(ctx, 60_000);
      await ctx.state.append('done', 'after');
    }),
  );

export const deadline: Workload = {
  name: 'deadline',
  flow,
  ids: ['d', 'e'],
  parameters: { claimLimit: 2 },
  callers: (caller) => [
    caller()
      .start('deadline', 'd', 'long')
      .then(() => undefined),
    caller()
      .start('deadline', 'e', 'endless')
      .then(() => undefined),
  ],
  check: ({ executions, equal, expect }) => {
    const cutOff = (id: string): boolean =>
      ['deadline_exceeded', 'poison'].includes(executions.get(id)?.error?.code ?? '');
    expect(cutOff('e'), `"endless" ended as ${JSON.stringify(executions.get('e')?.error)}`);
    if (cutOff('d')) return;
    const state = executions.get('d')?.state;
    const done = (state?.done ?? []) as readonly string[];
    equal([...done].sort(), ['a', 'after', 'b', 'e', 'f', 'g', 'h', 'i'], 'what was done');
    equal(done.at(-1) ?? '', 'after', 'the last one');
    equal(state?.total, 7, 'total');
  },
};
