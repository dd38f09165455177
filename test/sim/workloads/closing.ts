/** A crowd of signals while the execution is being closed: what was accepted is done, what was ignored is not. */
import { z } from 'zod';
import { defineFlow, resource } from '../../../lib/index.ts';
import type { Sim, Workload } from '../workload.ts';

const NAMES = Array.from({ length: 8 }, (_, i) => `c${i}`);

const flow = defineFlow({
  name: 'closing',
  input: z.number(),
  state: { seen: z.array(z.string()) },
  signals: { hit: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: { retry: { maxAttempts: 1_000 } },
  execution: { autoCloseTimeout: null },
});
flow.to('begin', (ctx) => ctx.resources.sim.begin(ctx));
flow.when('hit').to('seen', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.append('seen', ctx.input);
});

export const closing: Workload = {
  name: 'closing',
  flow,
  weight: 2,
  ids: ['c'],
  callers: (newCaller, chooser) => {
    const together = chooser.chance(0.6);
    const send = async (name: string) => {
      const caller = newCaller();
      await caller.start('closing', 'c', 0);
      if (!together) await caller.someTime(6_000);
      const answer = await caller.signal('c', 'hit', name, name);
      caller.remember(name, answer);
    };
    const close = async () => {
      const caller = newCaller();
      await caller.start('closing', 'c', 0);
      if (!together) await caller.someTime(6_000);
      await caller.close('c', 'reject');
    };
    return [...NAMES.map(send), close()];
  },
  check: ({ executions, answers, expect }) => {
    const seen = (executions.get('c')?.state.seen ?? []) as readonly string[];
    for (const name of NAMES) {
      const times = seen.filter((each) => each === name).length;
      const accepted = answers.get(name) !== 'ignored';
      expect(times === (accepted ? 1 : 0), `${name} was ${String(answers.get(name))} and seen ${times} times`);
    }
  },
};
