/**
 * An endless loop fails with `hop_budget`, also after a redrive. So do a chunk that every worker loses, and a chunk that is
 * retried for ever without delay. A loop that ends within the budget completes. So does a loop with as many hops that gets
 * input from outside or waits in between.
 */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

/** Work that is lost and claimed again takes an additional hop. */
const BUDGETS = { short: 50, endless: 8, fed: 8, patient: 8, failing: 8, cut: 3 };
/** Together these signals take more hops than the budget. */
const FEEDS = 9;
const TRIES = 12;
const ROUNDS = { short: 3, endless: Infinity, fed: 0, patient: 0, failing: 0, cut: 0 };

const flow = defineFlow({
  name: 'hops',
  input: z.enum(['short', 'endless', 'fed', 'patient', 'failing', 'cut']),
  state: { rounds: z.number() },
  signals: { round: z.number(), feed: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
flow.to('begin', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  while (ctx.input === 'cut') await ctx.resources.sim.work(ctx, 60_000);
  if (ctx.input === 'patient' && ctx.attempt < TRIES) throw new Error('not yet');
  if (ctx.input === 'failing') throw new Error('never');
  if (ROUNDS[ctx.input] > 0) ctx.emitNowait('round', ROUNDS[ctx.input] === Infinity ? -1 : ROUNDS[ctx.input]);
});
flow.when('round').to('turn', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.increment('rounds');
  if (ctx.input !== 1) ctx.emitNowait('round', ctx.input - 1);
});
flow.when('feed').to('eat', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.increment('rounds');
});

export const hops: Workload = {
  name: 'hops',
  flow,
  ids: ['short', 'endless', 'fed', 'patient', 'failing', 'cut'],
  callers: (newCaller, chooser) => {
    const again = chooser.chance(0.3);
    const run = async () => {
      const caller = newCaller();
      await caller.start('hops', 'short', 'short', { hopBudget: BUDGETS.short });
    };
    const runAway = async () => {
      const caller = newCaller();
      await caller.start('hops', 'endless', 'endless', { hopBudget: BUDGETS.endless });
      if (!again) return;
      await caller.until('endless', ({ status }) => status === 'failed');
      await caller.redrive('endless', 'again');
      caller.remember('again', 'yes');
    };
    const feed = async () => {
      const caller = newCaller();
      await caller.start('hops', 'fed', 'fed', { hopBudget: BUDGETS.fed, autoCloseTimeout: null });
      for (let n = 1; n <= FEEDS; n += 1) {
        await caller.signal('fed', 'feed', n, `f${n}`);
        await caller.until('fed', ({ state }) => state.rounds === n, 1_000);
      }
      await caller.close('fed', 'reject');
    };
    const wait = async () => {
      const caller = newCaller();
      await caller.start('hops', 'patient', 'patient', { hopBudget: BUDGETS.patient });
    };
    const fail = async () => {
      const caller = newCaller();
      const retry = { maxAttempts: Number.MAX_SAFE_INTEGER, initialDelay: 0 };
      await caller.start('hops', 'failing', 'failing', { hopBudget: BUDGETS.failing, defaults: { retry } });
    };
    const cut = async () => {
      const caller = newCaller();
      await caller.start('hops', 'cut', 'cut', { hopBudget: BUDGETS.cut, autoClose: false });
      await caller.until('cut', ({ status }) => status === 'failed');
      await caller.close('cut', 'reject');
    };
    return [run(), runAway(), feed(), wait(), fail(), cut()];
  },
  check: ({ executions, answers, equal, expect }) => {
    const [short, endless, fed, failing] = ['short', 'endless', 'fed', 'failing'].map((id) => executions.get(id));
    equal(executions.get('patient')?.status, 'completed', 'what waits between its tries');
    equal([short?.status ?? '', short?.state.rounds ?? 0], ['completed', ROUNDS.short], 'a loop that ends in time');
    equal([fed?.status ?? '', fed?.state.rounds ?? 0], ['completed', FEEDS], 'what is fed from outside');
    equal(executions.get('cut')?.error?.code ?? '', 'hop_budget', 'what every worker is cut off from');
    equal([endless?.status ?? '', endless?.error?.code ?? ''], ['failed', 'hop_budget'], 'a loop without end');
    equal([failing?.status ?? '', failing?.error?.code ?? ''], ['failed', 'hop_budget'], 'a chunk that fails for ever');
    expect((endless?.redrives ?? []).length === (answers.has('again') ? 1 : 0), 'tried again once');
  },
};
