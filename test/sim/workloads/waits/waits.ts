/** Two waits at once, answered by racing callers with the same and other request ids, against expiry and cancel. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'waits',
  input: z.number(),
  state: { answers: z.array(z.string()), joined: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const gate = (name: string, expiresIn?: number) =>
  flow.chunk(name, { resume: z.string() }, (ctx: Context<number>) =>
    ctx.pauseFor({
      type: name,
      payload: { n: ctx.input, pad: 'p'.repeat(60) },
      ...(expiresIn === undefined ? {} : { expiresIn, onExpiry: { value: 'expired' } }),
    }),
  );
const left = gate('left');
const right = gate('right', 90_000);

flow
  .to('begin', (ctx) => ctx.input)
  .batch([left, right])
  .to('both', async (ctx) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.increment('joined');
    await ctx.state.append('answers', ctx.input.left ?? '');
    await ctx.state.append('answers', ctx.input.right ?? '');
  });

export const waits: Workload = {
  name: 'waits',
  flow,
  ids: ['w'],
  callers: (newCaller, chooser) => {
    const cancels = chooser.chance(0.2);
    const answer = (value: string, own: string) => async () => {
      const caller = newCaller();
      await caller.start('waits', 'w', 1);
      const ids = await caller.interrupts('w');
      for (const id of ids) {
        await caller.someTime(120_000);
        await caller.resume('w', id, own, value);
        if (chooser.chance(0.5)) await caller.resume('w', id, own, value);
        if (chooser.chance(0.2)) await caller.resume('w', id, own, `${value}!`);
      }
      for (let left = await caller.interrupts('w'); left.length > 0; left = await caller.interrupts('w')) {
        for (const id of left) await caller.resume('w', id, own, value);
      }
    };
    const cancel = async () => {
      const caller = newCaller();
      await caller.start('waits', 'w', 1);
      await caller.someTime(150_000);
      if (cancels) await caller.close('w', 'cancel');
    };
    return [answer('yes', 'r1')(), answer('no', 'r2')(), answer('yes', 'r1')(), cancel()];
  },
  check: ({ executions, expect }) => {
    const view = executions.get('w');
    const answers = (view?.state.answers ?? []) as readonly string[];
    if (view?.status === 'cancelled') {
      expect(answers.length === 0 || answers.length === 2, `answers ${answers.join()} of a cancelled execution`);
      return;
    }
    expect(view?.state.joined === 1, `joined ${String(view?.state.joined)} times`);
    expect(answers.length === 2 && ['yes', 'no'].includes(String(answers[0])), `answers ${answers.join()}`);
    expect(['yes', 'no', 'expired'].includes(String(answers[1])), `answers ${answers.join()}`);
  },
};
