/** Matches whose predicates fail at first, read state or take time: nested, with literals, and without an else. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'routes',
  input: z.object({ kind: z.string(), n: z.number() }),
  state: { limit: z.number(), route: z.array(z.string()) },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type In = { kind: string; n: number };
type Context = ContextOf<typeof flow, In>;

const step = (name: string) =>
  flow.chunk(name, async (ctx: Context) => {
    ctx.resources.sim.begin(ctx);
    await ctx.state.append('route', `${name} ${ctx.input.n}`);
    return ctx.input;
  });
const big = step('big');
const small = step('small');
const other = step('other');
const last = step('last');

flow
  .to('begin', async (ctx) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.set('limit', 10);
    return ctx.input;
  })
  .match((m) =>
    m
      .case(
        async ({ input, resources }) => {
          if (resources.sim.chance(0.4)) throw new Error('the predicate does not feel well');
          return input.kind === 'sized';
        },
        (p) =>
          p.match((inner) =>
            inner
              .case(
                async ({ input, state }) => input.n > ((await state.get('limit')) ?? 0),
                (q) => q.to(big),
              )
              .case({ kind: 'sized', n: 3 }, (q) => q.to(small)),
          ),
      )
      .case({ kind: 'exact', n: 1 }, (p) => p.to(other)),
  )
  .to(last);

const CASES: Readonly<Record<string, readonly [In, readonly string[]]>> = {
  big: [{ kind: 'sized', n: 30 }, ['big 30', 'last 30']],
  small: [{ kind: 'sized', n: 3 }, ['small 3', 'last 3']],
  neither: [{ kind: 'sized', n: 5 }, ['last 5']],
  exact: [{ kind: 'exact', n: 1 }, ['other 1', 'last 1']],
};

export const routes: Workload = {
  name: 'routes',
  flow,
  ids: Object.keys(CASES),
  callers: (caller) =>
    Object.entries(CASES).map(async ([id, [input]]) => {
      await caller().start('routes', id, input);
    }),
  check: ({ executions, equal }) => {
    for (const [id, [, route]] of Object.entries(CASES))
      equal(executions.get(id)?.state.route, route, `route of ${id}`);
  },
};
