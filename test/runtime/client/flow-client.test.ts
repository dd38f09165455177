import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createLocalHost } from '../../../lib/host.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';

function asking() {
  const flow = defineFlow({ name: 'asking', state: { price: z.number(), ok: z.boolean() } });
  const price = flow.chunk('price', { resume: z.coerce.number<string>() }, (ctx) =>
    ctx.pauseFor({ type: 'price', id: 'price' }),
  );
  const child = defineFlow({ name: 'child', input: z.unknown() });
  const ok = child.chunk('ok', { resume: z.boolean() }, (ctx) => ctx.pauseFor({ type: 'ok', id: 'ok' }));
  child.to(ok).end();
  flow.to(price).to('keep', (ctx) => ctx.state.set('price', ctx.input));
  flow.subFlow(child, { writeBack: { state: { ok: 'result' } } });
  return { flow, price, ok };
}

function adding() {
  const flow = defineFlow({
    name: 'adding',
    input: z.object({ from: z.coerce.number<string>() }),
    state: { total: z.number(), notes: z.array(z.string()) },
    signals: { more: z.coerce.number<string>() },
  });
  flow.to('begin', (ctx) => ctx.state.set('total', ctx.input.from));
  flow.when('more').to('add', (ctx) => ctx.state.increment('total', ctx.input));
  return flow;
}

describe('a client of one flow', () => {
  it('creates, starts, signals and writes as the client does', async () => {
    const flow = adding();
    const kit = createTestkit(defineApp({ flows: [flow] }));
    const client = kit.client.flow(flow);
    const options = { id: 'x', autoClose: false };
    assert.deepEqual(await client.create(options), { kind: 'created', executionId: 'x' });
    assert.equal((await client.start({ from: '40' }, options)).kind, 'started');
    assert.equal((await client.start({ from: '40' }, options)).kind, 'existing');
    await kit.drain();
    assert.equal(await client.signal('x', 'more', '2', { requestId: 's' }), 'accepted');
    assert.equal(await client.signal('x', 'more', '2', { requestId: 's' }), 'duplicate');
    assert.equal(await client.state('x').append('notes', 'a note', { requestId: 'w' }), 'accepted');
    await kit.drain();
    const { flow: name, state } = (await kit.client.get('x')) ?? {};
    assert.deepEqual({ name, state }, { name: 'adding', state: { total: 42, notes: ['a note'] } });
  });

  it('answers the waits of a chunk, also of one in a sub-flow, and of no other', async () => {
    const { flow, price, ok } = asking();
    const kit = createTestkit(defineApp({ flows: [flow] }));
    const client = kit.client.flow(flow);
    await client.start(null, { id: 'x' });
    await kit.drain();
    const refused = { code: 'invalid_request', message: /"ok" was asked by chunk "ok", not by "price"/ };
    await assert.rejects(client.resume('x', 'ok', { chunk: price, value: '12' }), refused);
    await assert.rejects(client.resume('x', 'ok', { chunk: 'price', value: true }), refused);
    await assert.rejects(client.resume('x', 'price', { chunk: ok, value: true }), { code: 'invalid_request' });
    assert.equal((await kit.client.get('x'))?.interrupts.length, 2);
    assert.equal((await client.resume('x', 'ok', { chunk: ok, value: true })).kind, 'accepted');
    assert.equal((await kit.client.resume('x', 'price', { chunk: price, value: '12' })).kind, 'accepted');
    assert.equal((await client.resume('x', 'ok', { chunk: ok, value: true })).kind, 'duplicate');
    await kit.drain();
    assert.deepEqual((await kit.client.get('x'))?.result, { price: 12, ok: true });
  });

  it('answers a wait of a chunk on a handle', async () => {
    const { flow, price, ok } = asking();
    const host = createLocalHost(defineApp({ flows: [flow] }));
    const execution = await host.flow(flow).startExecution(null);
    await execution.quiet();
    await assert.rejects(execution.resume('price', { chunk: ok, value: true }), { code: 'invalid_request' });
    await execution.resume('ok', { chunk: ok, value: true });
    await execution.resume('price', { chunk: price, value: '12' });
    assert.deepEqual(await execution.untilClosed(), { price: 12, ok: true });
    await host.stop();
  });

  it('serves the client of a host', async () => {
    const flow = adding();
    const host = createLocalHost(defineApp({ flows: [flow] }));
    const started = await host.client.flow(flow).start({ from: '1' });
    const execution = await host.execution(started.executionId);
    assert.deepEqual(await execution?.untilClosed(), { total: 1 });
    assert.deepEqual(await host.flow(flow).start({ from: '2' }), { total: 2 });
    await host.stop();
  });
});
