import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

function counting(until: number) {
  const flow = defineFlow({ name: 'counting' });
  flow.to('begin', (ctx) => ctx.emitNowait('turn', 1));
  flow.when('turn').to('count', async (ctx) => {
    const n = Number(ctx.input);
    await ctx.state.set('n', n);
    if (n < until) ctx.emitNowait('turn', n + 1);
  });
  return flow;
}

describe('a loop of queue hops', () => {
  it('may repeat within its budget', async () => {
    const kit = createKit(defineApp({ flows: [counting(500)], resources: {} }));
    await kit.client.start('counting', null, { id: 'x' });
    await kit.drain();
    const { status, result } = await kit.view('x');
    assert.deepEqual({ status, result }, { status: 'completed', result: { n: 500 } });
  });

  it('fails once its budget is spent, keeps its state and can be redriven', async () => {
    const kit = createKit(defineApp({ flows: [counting(60)], resources: {} }));
    await kit.client.start('counting', null, { id: 'x', hopBudget: 50, autoClose: false });
    await kit.drain();
    const failed = await kit.view('x');
    assert.deepEqual(
      { status: failed.status, code: failed.error?.code, chunk: failed.error?.chunk },
      { status: 'failed', code: 'hop_budget', chunk: 'count' },
    );
    const reached = Number(failed.state.n);
    assert.ok(reached > 10 && reached < 50, `${reached} turns`);
    for (let tries = 0; tries < 10 && (await kit.view('x')).status === 'failed'; tries += 1) {
      assert.equal(await kit.client.redrive('x'), 'redriven');
      await kit.drain();
    }
    assert.equal((await kit.view('x')).state.n, 60);
  });

  it('requires a budget of at least one hop', async () => {
    const kit = createKit(defineApp({ flows: [counting(1)], resources: {} }));
    await assert.rejects(kit.client.start('counting', null, { hopBudget: 0 }), { code: 'invalid_request' });
  });
});

describe('a chunk that always fails', () => {
  it('ends with hop_budget when its retries have no delay, and can be redriven', async () => {
    let broken = true;
    const flow = defineFlow({ name: 'broken' });
    const options = { retry: { maxAttempts: Number.MAX_SAFE_INTEGER, initialDelay: 0 } };
    flow.to(
      flow.chunk('a', options, () => {
        if (broken) throw new Error('never');
        return 1;
      }),
    );
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('broken', null, { id: 'x', hopBudget: 30, autoClose: false });
    await kit.drain();
    const { status, error } = await kit.view('x');
    assert.deepEqual(
      { status, code: error?.code, chunk: error?.chunk },
      { status: 'failed', code: 'hop_budget', chunk: 'a' },
    );
    broken = false;
    assert.equal(await kit.client.redrive('x'), 'redriven');
    await kit.drain();
    assert.equal((await kit.view('x')).status, 'idle');
  });
});
