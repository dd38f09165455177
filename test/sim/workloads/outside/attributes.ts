/**
 * Attributes set by the start and by chunks, in turn to new and to earlier values, while callers list by them. At the end each
 * execution is found by what it has, by nothing that it had, and by nothing once it is erased.
 */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

/** The first value comes back. */
const MARKS = ['a', 'b', 'a', 'c'];
const REGION = { region: 'eu' };

const flow = defineFlow({
  name: 'attributes',
  input: z.null(),
  attributes: { stage: z.string() },
  state: { marks: z.array(z.string()) },
  signals: { mark: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoClose: false },
});
flow.to('begin', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.attributes.set('begun', 1);
});
flow.when('mark').to('mark', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.attributes.set('stage', 'lost');
  await ctx.attributes.set('stage', ctx.input);
  await ctx.resources.sim.work(ctx);
  if (ctx.resources.sim.chance(0.2)) throw new Error('again');
  await ctx.state.append('marks', ctx.input);
});

export const attributes: Workload = {
  name: 'attributes',
  flow,
  ids: ['kept'],
  callers: (newCaller) => {
    let open = MARKS.length;
    const mark = async (id: string, value: string, i: number) => {
      const caller = newCaller();
      await caller.start('attributes', id, null, { attributes: { ...REGION, stage: 'new' } });
      await caller.someTime(20_000);
      await caller.signal(id, 'mark', value, `${i}`);
      open -= 1;
      if (open > 0) return;
      await caller.until(id, ({ state }) => listOf(state.marks).length === MARKS.length);
      await caller.close(id, 'reject');
    };
    const erase = async () => {
      const caller = newCaller();
      await caller.start('attributes', 'gone', null, { attributes: { ...REGION, stage: 'secret' } });
      await caller.signal('gone', 'mark', 'hidden', '1');
      await caller.someTime(20_000);
      await caller.insist((client) => client.erase('gone', { actor: 'host' }));
    };
    const look = async () => {
      const caller = newCaller();
      for (const stage of ['new', ...MARKS]) {
        await caller.someTime(10_000);
        const { items } = await caller.insist((client) => client.list({ attributes: { stage }, limit: 10 }));
        for (const item of items)
          if (item.attributes?.stage !== stage) caller.remember('misfit', `${item.attributes?.stage} for ${stage}`);
      }
    };
    return [...MARKS.map((value, i) => mark('kept', value, i)), erase(), look(), look()];
  },
  check: ({ executions, answers, equal }) => {
    const { attributes: own = {}, state } = executions.get('kept') ?? {};
    const marks = listOf(state?.marks);
    equal([...marks].sort(), [...MARKS].sort(), 'marks');
    const { region = '', begun = 0, stage = '' } = own;
    equal([region, begun, stage], [REGION.region, 1, marks.at(-1) ?? ''], 'attributes');
    equal(answers.get('misfit') ?? 'none', 'none', 'what a listing by an attribute shows');
  },
};
