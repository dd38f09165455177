/** Many starts of one id at once, with the same and with other input, large enough to stand beside the head. */
import { z } from 'zod';
import { defineFlow, resource } from '../../../lib/index.ts';
import type { Sim, Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'starts',
  input: z.object({ text: z.string() }),
  state: { text: z.string(), runs: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: { retry: { maxAttempts: 1_000 } },
});
flow.to('begin', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.set('text', ctx.input.text);
  await ctx.state.increment('runs');
});

const TEXTS = ['a', 'a', 'b', 'c', 'b'].map((letter) => letter.repeat(70));

export const starts: Workload = {
  name: 'starts',
  flow,
  ids: ['s1', 's2'],
  callers: (newCaller) =>
    ['s1', 's2'].flatMap((id) =>
      TEXTS.map(async (text) => {
        const caller = newCaller();
        const first = await caller.start('starts', id, { text });
        if (first.kind !== 'conflict') newCaller().remember(id, text);
        await caller.someTime(10_000);
        const again = await caller.start('starts', id, { text });
        if ((again.kind === 'conflict') !== (first.kind === 'conflict'))
          caller.remember(id, `${first.kind} ${again.kind}`);
      }),
    ),
  always: (_, { runs }) => (runs === undefined || runs === 1 ? undefined : `started ${String(runs)} times`),
  check: ({ executions, answers, equal }) => {
    for (const id of ['s1', 's2']) equal(executions.get(id)?.state.text, answers.get(id) ?? '', `text of ${id}`);
  },
};
