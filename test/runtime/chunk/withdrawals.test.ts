import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

function asking() {
  const flow = defineFlow({ name: 'asking', signals: { stop: z.string() }, state: { answered: z.json() } });
  flow
    .to('ask', (ctx) => ctx.pauseFor({ type: 'vote', id: 'vote' }))
    .to('answered', (ctx) => ctx.state.set('answered', 1));
  flow.when('stop').to('stop', async (ctx) => {
    if (ctx.input === 'cancel') return ctx.cancel('enough');
    await ctx.withdraw(ctx.input === 'type' ? { type: 'vote' } : ctx.input);
  });
  return createKit(defineApp({ flows: [flow], resources: {} }));
}

describe('withdraw', () => {
  for (const named of ['vote', 'type']) {
    it(`ends a wait that a chunk names by ${named === 'type' ? 'its type' : 'its id'}`, async () => {
      const kit = asking();
      await kit.client.start('asking', null, { id: 'x' });
      await kit.drain();
      await kit.client.signal('x', 'stop', named);
      await kit.drain();
      const { status, state } = await kit.view('x');
      assert.deepEqual([status, state], ['completed', {}]);
      const late = await kit.client.resume('x', 'vote', { value: 1 });
      assert.ok(late.kind === 'gone' && late.entry.outcome === 'withdrawn');
    });
  }

  it('ends a wait for the host, once, and records the caller', async () => {
    const kit = asking();
    await kit.client.start('asking', null, { id: 'x' });
    await kit.drain();
    assert.equal(await kit.client.withdraw('x', 'vote', { actor: 'ann' }), 'withdrawn');
    assert.equal(await kit.client.withdraw('x', 'vote'), 'already');
    assert.equal(await kit.client.withdraw('x', 'other'), 'unknown');
    const found = await kit.client.lookup('x', 'vote');
    assert.ok(found?.kind === 'resolved' && found.entry.actor === 'ann');
    await kit.drain();
    assert.equal((await kit.view('x')).status, 'completed');
  });

  it('comes too late after an answer', async () => {
    const kit = asking();
    await kit.client.start('asking', null, { id: 'x' });
    await kit.drain();
    await kit.client.resume('x', 'vote', { value: 1 });
    assert.equal(await kit.client.withdraw('x', 'vote'), 'gone');
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state, { answered: 1 });
  });

  it('refuses what names no wait', async () => {
    const kit = asking();
    await kit.client.start('asking', null, { id: 'x' });
    await kit.drain();
    await kit.client.signal('x', 'stop', 'not an id');
    await kit.drain();
    assert.equal((await kit.view('x')).error?.code, 'invalid_value');
  });
});

describe('cancel in a chunk', () => {
  it('ends the execution with its settle', async () => {
    const kit = asking();
    await kit.client.start('asking', null, { id: 'x' });
    await kit.drain();
    await kit.client.signal('x', 'stop', 'cancel');
    await kit.drain();
    const { status, cancelReason } = await kit.view('x');
    assert.deepEqual([status, cancelReason], ['cancelled', 'enough']);
    assert.equal((await kit.client.resume('x', 'vote', { value: 1 })).kind, 'gone');
  });
});

describe('now', () => {
  it('is the time of the clock of the worker', async () => {
    const seen: number[] = [];
    const flow = defineFlow({ name: 'clock' });
    flow.to('look', (ctx) => void seen.push(ctx.now()));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('clock', null, { id: 'x' });
    const at = kit.clock.now();
    await kit.drain();
    assert.deepEqual(seen, [at]);
  });
});
