/** State writes that fail at settle, because another chunk replaced a part of their path by a scalar. The attempt has no effects. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { Sim, Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'refusals',
  input: z.number(),
  state: { doc: z.unknown(), mark: z.number(), tries: z.array(z.number()) },
  signals: { tick: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: { retry: { maxAttempts: 1_000, initialDelay: 0 } },
});
type Context<In> = ContextOf<typeof flow, In>;

const pather = flow.chunk('pather', { retry: { maxAttempts: 4 } }, async (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.increment('mark', ctx.input);
  await ctx.state.set('doc.x', 1);
  ctx.emitNowait('tick', 1);
  await ctx.resources.sim.work(ctx);
});
const scalar = flow.chunk('scalar', { retry: { maxAttempts: 1_000 } }, async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.set('doc', 'text');
});
/** Fails twice. Each retry is claimed in the commit that settles the failure. */
const hasty = flow.chunk(
  'hasty',
  { retry: { maxAttempts: 1_000, initialDelay: 0, jitter: 0 } },
  async (ctx: Context<number>) => {
    ctx.resources.sim.begin(ctx);
    await ctx.state.append('tries', ctx.attempt);
    if (ctx.attempt < 3) throw new Error('not yet');
  },
);
flow.to('begin', (ctx) => ctx.input).batch([pather, scalar, hasty]);
flow.when('tick').to('ticked', (ctx) => ctx.state.increment('mark', 100 * ctx.input));

export const refusals: Workload = {
  name: 'refusals',
  flow,
  ids: ['x'],
  callers: (caller) => [
    caller()
      .start('refusals', 'x', 1)
      .then(() => undefined),
  ],
  always: (_, { doc, mark, tries }) => {
    if (tries !== undefined && (tries as readonly number[]).length !== 1) return 'state of a failed attempt';
    if (mark !== undefined && doc === undefined) return 'half of an attempt';
    return undefined;
  },
  check: ({ executions, expect, equal }) => {
    const view = executions.get('x');
    const { mark } = view?.state ?? {};
    if (view?.status === 'completed') return equal(mark, 101, 'mark');
    expect(view?.error?.chunk === 'pather', `ended as ${JSON.stringify(view?.error)}`);
    expect(mark === undefined, `a refused attempt left its mark ${String(mark)}`);
  },
};
