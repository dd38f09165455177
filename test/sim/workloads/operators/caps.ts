/**
 * A list with a concurrency limit in an execution with a concurrency limit. Some items wait for people. In others an error
 * becomes the result while a branch still runs or waits. No more items than allowed run at once. Waits are named after their
 * item; a second wait with the same id in one item is refused.
 */
import { z } from 'zod';
import type { Json } from '../../../../lib/flow/json.ts';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

/** The item whose branches wait with the same id. */
const TWICE = 4;

const flow = defineFlow({
  name: 'caps',
  input: z.array(z.number()),
  state: { out: z.json(), done: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { concurrency: 3, history: 'times' },
});
type Context<In> = ContextOf<typeof flow, In>;

const ask = flow.chunk('ask', { resume: z.string() }, async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  return ctx.input > 1
    ? ctx.pauseFor({ type: 'ask', id: 'ask', payload: { n: ctx.input, pad: 'p'.repeat(60) } })
    : 'self';
});
const also = flow.chunk('also', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  return ctx.input === TWICE ? ctx.pauseFor({ type: 'also', id: 'ask' }) : 'also';
});
const work = flow.chunk('work', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  if (ctx.input > 3) throw new FatalError('too much');
  await ctx.state.increment('done');
  return ctx.input;
});
flow
  .to('begin', (ctx) => ctx.input)
  .forEach((item) => item.batch([ask, also, work], { concurrency: 2 }), { concurrency: 2, onItemError: 'collect' })
  .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));

const failed = { error: { name: 'FatalError', message: 'too much' } };

export const caps: Workload = {
  name: 'caps',
  flow,
  ids: ['c'],
  callers: (newCaller) => {
    const answer = async (requestId: string) => {
      const caller = newCaller();
      await caller.start('caps', 'c', [1, 2, 3, 4, 5, 6]);
      for (let turn = 0; ; turn += 1) {
        const ids = await caller.interrupts('c');
        if (ids.length === 0) return;
        // A later wait can have the id of one that has ended.
        for (const id of ids) await caller.resumeAgain('c', id, `${requestId}${turn}`, 'yes');
      }
    };
    return [answer('r1'), answer('r2')];
  },
  check: ({ executions, equal }) => {
    const state = executions.get('c')?.state;
    const [one, two, three] = [
      { ask: 'self', also: 'also', work: 1 },
      { ask: 'yes', also: 'also', work: 2 },
      { ask: 'yes', also: 'also', work: 3 },
    ];
    const out = (state?.out ?? []) as readonly Json[];
    const given = out.map((each) => (JSON.stringify(each).includes('interrupt_id_taken') ? failed : each));
    equal(given, [one, two, three, failed, failed, failed], 'results');
    equal(state?.done, 3, 'items that are done');
  },
};
