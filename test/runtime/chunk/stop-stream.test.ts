import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

describe('the end of a stream', () => {
  it('is final once a reader of a closed execution has seen it', async () => {
    const flow = defineFlow({ name: 'talking' });
    flow.to('talk', (ctx) => ctx.stream('one'));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('talking', null, { id: 'x' });
    await kit.drain();
    const { inc } = (await kit.load('x')).head;
    const late = { id: 'late', chunk: 'talk', attempt: 1, item: 'late' };
    const read = (after: number, limit: number) => kit.client.readStream('x', { after, limit });
    assert.equal((await read(0, 1))?.ended, true);
    assert.equal(await kit.ports.streams.append({ executionId: 'x', inc }, [late]), 'ended');
    assert.deepEqual(await read(1, 1), { items: [], cursor: 1, ended: true });
  });
});

describe('stopStream', () => {
  it('ends the stream for readers; later items are ignored with one warning', async () => {
    const flow = defineFlow({ name: 'stopped' });
    flow
      .to('talk', async (ctx) => {
        await ctx.stream('one');
        ctx.stopStream().catch(() => undefined);
        await ctx.stream('two');
      })
      .to('more', (ctx) => ctx.stream('three'));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('stopped', null, { id: 'x', autoClose: false });
    const before = await kit.client.readStream('x', { after: 0, limit: 10 });
    assert.deepEqual(before, { items: [], cursor: 0, ended: false });
    await kit.drain();
    const item = { seq: 1, chunk: 'talk', attempt: 1, item: 'one' };
    const page = await kit.client.readStream('x', { after: 0, limit: 10 });
    assert.deepEqual(page, { items: [item], cursor: 1, ended: true });
    const { status, error, lifecycle } = await kit.view('x');
    assert.deepEqual({ status, error, lifecycle }, { status: 'idle', error: undefined, lifecycle: 'open' });
    assert.equal(kit.logs.filter((line) => line.includes('ignored')).length, 1);
  });
});
