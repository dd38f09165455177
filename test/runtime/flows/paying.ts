/** A flow whose chunks wait for `paid` and emit it, with helpers for its tests. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import { type AnyFlow, type ContextOf, defineApp, defineFlow, type Json } from '../../../lib/index.ts';
import { createKit, type Kit } from '../kit.ts';

export const EXPIRY = 60_000;

/** A flow with chunks that wait for `paid`, and chunks that emit it once their gate is answered. */
export function paying(name = 'paying') {
  const flow = defineFlow({
    name,
    state: { heard: z.array(z.string()), inner: z.array(z.string()), late: z.number() },
    defaults: { retry: { maxAttempts: 1 } },
    execution: { autoCloseTimeout: null },
  });
  type Context = ContextOf<typeof flow, unknown>;
  /** The payload of the wait is the name of the chunk with its input. */
  const wait = (chunk: string) =>
    flow.chunk(chunk, (ctx: Context) =>
      ctx.pauseFor({
        type: 'payment',
        payload: `${chunk} ${ctx.input}`,
        resumeTo: { event: 'paid' },
        expiresIn: EXPIRY,
        onExpiry: { event: 'overdue' },
      }),
    );
  const gate = (chunk: string) =>
    flow.chunk(chunk, (ctx: Context) => ctx.pauseFor({ type: 'gate', payload: `${chunk} ${ctx.input}` }));
  const queued = flow.chunk('queued', (ctx: Context) => void ctx.emitNowait('paid', ctx.input as Json));
  const awaited = flow.chunk('awaited', (ctx: Context) => ctx.emit('paid', ctx.input as Json));
  flow.when('paid').to('hear', (ctx) => ctx.state.append('heard', String(ctx.input)));
  flow.when('overdue').to('remind', (ctx) => ctx.state.increment('late'));
  return { flow, wait, gate, queued, awaited };
}

export async function begin(flow: AnyFlow, input: Json = null): Promise<Kit> {
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start(flow.name, input, { id: 'x' });
  await kit.drain();
  return kit;
}

/** The payloads of the remaining waits for `paid`. */
export async function waitsOf(kit: Kit, id = 'x'): Promise<readonly Json[]> {
  const { interrupts } = await kit.view(id);
  return interrupts.flatMap(({ type, payload }) => (type === 'payment' ? [payload] : [])).sort();
}

export async function answer(kit: Kit, payload: string, value: Json = payload, id = 'x'): Promise<void> {
  const wait = (await kit.view(id)).interrupts.find((each) => each.payload === payload);
  assert.ok(wait, `no wait ${payload}`);
  assert.equal((await kit.client.resume(id, wait.interruptId, { value })).kind, 'accepted');
  await kit.drain();
}

export async function signal(kit: Kit, name: string, value: string, correlation?: string, id = 'x'): Promise<void> {
  const options = { requestId: `${name}-${value}-${id}`, ...(correlation === undefined ? {} : { correlation }) };
  assert.equal(await kit.client.signal(id, name, value, options), 'accepted');
  await kit.drain();
}
