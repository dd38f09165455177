import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createLocalHost } from '../../../lib/host.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';

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
    assert.equal(await client.signal('x', 'more', '2', { id: 's' }), 'accepted');
    assert.equal(await client.signal('x', 'more', '2', { id: 's' }), 'duplicate');
    assert.equal(await client.state('x').append('notes', 'a note', { id: 'w' }), 'accepted');
    await kit.drain();
    const { flow: name, state } = (await kit.client.get('x')) ?? {};
    assert.deepEqual({ name, state }, { name: 'adding', state: { total: 42, notes: ['a note'] } });
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
