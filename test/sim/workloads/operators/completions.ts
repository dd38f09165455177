/**
 * Operators that end before all their parts have: a list after two outputs, votes after two answers, a batch by `until`, and a
 * list that tolerates a failure. Outcomes arrive together, and late ones of aborted attempts leave nothing.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import type { ExecutionView } from '../../../../lib/runtime/client/types.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const WANTED = 2;
const ITEMS = 5;
const VOTERS = ['vote-0', 'vote-1', 'vote-2'];

const flow = defineFlow({
  name: 'completions',
  input: z.enum(['race', 'votes', 'until', 'most']),
  state: { done: z.number(), ends: z.number(), results: z.number(), heard: z.number() },
  signals: { told: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const work = async (ctx: Context<unknown>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('done');
};
const end = async (ctx: Context<unknown>, results: number) => {
  await ctx.state.increment('ends');
  await ctx.state.set('results', results);
};

const items = flow.chunk('items', () => Array.from({ length: ITEMS }, (_, i) => i));
const run = flow.chunk('run', async (ctx: Context<number>) => {
  await work(ctx);
  ctx.emitNowait('told', ctx.input);
  return ctx.input;
});
const ask = flow.chunk('ask', { resume: z.string() }, (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'vote', id: 'vote' });
});
const count = flow.chunk('count', async (ctx: Context<string>) => {
  await work(ctx);
  return ctx.input;
});
const one = flow.chunk('one', async (ctx: Context<unknown>) => {
  await work(ctx);
  return 1;
});
const two = flow.chunk('two', async (ctx: Context<unknown>) => {
  await work(ctx);
  return 2;
});
const fails = flow.chunk('fails', async (ctx: Context<number>) => {
  await work(ctx);
  if (ctx.input === 1) throw new FatalError('one of them');
  return ctx.input;
});

const kind = flow.to('begin', (ctx) => ctx.input);
kind
  .if(
    ({ input }) => input === 'race',
    (p) =>
      p
        .to(items)
        .forEach((item) => item.to(run), { concurrency: 4, completion: { minSuccessful: WANTED } })
        .to('raced', (ctx) => end(ctx, ctx.input.filter(({ index, output }) => index === output).length)),
  )
  .elseIf(
    ({ input }) => input === 'votes',
    (p) =>
      p
        .to('voters', () => [0, 1, 2])
        .forEach((item) => item.to(ask).to(count), { completion: { minSuccessful: WANTED } })
        .to('voted', (ctx) => end(ctx, ctx.input.length)),
  )
  .elseIf(
    ({ input }) => input === 'until',
    (p) =>
      p
        .batch([one, two], { completion: { until: ({ two: known }) => known === 2 } })
        .to('enough', (ctx) => end(ctx, Object.keys(ctx.input).length)),
  )
  .else((p) =>
    p
      .to('few', () => [0, 1, 2])
      .forEach((item) => item.to(fails), { concurrency: 2, completion: { toleratedFailureCount: 1 } })
      .to('most', (ctx) => end(ctx, ctx.input.length)),
  );
flow.when('told').to('hear', (ctx) => ctx.state.increment('heard'));

export const completions: Workload = {
  name: 'completions',
  flow,
  ids: ['race', 'votes', 'until', 'most'],
  // Results of lists go into parts beside the head.
  parameters: { resultBytes: 2 },
  callers: (newCaller) => [
    ...(['race', 'until', 'most'] as const).map(async (id) => {
      await newCaller().start('completions', id, id);
    }),
    newCaller()
      .start('completions', 'votes', 'votes')
      .then(() => undefined),
    ...VOTERS.map(async (vote) => {
      const caller = newCaller();
      const isAsked = ({ interrupts }: ExecutionView) => interrupts.some(({ interruptId }) => interruptId === vote);
      const view = await caller.until('votes', isAsked);
      // The list may end before it asks this voter.
      if (!view || !isAsked(view)) return;
      await caller.someTime(20_000);
      caller.remember(vote, await caller.resume('votes', vote, vote, 'yes'));
    }),
  ],
  always: (id, { ends = 0, done = 0 }) => {
    if (Number(ends) > 1) return `${id} continued ${ends} times`;
    return id === 'race' && Number(done) > WANTED ? `${done} outcomes of ${id} count` : undefined;
  },
  check: ({ executions, answers, equal, expect }) => {
    for (const [id, results] of [
      ['race', WANTED],
      ['votes', WANTED],
      ['most', 3],
    ] as const) {
      const { status, state } = executions.get(id) ?? {};
      equal([status ?? '', state?.ends ?? 0, state?.results ?? 0], ['completed', 1, results], `end of ${id}`);
    }
    equal(executions.get('race')?.state.done, WANTED, 'outcomes that count');
    equal(executions.get('race')?.state.heard, WANTED, 'accepted signals');
    equal(executions.get('most')?.state.done, 2, 'items without the failed one');
    const until = executions.get('until')?.state;
    equal(until?.ends, 1, 'ends of until');
    expect(Number(until?.done) >= 1 && until?.done === until?.results, 'outcomes of until');
    const voted = [...answers].filter(([vote]) => VOTERS.includes(vote)).map(([, answer]) => answer);
    const accepted = voted.filter((answer) => answer === 'accepted' || answer === 'duplicate').length;
    expect(accepted >= WANTED && accepted <= VOTERS.length, `${accepted} votes accepted`);
    equal(executions.get('votes')?.state.done, WANTED, 'votes that count');
    expect(
      voted.every((answer) => ['accepted', 'duplicate', 'gone'].includes(answer)),
      `answers ${voted.join(', ')}`,
    );
  },
};
