/** A batch whose join feeds a match. Increments of parallel branches commute, and the join fires once. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'fan',
  input: z.number(),
  state: { count: z.number(), joined: z.number(), route: z.array(z.string()) },
  signals: { tick: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const branch = (name: string, add: number) =>
  flow.chunk(name, async (ctx: Context<number>) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.increment('count', add);
    ctx.emitNowait('tick', add);
    return ctx.input + add;
  });
const branches = [branch('one', 1), branch('ten', 10), branch('hundred', 100)] as const;

const low = flow.chunk('low', (ctx: Context<number>) => ctx.state.append('route', `low ${ctx.input}`));
const high = flow.chunk('high', (ctx: Context<number>) => ctx.state.append('route', `high ${ctx.input}`));

flow
  .to('begin', (ctx) => ctx.input)
  .batch([...branches])
  .to('sum', async (ctx) => {
    await ctx.state.increment('joined');
    return Object.values(ctx.input as Record<string, number>).reduce((a, b) => a + b, 0);
  })
  .match((m) =>
    m
      .case(
        ({ input }) => input < 115,
        (p) => p.to(low),
      )
      .caseElse((p) => p.to(high)),
  );
flow.when('tick').to('counted', (ctx) => ctx.state.increment('count', 1_000 * ctx.input));

export const fan: Workload = {
  name: 'fan',
  flow,
  ids: ['low', 'high'],
  callers: (caller) => [
    caller()
      .start('fan', 'low', 1)
      .then(() => undefined),
    caller()
      .start('fan', 'high', 5)
      .then(() => undefined),
  ],
  check: ({ executions, equal }) => {
    for (const [id, n] of [
      ['low', 1],
      ['high', 5],
    ] as const) {
      const state = executions.get(id)?.state;
      equal(state?.count, 111_111, `count of ${id}`);
      equal(state?.joined, 1, `joins of ${id}`);
      equal(state?.route, [`${id} ${111 + 3 * n}`], `route of ${id}`);
    }
  },
};
