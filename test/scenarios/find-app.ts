/** An app with one flow that has what goes wrong in practice: a retry, a question, a sub-flow, and a list of which some items fail. */
import { z } from 'zod';
import { type ContextOf, defineApp, defineFlow } from '../../lib/index.ts';

export const PARCELS = 50;
/** Their label is printed after a redrive: a file outlives the attempt that failed. */
const JAMMED: ReadonlySet<number> = new Set([7, 21, 42]);

const labels = defineFlow({
  name: 'labels',
  input: z.object({ parcels: z.int() }),
  state: { numbers: z.array(z.int()) },
});
labels.to('count', (ctx) =>
  ctx.state.set(
    'numbers',
    Array.from({ length: ctx.input.parcels }, (_, i) => i),
  ),
);

export const shipment = defineFlow({
  name: 'shipment',
  input: z.object({ customer: z.string(), parcels: z.int() }),
  state: { shipped: z.int() },
  attributes: { customer: z.string() },
});

type Input = { readonly customer: string; readonly parcels: number };

const reserve = shipment.chunk(
  'reserve',
  { retry: { maxAttempts: 3, initialDelay: 200 } },
  async (ctx: ContextOf<typeof shipment, Input>) => {
    if (ctx.attempt === 1) throw new Error('the warehouse is busy');
    await ctx.attributes.set('customer', ctx.input.customer);
    await ctx.attributes.set('title', `Shipment for ${ctx.input.customer}`);
    return ctx.input;
  },
);
const release = shipment.chunk(
  'release',
  { resume: z.object({ parcels: z.int() }) },
  (ctx: ContextOf<typeof shipment, Input, { parcels: number }>) => ctx.pauseFor({ type: 'release' }),
);
const print = shipment.chunk(
  'print',
  { retry: { maxAttempts: 1 } },
  async (ctx: ContextOf<typeof shipment, number>) => {
    const file = `jammed-${ctx.input}`;
    if (JAMMED.has(ctx.input) && (await ctx.workspace.list(file)).length === 0) {
      await ctx.workspace.put(file, 'once');
      throw new Error('the printer is jammed');
    }
    return ctx.input;
  },
);

shipment
  .to(reserve)
  .to(release)
  .subFlow(labels)
  .to('numbers', (ctx) => z.object({ numbers: z.array(z.int()) }).parse(ctx.input).numbers)
  .forEach((parcel) => parcel.to(print), { completion: { toleratedFailureCount: JAMMED.size - 1 } })
  .to('ship', (ctx) => ctx.state.set('shipped', (ctx.input as readonly unknown[]).length));

export default defineApp({ flows: [shipment] });
