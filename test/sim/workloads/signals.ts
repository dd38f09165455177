/** A crowd of outside signals, some doubled, an `and` they meet in, and a close that has to wait for them. */
import { z } from 'zod';
import { defineFlow, resource } from '../../../lib/index.ts';
import type { Sim, Workload } from '../workload.ts';

const NAMES = Array.from({ length: 9 }, (_, i) => `s${i}`);

const flow = defineFlow({
  name: 'signals',
  input: z.number(),
  state: { seen: z.array(z.string()), pairs: z.array(z.string()) },
  signals: { hit: z.string(), left: z.string(), right: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: { retry: { maxAttempts: 1_000 } },
  execution: { autoCloseTimeout: null },
});
flow.to('begin', (ctx) => ctx.emitNowait('left', 'from start'));
flow.when('hit').to('seen', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('seen', ctx.input);
});
flow.when(['left', 'right']).to('pair', (ctx) => ctx.state.append('pairs', `${ctx.input.left}+${ctx.input.right}`));

export const signals: Workload = {
  name: 'signals',
  flow,
  ids: ['s'],
  parameters: { ledgerKept: 2, directTries: 1 },
  callers: (newCaller, chooser) => {
    let open = NAMES.length + 1;
    const done = async (): Promise<void> => {
      open -= 1;
      if (open === 0) await newCaller().close('s', 'reject');
    };
    const send = async (name: string) => {
      const caller = newCaller();
      await caller.start('signals', 's', 0);
      const times = chooser.chance(0.3) ? 2 : 1;
      for (let i = 0; i < times; i += 1) await caller.signal('s', 'hit', name, name);
      await done();
    };
    const right = async () => {
      const caller = newCaller();
      await caller.start('signals', 's', 0);
      await caller.signal('s', 'right', 'from outside', 'right');
      await done();
    };
    return [...NAMES.map(send), right()];
  },
  check: ({ executions, equal }) => {
    const state = executions.get('s')?.state;
    equal([...((state?.seen ?? []) as string[])].sort(), NAMES, 'signals seen');
    equal(state?.pairs, ['from start+from outside'], 'pairs');
  },
};
