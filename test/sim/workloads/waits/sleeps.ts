/**
 * Chunks that sleep: concurrently, in an awaited emit, and until a time in the past. Signals, closes and cancels arrive around the
 * end of a sleep. Each chunk continues once and never early. In one execution another chunk fails meanwhile: its sleeping
 * chunks stay asleep until a redrive.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import type { ExecutionView } from '../../../../lib/runtime/client/types.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const SLEEP = 45_000;
/** Greatest difference of two clocks (ms). */
const APART = 1_800;

const flow = defineFlow({
  name: 'sleeps',
  input: z.number(),
  state: {
    slept: z.record(z.string(), z.number()),
    woken: z.array(z.object({ name: z.string(), at: z.number() })),
    hits: z.array(z.string()),
  },
  signals: { hit: z.string(), inner: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const nap = (name: string, ms: number) =>
  flow.chunk(name, async (ctx: Context<unknown>) => {
    await ctx.resources.sim.work(ctx, 500);
    await ctx.state.set(`slept.${name}`, ctx.resources.sim.now() + ms);
    return ms > 0 ? ctx.sleep(ms) : ctx.sleepUntil(new Date(0));
  });
const woken = (name: string) =>
  flow.chunk(`${name}Woken`, async (ctx: Context<null>) => {
    ctx.resources.sim.begin(ctx);
    await ctx.state.append('woken', { name, at: ctx.resources.sim.now() });
    return name;
  });
/** Input of the execution in which a branch fails beside sleeping chunks. */
const FAILS = 1;
const NAPS = ['long', 'past', 'bothA', 'bothB', 'inner'];

const begin = flow.to('begin', (ctx) => ctx.input);
begin.to(nap('long', SLEEP)).to(woken('long'));
begin.to('stumble', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  if (ctx.input === FAILS && !(await ctx.flowData.get('mended', { noWarning: true }))) throw new FatalError('not yet');
});
begin.to(nap('past', 0)).to(woken('past'));
begin.batch([nap('bothA', SLEEP), nap('bothB', 5_000)]).to('both', async (ctx) => {
  await ctx.state.append('woken', { name: 'bothA', at: ctx.resources.sim.now() });
  await ctx.state.append('woken', { name: 'bothB', at: ctx.resources.sim.now() });
});
begin.to('outer', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  if (ctx.input === FAILS) return ctx.emitNowait('inner', 0);
  await ctx.emit('inner', 0);
  ctx.resources.sim.continued(ctx);
  const inner = (await ctx.state.get('woken'))?.some(({ name }) => name === 'inner');
  if (!inner) throw new Error('went on before what it awaits had woken');
});
flow.when('inner').to(nap('inner', 4_000)).to(woken('inner'));
flow.when('hit').to('hear', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('hits', ctx.input);
});

function wokenIn(view: ExecutionView | undefined): readonly string[] {
  const list = (view?.state.woken ?? []) as readonly { readonly name: string }[];
  return list.map(({ name }) => name).toSorted();
}

export const sleeps: Workload = {
  name: 'sleeps',
  flow,
  ids: ['z', 'failing'],
  callers: (newCaller, chooser) => {
    const ends = chooser.pick(3);
    const hit = async () => {
      const caller = newCaller();
      await caller.start('sleeps', 'z', 0);
      await caller.someTime(SLEEP);
      caller.remember('h', await caller.signal('z', 'hit', 'h', 'h'));
    };
    const end = async () => {
      const caller = newCaller();
      await caller.start('sleeps', 'z', 0);
      const view = await caller.until('z', ({ state }) => 'long' in Object(state.slept));
      const due = Number(Object(view?.state.slept).long);
      await caller.waitUntil(due - 1_500 + chooser.between(0, 3_000));
      if (ends === 0) await caller.cancel('z');
      else await caller.close('z', 'reject');
    };
    const mend = async () => {
      const caller = newCaller();
      await caller.start('sleeps', 'failing', FAILS, { autoClose: chooser.chance(0.5) });
      await caller.until('failing', ({ status }) => status === 'failed');
      await caller.wait(chooser.between(0, SLEEP + 20_000));
      await caller.share('sleeps', 'mended', 'mend');
      await caller.redrive('failing', 'again');
      await caller.close('failing', 'reject');
    };
    return [hit(), mend(), ...(ends < 2 ? [end()] : [])];
  },
  always: (_, { slept = {}, woken: seen = [] }) => {
    const list = seen as readonly { readonly name: string; readonly at: number }[];
    if (new Set(list.map(({ name }) => name)).size < list.length) return `woke twice: ${JSON.stringify(list)}`;
    const early = list.find(({ name, at }) => at < Number(Object(slept)[name]) - APART);
    return early && `${early.name} woke at ${early.at}, its time is ${Object(slept)[early.name]}`;
  },
  check: ({ executions, answers, expect, equal }) => {
    const { status, state } = executions.get('z') ?? {};
    const mended = executions.get('failing');
    equal(mended?.status, 'completed', 'status of the one that had failed');
    equal(wokenIn(mended), NAPS.toSorted(), 'chunks that woke in the failed execution');
    if (status === 'cancelled') return;
    equal(status, 'completed', 'status');
    equal(wokenIn(executions.get('z')), NAPS.toSorted(), 'who woke');
    const heard = ((state?.hits ?? []) as readonly string[]).length;
    expect(
      heard === (answers.get('h') === 'ignored' ? 0 : 1),
      `the signal is ${answers.get('h')}, heard ${heard} times`,
    );
  },
};
