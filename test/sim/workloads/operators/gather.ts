/**
 * Collections that reset after a firing or keep the latest values, one of them in each item of a list; an `or`; a signal that
 * reaches a chunk in two ways; an `and` over a signal and a state write. A firing has one value of each source. A collection
 * that resets uses no value twice. A repeated settle causes no second firing.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const ROUNDS = 4;
/** A value that is stored outside the head. */
const LONG = 'z'.repeat(60);
const list = z.array(z.string());

const flow = defineFlow({
  name: 'gather',
  input: z.number(),
  state: { rounds: list, latest: list, ors: list, mixed: list, mark: z.number(), heard: z.number(), items: list },
  signals: { left: z.number(), right: z.number(), x: z.number(), y: z.number(), z: z.string(), never: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const step = (name: string) =>
  flow.chunk(name, async (ctx: Context<number>) => {
    await ctx.resources.sim.work(ctx);
    return ctx.input;
  });
const round = flow.chunk('round', async (ctx: Context<{ left: number; right: number }>) => {
  await ctx.resources.sim.work(ctx);
  const { left, right } = ctx.input;
  await ctx.state.append('rounds', `${left}+${right}`);
  await ctx.state.set('mark', left, { emit: 'nowait' });
  if (left === ROUNDS) return;
  ctx.emitNowait('left', left + 1);
  ctx.emitNowait('right', right + 1);
});

flow.to('begin', (ctx) => {
  ctx.emitNowait('left', 1);
  ctx.emitNowait('right', 1);
  for (const n of [1, 2, 3]) {
    ctx.emitNowait('x', n);
    ctx.emitNowait('y', n);
  }
  ctx.emitNowait('z', LONG);
});
flow.when('left').to(step('left')).collect<{ left: number; right: number }>('pair', { branch: 'left', mode: 'reset' });
flow
  .when('right')
  .to(step('right'))
  .collect<{ left: number; right: number }>('pair', { branch: 'right', mode: 'reset' })
  .to(round);
flow.when('x').to(step('x')).collect('latest', { branch: 'x' });
flow
  .when('y')
  .to(step('y'))
  .collect<{ x: number; y: number }>('latest', { branch: 'y' })
  .to('latest', (ctx) => ctx.state.append('latest', `${ctx.input.x}+${ctx.input.y}`));
flow
  .when(['x', 'y'], { mode: 'or' })
  .to('either', (ctx) => ctx.state.append('ors', `${ctx.input.name}${ctx.input.value}`));
flow
  .when(['left', { state: 'mark' }])
  .to('mixed', (ctx) => ctx.state.append('mixed', `${ctx.input.left}+${ctx.input.mark}`));

const hear = flow.chunk('hear', (ctx: Context<unknown>) => ctx.state.increment('heard'));
flow.when('z').to(hear);
flow.when(['z', 'never'], { mode: 'or' }).to(hear);
const part = (name: string) =>
  flow.chunk(name, async (ctx: Context<string>) => {
    await ctx.resources.sim.work(ctx);
    return ctx.input;
  });
flow
  .when('z')
  .to('parts', (ctx) => [1, 2].map((n) => `${n} ${ctx.input}`))
  .forEach((each) => {
    each.to(part('odd')).collect('parts', { branch: 'odd' });
    return each
      .to(part('even'))
      .collect<{ odd: string; even: string }>('parts', { branch: 'even' })
      .to('whole', (ctx) => ctx.state.append('items', `${ctx.input.odd.slice(0, 1)}+${ctx.input.even.slice(0, 1)}`));
  });

export const gather: Workload = {
  name: 'gather',
  flow,
  ids: ['g'],
  callers: (caller) => [
    caller()
      .start('gather', 'g', 0)
      .then(() => undefined),
  ],
  always: (_, { rounds, latest }) => {
    const wrong = listOf(rounds).some((each, i) => each !== `${i + 1}+${i + 1}`);
    if (wrong) return `rounds ${listOf(rounds).join()}`;
    const sets = listOf(latest);
    return new Set(sets).size === sets.length ? undefined : `a set twice: ${sets.join()}`;
  },
  check: ({ executions, equal, expect }) => {
    const state = executions.get('g')?.state ?? {};
    equal(listOf(state.rounds).length, ROUNDS, 'rounds');
    equal(state.heard, 2, 'paths of a signal to a chunk');
    equal([...listOf(state.items)].sort(), ['1+1', '2+2'], 'collections of items');
    equal([...listOf(state.ors)].sort(), ['x1', 'x2', 'x3', 'y1', 'y2', 'y3'], 'either');
    equal([...listOf(state.mixed)].sort(), ['2+1', '3+2', '4+3'], 'signal and state');
    const sets = listOf(state.latest).length;
    expect(sets >= 3 && sets <= 5, `${sets} latest sets of six values`);
  },
};
