/** Timeouts of attempts, error handlers (also in place of a branch), and branches that end with their handler. */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import type { StartOptions } from '../../../../lib/runtime/client/types.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const UNHANDLED = 0;

const flow = defineFlow({
  name: 'limits',
  input: z.number(),
  state: { handled: z.array(z.string()), slow: z.number(), after: z.number(), never: z.number(), both: z.json() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const handler = flow.chunk(
  'handler',
  async (ctx: Context<{ error: { code?: string; message: string }; input: number }>) => {
    await ctx.resources.sim.work(ctx);
    const { error, input } = ctx.input;
    await ctx.state.append('handled', `${error.code ?? error.message} ${input}`);
  },
);
const often = { maxAttempts: 1_000, factor: 1 };
const slow = flow.chunk('slow', { timeout: 2_000, retry: often }, async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx, 4_000);
  await ctx.state.increment('slow');
});
const stuck = flow.chunk(
  'stuck',
  { timeout: 3_000, retry: { maxAttempts: 2 }, onError: handler },
  async (ctx: Context<number>) => {
    ctx.resources.sim.begin(ctx);
    await ctx.state.increment('never');
    await ctx.resources.sim.workUntil(ctx, 900_000, ctx.abort);
    await ctx.resources.sim.work(ctx, 60_000);
    throw new Error('too late');
  },
);
const broken = flow.chunk('broken', { retry: { maxAttempts: 3 }, onError: handler }, async (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.increment('never');
  throw new FatalError('broken');
});
const skipped = flow.chunk('skipped', { onError: 'skip' }, async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  throw new FatalError('not needed');
});
const standIn = flow.chunk('standIn', async (ctx: Context<{ error: { message: string }; input: number }>) => {
  await ctx.resources.sim.work(ctx);
  return `${ctx.input.error.message} ${ctx.input.input}`;
});
const torn = flow.chunk('torn', { onError: standIn }, async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  throw new FatalError('torn');
});
const whole = flow.chunk('whole', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  return ctx.input;
});
/** Handles failures of all chunks without a handler, except its own. */
const last = flow.chunk('last', async (ctx: Context<unknown>) => {
  await ctx.resources.sim.work(ctx);
  throw new FatalError('nor can this');
});
const fragile = flow.chunk('fragile', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  if (ctx.input === UNHANDLED) throw new FatalError('fragile');
});
const begin = flow.to('begin', (ctx) => ctx.input);
for (const chunk of [slow, stuck, broken, fragile]) begin.to(chunk);
begin.batch([torn, whole]).to('both', (ctx) => ctx.state.set('both', z.json().parse(ctx.input)));
begin.to(skipped).to('never', (ctx) => ctx.state.increment('never'));
flow.when(handler).to('after', (ctx) => ctx.state.increment('after'));
flow.when('unheard').to(last);

export const limits: Workload = {
  name: 'limits',
  flow,
  ids: ['l', 'u'],
  callers: (newCaller) => {
    const start = async (id: string, input: number, options?: StartOptions) => {
      await newCaller().start('limits', id, input, options);
    };
    return [start('l', 7), start('u', UNHANDLED, { defaults: { onError: { handler: 'last' } } })];
  },
  always: (_, { never, slow: done }) => {
    if (never !== undefined) return 'state of an attempt that failed, or of a branch that ended';
    return done === undefined || done === 1 ? undefined : `slow settled ${String(done)} times`;
  },
  check: ({ executions, equal, expect }) => {
    const view = executions.get('l');
    const handled = (view?.state.handled ?? []) as readonly string[];
    equal(view?.status, 'completed', `ended as ${JSON.stringify(view?.error)}`);
    expect(handled.length === 2 && handled.every((each) => each.endsWith(' 7')), `handled ${handled.join()}`);
    equal(view?.state.after, 2, 'steps after the handler');
    equal(view?.state.slow, 1, 'slow');
    equal(view?.state.both, { torn: 'torn 7', whole: 7 }, 'output of a branch handler');
    const tolerated = (view?.tolerated ?? []).map(({ chunk, how }) => `${chunk} ${how}`);
    equal(
      tolerated.toSorted(),
      ['broken handled', 'skipped skipped', 'stuck handled', 'torn handled'],
      'failures it went on from',
    );
    const { status, error } = executions.get('u') ?? {};
    equal([status ?? '', error?.chunk ?? ''], ['failed', 'last'], 'a handler that fails');
  },
};
