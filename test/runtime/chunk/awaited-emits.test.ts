import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { bytesOf } from '../../../lib/engine/values/pack.ts';
import { defineApp, defineFlow, RetryableError } from '../../../lib/index.ts';
import { DEFAULTS } from '../../../lib/runtime/app/parameters.ts';
import { createWorker } from '../../../lib/runtime/worker/worker.ts';
import { BUDGET, createKit, gate, Tally, wake } from '../kit.ts';

const log = z.array(z.string());

describe('a chunk whose awaited emit only waits for a timer', () => {
  /** The answer comes in the second attempt, a minute after the first. */
  function asking() {
    const runs = new Tally();
    const flow = defineFlow({ name: 'asking', state: { log }, signals: { ask: z.number() } });
    flow.to('asker', async (ctx) => {
      runs.add(`asker, attempt ${ctx.attempt}`);
      await ctx.state.append('log', 'before');
      try {
        await ctx.emit('ask', 1);
      } catch {
        runs.add('compensated');
      }
      await ctx.state.append('log', 'behind');
    });
    flow.when('ask').to('answer', async (ctx) => {
      if (runs.add('answer') === 1) throw new RetryableError('not yet', { retryAfter: 60_000 });
      await ctx.state.append('log', 'answered');
    });
    return { runs, flow };
  }

  it('is returned after five seconds and continues when the cascade is complete', async () => {
    const { flow, runs } = asking();
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('asking', null, { id: 'x' });
    const began = kit.clock.now();
    await kit.drain();
    const held = kit.clock.now() - began;
    assert.ok(held >= 5_000 && held < 6_000, `held for ${held} ms`);
    const { head } = await kit.load('x');
    const [asker] = head.activations.filter(({ awaiting }) => awaiting);
    assert.deepEqual(head.leases, []);
    assert.deepEqual(
      { fence: asker?.fence, attempt: asker?.attempt },
      { fence: undefined, attempt: 1 },
      'ready again, no attempt spent',
    );
    await kit.pass(120_000);
    const view = await kit.view('x');
    assert.deepEqual(view.state.log, ['before', 'answered', 'behind'], 'accepted operations are not repeated');
    assert.equal(view.status, 'completed');
    assert.deepEqual(
      {
        runsOfAskerAttempt1: runs.of('asker, attempt 1'),
        runsOfAnswer: runs.of('answer'),
        runsOfCompensated: runs.of('compensated'),
      },
      { runsOfAskerAttempt1: 2, runsOfAnswer: 2, runsOfCompensated: 0 },
      'the first run does not treat it as a failure',
    );
  });

  it('is returned without counting an attempt when the head has room only for its wait', async () => {
    const { flow, runs } = asking();
    flow.when('ask').to('wide', (ctx) => ctx.pauseFor({ type: 'x', payload: 'x'.repeat(3_000) }));
    const app = defineApp({ flows: [flow], resources: {} });
    const roomy = { ...DEFAULTS, inlineBytes: 10_000 };
    const kit = createKit(app, { parameters: roomy });
    await kit.client.start('asking', null, { id: 'x' });
    let commits = 0;
    kit.takeFirst(({ name }) => {
      if (name === 'executions.commit') commits += 1;
      return name === 'executions.commit' && commits === 3 ? 'dieAfter' : undefined;
    });
    await kit.clock.advance(30_000);
    const size = bytesOf((await kit.load('x')).head);
    const full = createWorker(app, kit.ports, { ...roomy, headBytes: 1_000, headBytesAtMost: size + 500 });
    await kit.pass(20_000, full);
    const { head } = await kit.load('x');
    const [asker] = head.activations.filter(({ ops }) => ops);
    assert.deepEqual(
      { awaitingCount: asker?.awaiting?.length, attempt: asker?.attempt },
      { awaitingCount: 1, attempt: 2 },
      'the attempt of the dead worker, and one that waits',
    );
    await kit.pass(120_000);
    assert.deepEqual(
      { status: (await kit.view('x')).status, runsOfCompensated: runs.of('compensated') },
      { status: 'waiting', runsOfCompensated: 0 },
    );
    assert.deepEqual((await kit.view('x')).state.log, ['before', 'answered', 'behind']);
  });

  it('is not returned while other work runs beside it', async () => {
    const { flow, runs } = asking();
    const slow = gate();
    flow.to('beside', () => slow.opened);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('asking', null, { id: 'x' });
    const handled = kit.worker().handle([wake('x')], kit.clock.now() + BUDGET);
    await kit.clock.advance(30_000);
    assert.equal((await kit.load('x')).head.leases.length, 1);
    slow.open();
    await kit.clock.advance(4_000);
    assert.equal((await kit.load('x')).head.leases.length, 1, 'the time starts when no other work runs');
    await kit.finish(handled);
    assert.deepEqual((await kit.load('x')).head.leases, []);
    await kit.pass(120_000);
    assert.deepEqual(
      { status: (await kit.view('x')).status, runsOfCompensated: runs.of('compensated') },
      { status: 'completed', runsOfCompensated: 0 },
    );
  });
});
