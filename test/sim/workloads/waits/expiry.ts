/** One wait at a time, answered, cancelled or closed around the moment of its expiry, so that each of these wins some race. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { Caller } from '../../world/caller.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const WAIT = 30_000;

const flow = defineFlow({
  name: 'expiry',
  input: z.number(),
  state: { answers: z.array(z.string()) },
  signals: { noise: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
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
      const closing = chooser.chance(0.4);
      // All act together shortly after the pause, exactly at the expiry, or at random around it.
      const moment = chooser.pick(3);
      const act = async (does: (caller: Caller, interruptId: string) => Promise<unknown>) => {
        const caller = newCaller();
        await caller.start('expiry', id, 1);
        const view = await caller.until(id, ({ interrupts }) => interrupts.length > 0, 1_000);
        const [interrupt] = view?.interrupts ?? [];
        if (!interrupt) return;
        const due = Date.parse(interrupt.createdAt) + WAIT;
        const around = due - 1_500 + chooser.between(0, 3_000);
        await caller.waitUntil(moment === 0 ? due - WAIT + 8_000 : moment === 1 ? due : around);
        await does(caller, interrupt.interruptId);
      };
      const answer = (requestId: string) =>
        act((caller, interruptId) => caller.resume(id, interruptId, requestId, requestId));
      const close = closing ? [act((caller) => caller.close(id, 'cancel'))] : [];
      return [answer('r1'), answer('r2'), ...close];
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
