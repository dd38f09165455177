/** Side branches that fail, a match in `all` mode, taps and conditions: the main path keeps its value and completes. */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'beside',
  input: z.number(),
  state: { out: z.json(), aside: z.number(), route: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const aside = flow.chunk('aside', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx, 500);
  if (ctx.input > 10) throw new FatalError('beside');
  await ctx.state.increment('aside');
});
const times = (name: string, by: number) =>
  flow.chunk(name, async (ctx: Context<number>) => {
    await ctx.resources.sim.work(ctx);
    return ctx.input * by;
  });
const [ten, hundred, thousand] = [times('ten', 10), times('hundred', 100), times('thousand', 1_000)];
const route = (name: string) =>
  flow.chunk(name, async (ctx: Context<unknown>) => {
    ctx.resources.sim.begin(ctx);
    await ctx.state.set('route', name);
    return ctx.input;
  });

flow
  .to('begin', (ctx) => ctx.input)
  .sideBranch(aside)
  .match(
    (m) =>
      m
        .case(
          ({ input }) => input > 0,
          (p) => p.to(ten),
        )
        .case(
          async ({ input, resources }) => {
            if (resources.sim.chance(0.3)) throw new Error('the predicate does not feel well');
            return input % 2 === 0;
          },
          (p) => p.batch([hundred]).to('unwrap', (ctx) => ctx.input.hundred),
        )
        .case(
          ({ input }) => input > 10,
          (p) => p.to(thousand),
        ),
    { mode: 'all' },
  )
  .tap(({ resources }) => resources.sim.effect('tap'))
  .if(
    ({ input }) => Array.isArray(input) && input.length > 2,
    (p) => p.to(route('many')),
  )
  .else((p) => p.to(route('few')))
  .to('end', async (ctx) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.set('out', z.json().parse(ctx.input));
  });

const CASES = [
  ['few', 3, [30]],
  ['some', 4, [40, 400]],
  ['many', 12, [120, 1_200, 12_000]],
] as const;

export const beside: Workload = {
  name: 'beside',
  flow,
  ids: CASES.map(([id]) => id),
  callers: (caller) =>
    CASES.map(async ([id, input]) => {
      await caller().start('beside', id, input);
    }),
  check: ({ executions, effects, equal, expect }) => {
    for (const [id, input, out] of CASES) {
      const view = executions.get(id);
      equal(view?.state.out, [...out], `results of ${id}`);
      equal(view?.state.route, input > 10 ? 'many' : 'few', `route of ${id}`);
      equal(view?.status, input > 10 ? 'failed' : 'completed', `status of ${id}`);
      equal(view?.state.aside ?? 0, input > 10 ? 0 : 1, `side branch of ${id}`);
      if (input > 10) equal(view?.error?.chunk, 'aside', 'what failed');
    }
    expect((effects.get('tap') ?? 0) >= CASES.length, 'the tap looked at each');
  },
};
