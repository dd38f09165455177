/**
 * Nested lists with concurrency limits, and a sub-flow with one. Items wait for people and are answered in any order. Then they
 * work, fail after an accepted signal, or end without an output.
 */
import { z } from 'zod';
import type { Json } from '../../../../lib/flow/json.ts';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

/** The item that fails after its signal was accepted, while another branch of it awaits a signal. */
const FAILS = 4;
/** The item whose last chunk is skipped. */
const SKIPPED = 5;

const child = defineFlow({
  name: 'capped',
  state: { done: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { concurrency: 2 },
});
for (const name of ['one', 'two', 'three', 'four']) {
  child.to(name, async (ctx) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.increment('done');
  });
}

const flow = defineFlow({
  name: 'slots',
  input: z.array(z.array(z.number())),
  state: { out: z.json(), told: z.array(z.number()), heard: z.array(z.number()), children: z.number() },
  signals: { tell: z.number(), hear: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const ask = flow.chunk('ask', { resume: z.number() }, async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  return ctx.input > 1 && !ctx.isResume ? ctx.pauseFor({ type: 'ask', resumeTo: 'self' }) : ctx.input;
});
const tells = flow.chunk('tells', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  ctx.emitNowait('tell', ctx.input);
  return ctx.input;
});
const emits = flow.chunk('emits', async (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  await ctx.emit('hear', ctx.input);
});
const last = flow.chunk('last', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  if (ctx.input === FAILS) throw new FatalError('no');
  return ctx.input * 10;
});
const skipped = flow.chunk('skipped', { onError: 'skip' }, (ctx: Context<number>) => {
  if (ctx.input === SKIPPED * 10) throw new FatalError('skipped');
  return ctx.input;
});
flow
  .to('begin', (ctx) => ctx.input)
  .forEach(
    (outer) =>
      outer.forEach(
        (item) => {
          const told = item.to(ask).to(tells);
          told.to(emits);
          return told.to(last).to(skipped);
        },
        { concurrency: 1, onItemError: 'collect' },
      ),
    { concurrency: 1 },
  )
  .to('keep', async (ctx) => ctx.state.set('out', z.json().parse(ctx.input)))
  .subFlow(child, {
    concurrency: 3,
    capture: { resources: { sim: 'resources.sim' } },
    writeBack: { state: { children: 'state.done' } },
  });
flow.when('tell').to('told', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('told', ctx.input);
});
flow.when('hear').to('heard', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('heard', ctx.input);
});

const INPUT = [
  [1, 2, 3],
  [FAILS, SKIPPED],
];

const failed = { error: { name: 'FatalError', message: 'no' } };
const missing = { error: { name: 'NoOutputError', message: '', code: 'no_output' } };

export const slots: Workload = {
  name: 'slots',
  flow,
  ids: ['s'],
  callers: (newCaller) => {
    const answer = async (requestId: string, newestFirst: boolean) => {
      const caller = newCaller();
      await caller.start('slots', 's', INPUT);
      for (let turn = 0; ; turn += 1) {
        const ids = await caller.interrupts('s');
        if (ids.length === 0) return;
        for (const id of newestFirst ? ids.toReversed() : ids)
          await caller.resume('s', id, `${requestId}${turn}`, turn);
      }
    };
    return [answer('r1', false), answer('r2', true)];
  },
  check: ({ executions, equal }) => {
    const state = executions.get('s')?.state;
    const out = JSON.stringify(state?.out).replace(/"message":"The item has no output[^"]*"/, '"message":""');
    equal(
      JSON.parse(out),
      [
        [10, 20, 30],
        [failed, missing],
      ],
      'results',
    );
    equal(state?.children ?? 0, 4, 'chunks of the sub-flow');
    equal(sorted(state?.told), [1, 2, 3, FAILS, SKIPPED], 'signals of items, also of the failed one');
    const heard = sorted(state?.heard).filter((each) => each !== FAILS);
    equal(heard, [1, 2, 3, SKIPPED], 'emits of forks');
  },
};

function sorted(list: Json | undefined): Json[] {
  return ((list ?? []) as number[]).toSorted((a, b) => a - b);
}
