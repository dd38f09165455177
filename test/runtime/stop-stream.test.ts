import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { createKit } from './kit.ts';

describe('stopStream', () => {
  it('ends the stream for its readers; later items are ignored with one warning', async () => {
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
    assert.deepEqual([status, error, lifecycle], ['idle', undefined, 'open']);
    assert.equal(kit.logs.filter((line) => line.includes('ignored')).length, 1);
  });
});
