/** An id is used again after its row was deleted, while workers and callers of the old execution are still active. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'retention',
  input: z.string(),
  state: { owner: z.string(), answers: z.array(z.string()), pad: z.string() },
  signals: { hit: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const WAITS = 7;

const ask = flow.chunk('ask', { resume: z.string() }, (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask', payload: { n: ctx.input } });
});
const answered = flow.chunk('answered', async (ctx: Context<string>) => {
  await ctx.resources.sim.work(ctx);
  const count = ((await ctx.state.get('answers')) ?? []).length;
  await ctx.state.append('answers', ctx.input);
  if (count + 1 < WAITS) ctx.emitNowait('hit', String(count + 1));
});
flow
  .to('begin', async (ctx) => {
    await ctx.resources.sim.work(ctx, ctx.input === 'first' ? 2_000 : 30_000);
    await ctx.state.set('owner', ctx.input);
    await ctx.state.set('pad', ctx.input.repeat(60));
    return 0;
  })
  .to(ask)
  .to(answered);
flow
  .when('hit')
  .to('next', (ctx) => Number(ctx.input))
  .to('ask')
  .to('answered');

export const retention: Workload = {
  name: 'retention',
  flow,
  weight: 3,
  ids: ['r'],
  callers: (newCaller, chooser) => {
    const inFirst = chooser.chance(0.3) ? WAITS : chooser.between(0, 1);
    const run = async () => {
      for (const owner of ['first', 'second']) {
        const caller = newCaller();
        await caller.start('retention', 'r', owner);
        const ids: string[] = [];
        for (let n = 0; n < (owner === 'first' ? inFirst : WAITS); n += 1) {
          const [id] = await caller.interrupts('r');
          if (id) ids.push(id);
          if (id) await caller.resume('r', id, `q${n}`, `${owner} ${n}`);
          await caller.until('r', ({ state }) => ((state.answers ?? []) as readonly string[]).length > n, 3_000);
        }
        if (owner === 'first' && inFirst < WAITS) await caller.close('r', 'cancel');
        await caller.until('r', ({ lifecycle }) => lifecycle === 'closed', 3_000);
        for (const [n, id] of ids.slice(0, 3).entries()) await caller.resume('r', id, `q${n}`, `${owner} ${n}`);
        if (owner === 'first') caller.forget('r');
      }
    };
    return [run()];
  },
  always: (_, { owner, answers, pad }) => {
    const list = (answers ?? []) as readonly string[];
    if (owner === undefined) return list.length > 0 ? 'answers without an owner' : undefined;
    if (pad !== String(owner).repeat(60)) return `the pad is not that of ${String(owner)}`;
    const own = list.every((answer, i) => answer === `${String(owner)} ${i}`);
    return own ? undefined : `answers ${list.join()} of ${String(owner)}`;
  },
  check: ({ executions, equal }) => {
    const expected = Array.from({ length: WAITS }, (_, i) => `second ${i}`);
    equal(executions.get('r')?.state.answers, expected, 'answers');
  },
};
