/**
 * An error handler does not handle failures of the steps after it. A handler can restart the failed work by a signal. If that
 * never ends, the execution fails with `hop_budget`.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, type Failed, FatalError, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

/** Work that is lost and claimed again takes an additional hop. */
const BUDGETS = { undone: 50, undoing: 6 };
/** More than the smaller budget. */
const TURNS = 8;
/** Input of a payment whose report fails too. */
const OVER = -1;

const flow = defineFlow({
  name: 'undoing',
  input: z.number(),
  signals: { pay: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const undo = flow.chunk('undo', async (ctx: Context<Failed<number>>) => {
  ctx.resources.sim.begin(ctx);
  const { input: turn } = ctx.input;
  if (turn !== OVER && turn < TURNS) await ctx.emit('pay', turn + 1);
  return turn;
});
const pay = flow.chunk('pay', { onError: undo }, (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  throw new FatalError('declined');
});
const report = flow.chunk('report', { onError: undo }, (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  if (ctx.input === OVER) throw new FatalError('rolled back');
});
flow.to(pay);
flow.when('pay').to(pay);
flow.when(undo).to(report);

export const undoing: Workload = {
  name: 'undoing',
  flow,
  ids: Object.keys(BUDGETS),
  callers: (newCaller) => {
    const start = async (id: keyof typeof BUDGETS, turn: number) => {
      await newCaller().start('undoing', id, turn, { hopBudget: BUDGETS[id] });
    };
    return [start('undone', OVER), start('undoing', 1)];
  },
  check: ({ executions, equal }) => {
    const [undone, endless] = ['undone', 'undoing'].map((id) => executions.get(id)?.error);
    equal([undone?.chunk ?? '', undone?.code ?? ''], ['report', ''], 'what is written behind a handler');
    equal(endless?.code ?? '', 'hop_budget', 'a loop through a handler');
  },
};
