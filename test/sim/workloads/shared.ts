/** Shared data written by two executions and a host: every write is made once, and both hear of each of them once. */
import { z } from 'zod';
import { defineFlow, resource } from '../../../lib/index.ts';
import type { Sim, Workload } from '../workload.ts';

const QUIET = { noWarning: true } as const;
const IDS = ['p', 'q'];
/** Two by each execution, one by the host. */
const WRITES = 5;

const flow = defineFlow({
  name: 'shared',
  input: z.number(),
  state: { heard: z.array(z.number()) },
  signals: { go: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: { retry: { maxAttempts: 1_000 } },
  execution: { autoCloseTimeout: null },
});
flow.to('begin', (ctx) => ctx.resources.sim.begin(ctx));
flow
  .when('go')
  .to('first', async (ctx) => {
    ctx.resources.sim.begin(ctx);
    await ctx.flowData.increment('n', 1, QUIET);
    await ctx.resources.sim.work(ctx);
  })
  .to('second', (ctx) => ctx.flowData.increment('n', 1, QUIET));
flow.when({ flowData: 'n' }).to('hear', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('heard', Number(ctx.input));
});

export const shared: Workload = {
  name: 'shared',
  flow,
  ids: IDS,
  callers: (newCaller) => {
    let open = IDS.length;
    const run = async (id: string) => {
      const caller = newCaller();
      await caller.start('shared', id, 0);
      open -= 1;
      // Who is there hears of every write.
      while (open > 0) await caller.wait(1_000);
      await caller.signal(id, 'go', 0, 'go');
      if (id === 'p') await newCaller().share('shared', 'n', 'host');
      await caller.until(id, ({ state }) => ((state.heard ?? []) as readonly number[]).length >= WRITES);
      await caller.close(id, 'reject');
      caller.remember('n', String(await caller.shared('shared', 'n')));
    };
    return IDS.map(run);
  },
  always: (id, { heard }) => {
    const times = ((heard ?? []) as readonly number[]).length;
    return times > WRITES ? `${id} heard of ${WRITES} writes ${times} times` : undefined;
  },
  check: ({ executions, answers, equal, expect }) => {
    equal(answers.get('n'), String(WRITES), 'shared number');
    for (const id of IDS) {
      const heard = (executions.get(id)?.state.heard ?? []) as readonly number[];
      expect(heard.length === WRITES && Math.max(...heard) === WRITES, `${id} heard ${heard.join()}`);
    }
  },
};
