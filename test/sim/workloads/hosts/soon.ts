/**
 * Callers make due what waits an hour for its retry or sleeps, and what runs, again and again. Each activation goes on soon,
 * and ends once.
 */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { START } from '../../world/world.ts';
import { listOf, type Sim, type Workload } from '../workload.ts';

const HOUR = 3_600_000;
const WANTED = ['slept', 'tried'];

const flow = defineFlow({
  name: 'soon',
  input: z.null(),
  state: { ran: z.array(z.string()), at: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: { retry: { maxAttempts: 1_000, initialDelay: HOUR, factor: 1 } },
  execution: { autoCloseTimeout: null },
});
flow.to('tries', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.resources.sim.work(ctx, 10_000);
  if (ctx.attempt === 1) throw new Error('not yet');
  await ctx.state.append('ran', 'tried');
  await ctx.state.set('at', ctx.resources.sim.now());
});
flow
  .to('sleeps', (ctx) => ctx.sleep(HOUR))
  .to('wakes', async (ctx) => {
    ctx.resources.sim.begin(ctx);
    await ctx.state.append('ran', 'slept');
  });

export const soon: Workload = {
  name: 'soon',
  flow,
  ids: ['s'],
  callers: (newCaller) => {
    let open = 2;
    const hurry = async () => {
      const caller = newCaller();
      await caller.start('soon', 's', null);
      for (;;) {
        await caller.someTime(5_000);
        const view = await caller.get('s');
        if (view === undefined || listOf(view.state.ran).length === WANTED.length) break;
        for (const { state, chunk, activationId } of view.doing ?? [])
          if (chunk !== 'sleeps' || state === 'sleeping')
            await caller.insist((client) => client.due('s', activationId, { actor: 'host' }));
      }
      open -= 1;
      if (open === 0) await caller.close('s', 'reject');
    };
    return [hurry(), hurry()];
  },
  always: (_, { ran }) => (listOf(ran).length > WANTED.length ? `ran ${listOf(ran).join()}` : undefined),
  check: ({ executions, equal, expect }) => {
    const { ran, at } = executions.get('s')?.state ?? {};
    equal([...listOf(ran)].sort(), WANTED, 'what ran');
    expect(Number(at) - START < HOUR, `it was tried again after ${Number(at) - START} ms`);
  },
};
