/**
 * The app of the random kills: the example, and a flow with chain, batch, match, pause, signals and retries. Every side effect
 * goes to a sink outside the killed process.
 */
import { z } from 'zod';
import { createLogNotifier, refundApproval } from '../../functions/flows/01-refund-approval.ts';
import { type ContextOf, defineApp, defineFlow, RetryableError, resource } from '../../lib/index.ts';

/** One side effect, as the sink receives it. */
export interface Effect {
  readonly executionId: string;
  readonly chunk: string;
  readonly idempotencyKey: string;
  readonly value: unknown;
}

interface Sink {
  record(effect: Effect): Promise<void>;
}

const order = z.object({ order: z.string(), weight: z.number().int(), note: z.string() });
const answer = z.object({ ship: z.boolean() });

const mix = defineFlow({
  name: 'crash-mix',
  input: order,
  state: { done: z.number(), log: z.array(z.string()), path: z.string(), answer },
  signals: { packed: z.number() },
  resources: { sink: resource<Sink>() },
  defaults: { retry: { maxAttempts: 20, initialDelay: 100, factor: 1 } },
  // A full history keeps values as long as its records. Here workers drop them.
  execution: { history: 'times' },
});

type Context<In> = ContextOf<typeof mix, In>;
type Order = z.infer<typeof order>;

/** A side effect and two state writes that count the commits of the activation. */
async function act(ctx: Context<unknown>, value: unknown): Promise<void> {
  const { chunk, idempotencyKey } = ctx;
  await ctx.requireResource('sink').record({ executionId: ctx.execution.id, chunk, idempotencyKey, value });
  await ctx.state.increment('done');
  await ctx.state.append('log', chunk);
}

const receive = mix.chunk('receive', async (ctx: Context<Order>) => {
  await act(ctx, ctx.input.weight);
  return ctx.input;
});
const weigh = mix.chunk('weigh', async (ctx: Context<Order>) => {
  await act(ctx, ctx.input.weight * 2);
  return ctx.input;
});
const stock = mix.chunk('stock', async (ctx: Context<Order>) => {
  await act(ctx, 'stock');
  return { ...ctx.input, shelf: `${ctx.input.note} on shelf 7` };
});
const price = mix.chunk('price', async (ctx: Context<Order>) => {
  await act(ctx, 'price');
  return ctx.input.weight * 3;
});
const carrier = mix.chunk('carrier', async (ctx: Context<Order>) => {
  await act(ctx, 'carrier');
  if (ctx.attempt === 1) throw new RetryableError('The carrier is busy at first.', { retryAfter: 200 });
  return 'post';
});
interface Checked {
  readonly stock: Order;
  readonly price: number;
  readonly carrier: string;
}
const light = mix.chunk('light', async (ctx: Context<Checked>) => {
  await act(ctx, ctx.input.price);
  await ctx.state.set('path', 'light');
  return ctx.input.stock.order;
});
const heavy = mix.chunk('heavy', async (ctx: Context<Checked>) => {
  await act(ctx, ctx.input.price);
  await ctx.state.set('path', 'heavy');
  return ctx.input.stock.order;
});
const ask = mix.chunk('ask', { resume: answer }, async (ctx: Context<string>) => {
  await act(ctx, ctx.input);
  return ctx.pauseFor({ type: 'shipping', payload: { order: ctx.input } });
});
const pack = mix.chunk('pack', async (ctx: Context<z.infer<typeof answer>>) => {
  await act(ctx, ctx.input.ship);
  await ctx.state.set('answer', ctx.input);
  for (const box of [1, 2]) ctx.emitNowait('packed', box);
});
const send = mix.chunk('send', async (ctx: Context<number>) => {
  await act(ctx, ctx.input);
  return ctx.input;
});
const bill = mix.chunk('bill', async (ctx: Context<number>) => {
  await act(ctx, ctx.input);
});

mix
  .to(receive)
  .to(weigh)
  .batch([stock, price, carrier])
  .match((m) =>
    m
      .case(
        ({ input }) => input.price < 100,
        (p) => p.to(light),
      )
      .caseElse((p) => p.to(heavy)),
  )
  .to(ask)
  .to(pack);
mix.when('packed').to(send).to(bill);

/** Asks the process of the sink. */
function createHttpSink(): Sink {
  const url = process.env.SINK_URL ?? '';
  return {
    async record(effect) {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(effect) });
      if (!response.ok) throw new Error(`The sink answered ${response.status}.`);
    },
  };
}

export default defineApp({
  flows: [refundApproval, mix],
  resources: { notifier: createLogNotifier, sink: createHttpSink },
});
