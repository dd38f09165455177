/** A flow for each operator, held in its middle. */
import { z } from 'zod';
import { type ContextOf, defineFlow } from '../../../lib/index.ts';
import { journal } from './journal.ts';

const numbers = z.array(z.number());

/** Items from 3 on are held. */
export const list = defineFlow({
  name: 'up-list',
  input: numbers,
  state: { squares: numbers },
  resources: { journal },
});
list
  .forEach(
    (item) =>
      item.to('square', async (ctx) => {
        if (ctx.input >= 3) await ctx.requireResource('journal').hold(ctx, ctx.input);
        return ctx.input * ctx.input;
      }),
    { concurrency: 4 },
  )
  .to('keep', (ctx) => ctx.state.set('squares', ctx.input));

export const nested = defineFlow({
  name: 'up-nested',
  input: z.array(numbers),
  state: { rows: z.array(numbers) },
  resources: { journal },
});
nested
  .forEach((row) =>
    row.forEach((cell) =>
      cell
        .to('first', (ctx) => ctx.input + 1)
        .to('second', async (ctx) => {
          if (ctx.input % 2 === 0) await ctx.requireResource('journal').hold(ctx, ctx.input);
          return ctx.input * 10;
        }),
    ),
  )
  .to('keep', (ctx) => ctx.state.set('rows', ctx.input));

/** A batch and a match in `all` mode, side by side. */
export const batch = defineFlow({
  name: 'up-batch',
  input: z.number(),
  state: { sum: z.number(), hits: z.array(z.string()) },
  resources: { journal },
});
const plus = batch.chunk('plus', (ctx: ContextOf<typeof batch, number>) => ctx.input + 1);
const times = batch.chunk('times', async (ctx: ContextOf<typeof batch, number>) => {
  await ctx.requireResource('journal').hold(ctx, ctx.input);
  return ctx.input * 10;
});
batch.batch([plus, times]).to('keep', (ctx) => ctx.state.set('sum', ctx.input.plus + ctx.input.times));

batch
  .match(
    (m) =>
      m
        .case(
          ({ input }) => input > 1,
          (p) => p.to('small', () => 'over 1'),
        )
        .case(
          ({ input }) => input > 10,
          (p) =>
            p.to('large', async (ctx) => {
              await ctx.requireResource('journal').hold(ctx, ctx.input);
              return 'over 10';
            }),
        ),
    { mode: 'all' },
  )
  .to('keep-hits', (ctx) => ctx.state.set('hits', ctx.input as string[]));

/** A join of two outside signals, and of two signals with one correlation. */
export const join = defineFlow({
  name: 'up-join',
  signals: { left: z.number(), right: z.number() },
  state: { pairs: z.array(z.number()) },
  execution: { autoClose: false },
});
join.when(['left', 'right']).to('pair', (ctx) => ctx.state.append('pairs', ctx.input.left + ctx.input.right));

export const collect = defineFlow({
  name: 'up-collect',
  input: z.number(),
  state: { both: z.array(z.number()) },
});
const slow = collect.chunk('slow', { resume: z.number() }, (ctx: ContextOf<typeof collect, number>) =>
  ctx.pauseFor({ type: 'number', payload: { item: ctx.input } }),
);
collect
  .to('quick', (ctx) => ctx.input)
  .collect<{ quick: number; slow: number }>('both', { branch: 'quick' })
  .to('keep', (ctx) => ctx.state.set('both', [ctx.input.quick, ctx.input.slow]));
collect.to(slow).collect<{ quick: number; slow: number }>('both', { branch: 'slow' });

const child = defineFlow({
  name: 'up-child',
  input: z.number(),
  state: { given: z.number(), answer: z.number() },
});
const askChild = child.chunk('ask', { resume: z.number() }, async (ctx: ContextOf<typeof child, number>) => {
  await ctx.state.set('given', ctx.input);
  return ctx.pauseFor({ type: 'number', payload: { item: ctx.input } });
});
child.to(askChild).to('answer', (ctx) => ctx.state.set('answer', ctx.input as number));

export const parent = defineFlow({
  name: 'up-parent',
  input: z.number(),
  state: { result: z.object({ given: z.number(), answer: z.number() }) },
});
parent.subFlow(child).to('keep', (ctx) => ctx.state.set('result', ctx.input as { given: number; answer: number }));

export const children = defineFlow({
  name: 'up-children',
  input: numbers,
  state: { answers: z.array(z.object({ given: z.number(), answer: z.number() })) },
});
children
  .forEach((item) => item.subFlow(child))
  .to('keep', (ctx) => ctx.state.set('answers', ctx.input as { given: number; answer: number }[]));

const heldChild = defineFlow({
  name: 'up-held-child',
  input: z.number(),
  state: { seen: z.number() },
  resources: { journal },
});
heldChild
  .to('see', async (ctx) => {
    await ctx.state.increment('seen', ctx.input);
    return ctx.input;
  })
  .to('hold', async (ctx) => {
    await ctx.requireResource('journal').hold(ctx, ctx.input);
    await ctx.state.increment('seen', 10);
  });

/** Items that are sub-flows, held inside. */
export const held = defineFlow({
  name: 'up-held',
  input: numbers,
  state: { seen: z.array(z.object({ seen: z.number() })) },
  resources: { journal },
});
held
  .forEach((item) => item.subFlow(heldChild, { capture: { resources: { journal: 'resources.journal' } } }), {
    concurrency: 2,
  })
  .to('keep', (ctx) => ctx.state.set('seen', ctx.input as { seen: number }[]));

export const FLOWS = [list, nested, batch, join, collect, parent, children, held] as const;
