/** Retries by policy, failures that are final, and chunks that kill their process: alone or beside innocent ones. */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../lib/index.ts';
import type { Sim, Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'failures',
  input: z.string(),
  state: { tries: z.number(), done: z.array(z.string()) },
  resources: { sim: resource<Sim>() },
});
type Context<In> = ContextOf<typeof flow, In>;

const flaky = flow.chunk('flaky', { retry: { maxAttempts: 50, initialDelay: 2_000 } }, async (ctx: Context<string>) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.increment('tries');
  await ctx.resources.sim.work(ctx);
  if (ctx.attempt < 3) throw new Error('not yet');
  await ctx.state.append('done', 'flaky');
});
const killer = flow.chunk('killer', async (ctx: Context<string>) => {
  await ctx.resources.sim.work(ctx);
  if (ctx.input === 'poison') await ctx.resources.sim.die();
  if (ctx.input === 'fatal') throw new FatalError('never');
  return ctx.input;
});
const innocent = flow.chunk('innocent', { retry: { maxAttempts: 50 } }, async (ctx: Context<string>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('done', 'innocent');
});
flow.to('begin', (ctx) => ctx.input).batch([flaky, killer, innocent]);

const IDS = ['fine', 'poison', 'fatal'];

export const failures: Workload = {
  name: 'failures',
  flow,
  ids: IDS,
  callers: (caller) =>
    IDS.map(async (id) => {
      await caller().start('failures', id, id);
    }),
  check: ({ executions, expect }) => {
    const fine = executions.get('fine');
    if (fine?.status === 'completed') {
      expect(fine.state.tries === 1, `a failed attempt left state: ${String(fine.state.tries)}`);
      expect((fine.state.done as string[] | undefined)?.length === 2, 'both branches of "fine" are done');
    } else
      expect(
        ['poison', 'deadline_exceeded'].includes(fine?.error?.code ?? ''),
        `"fine" ended as ${JSON.stringify(fine?.error)}`,
      );
    const poison = executions.get('poison');
    expect(
      poison?.status === 'failed' && ['poison', 'deadline_exceeded'].includes(poison.error?.code ?? ''),
      `"poison" ended as ${JSON.stringify(poison?.error)}`,
    );
    const fatal = executions.get('fatal');
    expect(fatal?.status === 'failed', `"fatal" ended as ${fatal?.status}`);
  },
};
