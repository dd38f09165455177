import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

/** Fails until it is repaired; records its inputs. */
function breaking(autoClose: boolean) {
  const world = { broken: true, keys: [] as string[], attempts: [] as number[] };
  const flow = defineFlow({
    name: 'breaking',
    state: { done: z.array(z.string()) },
    signals: { told: z.string() },
    defaults: { retry: { maxAttempts: 2 } },
    execution: { autoClose },
  });
  flow
    .to('first', async (ctx) => {
      await ctx.state.append('done', 'first');
      ctx.emitNowait('told', 'by first');
    })
    .to('second', async (ctx) => {
      world.keys.push(ctx.idempotencyKey);
      world.attempts.push(ctx.attempt);
      if (world.broken) throw new Error('broken');
      await ctx.state.append('done', 'second');
    });
  flow.when('told').to('listen', (ctx) => ctx.state.append('done', ctx.input));
  return { world, kit: createKit(defineApp({ flows: [flow], resources: {} })) };
}

describe('client.redrive', () => {
  it('continues at the failure with the same key and fresh attempts, and reopens a closed execution', async () => {
    for (const autoClose of [true, false]) {
      const { world, kit } = breaking(autoClose);
      await kit.client.start('breaking', null, { id: 'x' });
      await kit.pass(10_000);
      const failed = await kit.view('x');
      assert.deepEqual(
        { status: failed.status, lifecycle: failed.lifecycle },
        { status: 'failed', lifecycle: autoClose ? 'closed' : 'open' },
      );
      world.broken = false;
      assert.equal(await kit.client.redrive('x', { requestId: 'd', actor: 'ann' }), 'redriven');
      assert.equal(await kit.client.redrive('x', { requestId: 'd', actor: 'ann' }), 'duplicate');
      await kit.pass(10_000);
      const mended = await kit.view('x');
      assert.deepEqual(
        { status: mended.status, error: mended.error },
        { status: autoClose ? 'completed' : 'idle', error: undefined },
      );
      assert.deepEqual([...(mended.state.done as string[])].sort(), ['by first', 'first', 'second']);
      assert.deepEqual(
        mended.redrives?.map(({ at: _, ...rest }) => rest),
        [{ redriveId: 'd', actor: 'ann', error: { name: 'Error', chunk: 'second' } }],
      );
      assert.deepEqual(
        { attempts: world.attempts, distinctKeys: new Set(world.keys).size },
        { attempts: [1, 2, 1], distinctKeys: 1 },
      );
      assert.equal(await kit.client.redrive('x'), 'notFailed');
    }
  });

  it('delivers queued signals without the sweeper', async () => {
    const flow = defineFlow({
      name: 'queued',
      state: { heard: z.number() },
      signals: { told: z.number() },
      defaults: { retry: { maxAttempts: 1 } },
      execution: { autoClose: false },
    });
    let broken = true;
    flow.to('fails', (ctx) => {
      if (broken) throw new Error('broken');
      ctx.emitNowait('told', 1);
    });
    flow.to('tells', (ctx) => ctx.emitNowait('told', 2));
    flow.when('told').to('listen', (ctx) => ctx.state.increment('heard', ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('queued', null, { id: 'x' });
    await kit.drain();
    assert.equal((await kit.load('x')).head.signals.length, 1, 'a failed execution starts nothing');
    broken = false;
    await kit.client.redrive('x');
    await kit.drain();
    assert.deepEqual(
      { heard: (await kit.view('x')).state.heard, logCount: kit.logs.length },
      { heard: 3, logCount: 2 },
    );
  });

  for (const unknown of [0, 1, 2]) {
    it(`retries under a lease that outlived the failure, after ${unknown} commits of unknown outcome`, async () => {
      const flow = defineFlow({
        name: 'meanwhile',
        stream: z.string(),
        defaults: { retry: { maxAttempts: 1 } },
        execution: { autoClose: false },
      });
      const tries: number[] = [];
      flow.to('fails', async (ctx) => {
        tries.push(ctx.attempt);
        await ctx.stream(`try ${tries.length}`);
        if (tries.length === 1) throw new Error('broken');
      });
      flow.to('mends', async () => {
        while ((await kit.view('x')).status !== 'failed') await new Promise(setImmediate);
        await kit.client.redrive('x', { requestId: 'd' });
      });
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('meanwhile', null, { id: 'x' });
      let lost = 0;
      const worker = kit.worker(({ name }) => {
        if (name !== 'executions.commit' || tries.length === 0 || lost === unknown) return undefined;
        lost += 1;
        return 'after';
      });
      await kit.drain(worker);
      const { items = [] } = (await kit.client.readStream('x', { after: 0, limit: 10 })) ?? {};
      assert.deepEqual([tries, lost, (await kit.view('x')).status], [[1, 1], unknown, 'idle']);
      assert.deepEqual(
        items.map(({ item }) => item),
        ['try 1', 'try 2'],
      );
      assert.equal((await kit.load('x')).head.fence, 1, 'all attempts ran under one lease');
    });
  }

  it('refuses unknown executions and invalid ids', async () => {
    const { kit } = breaking(true);
    assert.equal(await kit.client.redrive('none'), 'unknown');
    await assert.rejects(kit.client.redrive('x', { requestId: 'a b' }), { code: 'invalid_request' });
  });

  it('is applied once after an unknown outcome', async () => {
    const { world, kit } = breaking(true);
    await kit.client.start('breaking', null, { id: 'x' });
    await kit.pass(10_000);
    world.broken = false;
    const { client } = kit.process(({ name, n }) => (name === 'executions.commit' && n === 2 ? 'after' : undefined));
    assert.equal(await kit.finish(client.redrive('x', { requestId: 'd' })), 'duplicate');
    await kit.pass(10_000);
    const view = await kit.view('x');
    assert.deepEqual(
      { status: view.status, redriveCount: view.redrives?.length, attempts: world.attempts },
      { status: 'completed', redriveCount: 1, attempts: [1, 2, 1] },
    );
  });
});
