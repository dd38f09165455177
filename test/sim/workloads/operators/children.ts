/** Concurrent sub-flows with waits that callers answer, and a chunk that pauses and is resumed itself. */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const child = defineFlow({
  name: 'child',
  input: z.number(),
  state: { own: z.number(), answers: z.array(z.string()) },
  signals: { more: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type ChildContext<In> = ContextOf<typeof child, In, string>;

const gate = child.chunk('gate', { resume: z.string() }, async (ctx: ChildContext<number>) => {
  if (ctx.resume) await ctx.state.append('answers', ctx.resume.value);
  if (ctx.resume?.value === 'go') return ctx.input;
  return ctx.pauseFor({ type: 'gate', resumeTo: 'self', maxResumes: null });
});
const aside = child.chunk('aside', (ctx: ContextOf<typeof child, number>) => {
  ctx.resources.sim.begin(ctx);
  if (ctx.input > 2) throw new FatalError('beside');
});
child
  .to('first', (ctx) => ctx.state.set('own', ctx.input).then(() => ctx.input))
  .sideBranch(aside)
  .to(gate);
child.when(gate).to('tell', (ctx) => ctx.emitNowait('more', ctx.input));
child.when('more').to('count', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('own', 100);
});

const flow = defineFlow({
  name: 'children',
  input: z.array(z.number()),
  state: { out: z.json(), last: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
flow
  .to('begin', (ctx) => ctx.input)
  .forEach((item) =>
    item.subFlow(child, {
      capture: { resources: { sim: 'resources.sim' } },
      writeBack: { value: 'state.own', state: { last: 'state.own' } },
    }),
  )
  .to('end', (ctx) => ctx.state.set('out', ctx.input as never));

/** After so many answers both callers let the gates pass: one alone could send them back for as long as the other stalls. */
const MOST_WAITS = 20;

export const children: Workload = {
  name: 'children',
  flow,
  ids: ['k', 'failing', 'cancelled'],
  callers: (newCaller) => {
    const answer = async (name: string) => {
      const caller = newCaller();
      await caller.start('children', 'k', [1, 2]);
      let answers = 0;
      for (let ids = await caller.interrupts('k'); ids.length > 0; ids = await caller.interrupts('k')) {
        for (const id of ids) {
          await caller.resume('k', id, `${name}-${id}`, name === 'first' && answers < MOST_WAITS ? 'wait' : 'go');
          answers += 1;
        }
      }
    };
    const failing = async () => {
      const caller = newCaller();
      await caller.start('children', 'failing', [3]);
      for (const id of await caller.interrupts('failing')) await caller.resume('failing', id, 'r', 'go');
    };
    const cancelled = async () => {
      const caller = newCaller();
      await caller.start('children', 'cancelled', [1, 2]);
      await caller.interrupts('cancelled');
      await caller.close('cancelled', 'cancel');
    };
    return [cancelled(), answer('first'), answer('second'), failing()];
  },
  check: ({ executions, equal, expect }) => {
    const state = executions.get('k')?.state;
    equal(state?.out, [101, 102], 'results');
    const ended = executions.get('cancelled');
    equal(
      [ended?.status ?? '', ended?.state.out ?? null],
      ['cancelled', null],
      'what waited in sub-flows was cancelled',
    );
    const { status, error, state: left } = executions.get('failing') ?? {};
    equal([status ?? '', error?.chunk ?? '', left?.out ?? null], ['failed', 'aside', [103]], 'a side branch failed');
    expect(state?.last === 101 || state?.last === 102, `last is ${String(state?.last)}`);
  },
};
