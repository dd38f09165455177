/** The deployed app of the scenarios: the example, a loop, a schedule, a list, and chunks that kill their process. */
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { createLogNotifier, refundApproval } from '../../functions/flows/01-refund-approval.ts';
import { type ContextOf, defineApp, defineFlow, FatalError } from '../../lib/index.ts';
import { shipment } from '../scenarios/find-app.ts';
import { talk } from '../scenarios/talk-app.ts';

/** One turn per message: each signal passes the queue before its listener runs. */
export const turns = defineFlow({
  name: 'turns',
  input: z.int().positive(),
  state: { count: z.number() },
  signals: { turn: z.int() },
});
turns.to('begin', (ctx) => ctx.emitNowait('turn', ctx.input));
turns.when('turn').to('turn', async (ctx) => {
  await ctx.state.increment('count');
  if (ctx.input > 1) ctx.emitNowait('turn', ctx.input - 1);
});

export const tick = defineFlow({
  name: 'tick',
  input: z.object({ from: z.string() }),
  state: { from: z.string() },
  schedules: [{ id: 'minute', rate: '1 minute', input: { from: 'schedule' } }],
});
tick.to('note', (ctx) => ctx.state.set('from', ctx.input.from));

/** Streams the start of each attempt. The first attempt kills its process, once per `mark`. */
export const fragile = defineFlow({
  name: 'fragile',
  input: z.object({ mark: z.string() }),
  state: { done: z.boolean() },
  stream: z.object({ at: z.number() }),
});
fragile.to('run', async (ctx: ContextOf<typeof fragile, { mark: string }>) => {
  await ctx.stream({ at: Date.now() });
  if (await isFirst(ctx.input.mark)) process.kill(process.pid, 'SIGKILL');
  await ctx.state.set('done', true);
});

/** Of 100 items, 10 fail once and 3 for good. The item in the middle kills its process, once per `mark`. */
export const wide = defineFlow({
  name: 'wide',
  input: z.object({ items: z.int().positive(), mark: z.string() }),
  state: { succeeded: z.number(), failed: z.number(), sum: z.number() },
  defaults: { retry: { initialDelay: 200 } },
});
const items = wide.chunk('items', ({ input }: ContextOf<typeof wide, { items: number; mark: string }>) =>
  Array.from({ length: input.items }, (_, n) => ({ n, ...(2 * n === input.items ? { mark: input.mark } : {}) })),
);
const work = wide.chunk('work', async ({ input, attempt }: ContextOf<typeof wide, { n: number; mark?: string }>) => {
  const { n, mark } = input;
  if (mark !== undefined && (await isFirst(mark))) process.kill(process.pid, 'SIGKILL');
  if (n % 100 >= 97) throw new FatalError('never');
  if (n % 100 < 10 && attempt === 1) throw new Error('not yet');
  return n;
});
const total = wide.chunk('total', async ({ input, state }: ContextOf<typeof wide, readonly unknown[]>) => {
  const numbers = input.filter((each) => typeof each === 'number');
  await state.set('succeeded', numbers.length);
  await state.set('failed', input.length - numbers.length);
  await state.set(
    'sum',
    numbers.reduce((sum, n) => sum + n, 0),
  );
});
wide
  .to(items)
  .forEach((item) => item.to(work), { completion: { toleratedFailurePercentage: 3 } })
  .to(total);

/** For functions that share a disk, as on emulators. */
async function isFirst(mark: string): Promise<boolean> {
  return writeFile(mark, '', { flag: 'wx' }).then(
    () => true,
    () => false,
  );
}

export default defineApp({
  flows: [refundApproval, talk, turns, tick, fragile, wide, shipment],
  resources: { notifier: createLogNotifier },
});
