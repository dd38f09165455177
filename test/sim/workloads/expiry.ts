/** One wait at a time, answered right around the moment it expires, cancelled or closed: every winner has its turn. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../lib/index.ts';
import type { Sim, Workload } from '../workload.ts';

const WAIT = 30_000;

const flow = defineFlow({
  name: 'expiry',
  input: z.number(),
  state: { answers: z.array(z.string()) },
  signals: { noise: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: { retry: { maxAttempts: 1_000 } },
});
type Context<In> = ContextOf<typeof flow, In>;

const ask = flow.chunk('ask', { resume: z.string() }, (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask', expiresIn: WAIT, onExpiry: { value: 'expired' } });
});
flow.to(ask).to('answered', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.append('answers', ctx.input);
});

const IDS = ['p', 'q'];

export const expiry: Workload = {
  name: 'expiry',
  flow,
  weight: 3,
  ids: IDS,
  callers: (newCaller, chooser) =>
    IDS.flatMap((id) => {
      const closing = chooser.chance(0.3);
      const near = chooser.pick(4);
      const answer = async (requestId: string) => {
        const caller = newCaller();
        await caller.start('expiry', id, 1);
        const view = await caller.until(id, ({ interrupts }) => interrupts.length > 0, 1_000);
        const [interrupt] = view?.interrupts ?? [];
        if (!interrupt?.expiresAt) return;
        // Most callers come within a second of the expiry, all callers of some schedules at once.
        const left = WAIT - (Date.parse(view?.createdAt ?? '') - Date.parse(interrupt.createdAt) > 0 ? 0 : 1_000);
        await caller.wait(near === 0 ? 0 : near === 1 ? left - 2_000 : left - 3_000 + chooser.between(0, 4_000));
        await caller.resume(id, interrupt.interruptId, requestId, requestId);
      };
      const close = async () => {
        if (!closing) return;
        const caller = newCaller();
        await caller.start('expiry', id, 1);
        await caller.interrupts(id);
        await caller.wait(near === 0 ? 0 : WAIT - 3_000 + chooser.between(0, 4_000));
        await caller.close(id, 'cancel');
      };
      return [answer('r1'), answer('r2'), close()];
    }),
  check: ({ executions, expect }) => {
    for (const id of IDS) {
      const view = executions.get(id);
      const answers = (view?.state.answers ?? []) as readonly string[];
      const cancelled = view?.status === 'cancelled';
      expect(answers.length === (cancelled ? 0 : 1), `answers ${answers.join()} of ${id}, ${view?.status}`);
    }
  },
};
