/** The test kit's crashes, redelivery, order and second processes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ContextOf, defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit, type TestkitOptions } from '../../../lib/testing.ts';

const HOUR = 3_600_000;

function paying() {
  const paid: string[] = [];
  const flow = defineFlow({ name: 'paying' });
  const pay = flow.chunk('pay', (ctx: ContextOf<typeof flow, unknown>) => {
    paid.push(ctx.idempotencyKey);
    return paid.length;
  });
  flow
    .to('begin', () => null)
    .to(pay)
    .to('end', (ctx) => ctx.state.set('receipt', ctx.input));
  return { flow, pay, paid, app: defineApp({ flows: [flow] }) };
}

function telling(count: number) {
  const heard: unknown[] = [];
  const flow = defineFlow({ name: 'telling' });
  flow.to('tell', (ctx) => {
    for (let n = 0; n < count; n += 1) ctx.emitNowait('told', n);
  });
  flow.when('told').to('hear', async (ctx) => {
    heard.push(ctx.input);
    await ctx.state.increment('heard');
  });
  return { app: defineApp({ flows: [flow] }), heard };
}

describe('a crash of the test kit', () => {
  it('before the commit of a chunk runs it again, with the same key', async () => {
    const { app, pay, paid } = paying();
    const kit = createTestkit(app);
    await kit.client.start('paying', null, { id: 'x' });
    const crash = kit.crash({ beforeCommitOf: pay });
    assert.equal(crash.happened, false);
    await kit.drain();
    assert.deepEqual({ happened: crash.happened, runs: paid.length }, { happened: true, runs: 1 });
    assert.equal((await kit.view('x')).status, 'running');
    await kit.advance(HOUR);
    assert.deepEqual((await kit.view('x')).result, { receipt: 2 });
    assert.deepEqual({ runs: paid.length, keys: new Set(paid).size }, { runs: 2, keys: 1 });
  });

  it('after the commit of a chunk does not run it again', async () => {
    const { app, paid } = paying();
    const kit = createTestkit(app);
    await kit.client.start('paying', null, { id: 'x' });
    const crash = kit.crash({ afterCommitOf: 'pay' });
    await kit.drain();
    assert.deepEqual(
      { happened: crash.happened, status: (await kit.view('x')).status },
      { happened: true, status: 'running' },
    );
    await kit.advance(HOUR);
    assert.deepEqual((await kit.view('x')).result, { receipt: 1 });
    assert.equal(paid.length, 1);
    assert.equal(kit.queue.size(), 0);
  });

  it('at a chunk of a sub-flow, and at one that no flow has', async () => {
    const { flow: child, paid } = paying();
    const flow = defineFlow({ name: 'outer' });
    flow.subFlow(child);
    const kit = createTestkit(defineApp({ flows: [flow] }));
    assert.throws(() => kit.crash({ beforeCommitOf: 'nope' }), /No flow of the app has a chunk "nope"/);
    await kit.client.start('outer', null, { id: 'x' });
    const crash = kit.crash({ beforeCommitOf: 'pay' });
    await kit.advance(HOUR);
    assert.deepEqual({ ...crash, runs: paid.length }, { happened: true, runs: 2 });
    assert.equal((await kit.view('x')).status, 'completed');
  });

  it('can be repeated, each time in the process of that time', async () => {
    const { app, paid } = paying();
    const kit = createTestkit(app);
    await kit.client.start('paying', null, { id: 'x' });
    const workers = new Set([kit.worker]);
    for (let n = 1; n <= 2; n += 1) {
      const crash = kit.crash({ beforeCommitOf: 'pay' });
      await kit.advance(n === 1 ? 0 : HOUR);
      await kit.drain();
      assert.equal(crash.happened, true, `crash ${n}`);
      workers.add(kit.worker);
    }
    assert.equal(workers.size, 3);
    assert.ok(paid.length >= 2);
  });
});

describe('the messages of the test kit', () => {
  const orderOf = async (options: TestkitOptions) => {
    const order: string[] = [];
    const flow = defineFlow({ name: 'noting' });
    flow.to('note', (ctx) => void order.push(ctx.execution.id));
    const kit = createTestkit(defineApp({ flows: [flow] }), options);
    for (let n = 0; n < 12; n += 1) await kit.client.start('noting', null, { id: `x${n}` });
    await kit.drain();
    assert.equal(new Set(order).size, 12);
    return order;
  };

  it('come in the order of sending, or shuffled by the seed', async () => {
    const inOrder = Array.from({ length: 12 }, (_, n) => `x${n}`);
    assert.deepEqual(await orderOf({ seed: 5 }), inOrder);
    const first = await orderOf({ shuffle: true, seed: 5 });
    assert.notDeepEqual(first, inOrder);
    assert.deepEqual(await orderOf({ shuffle: true, seed: 5 }), first);
    assert.notDeepEqual(await orderOf({ shuffle: true, seed: 6 }), first);
  });

  it('come twice and cause their work once', async () => {
    const { app, heard } = telling(3);
    const kit = createTestkit(app, { redeliver: true });
    let handled = 0;
    const { handle } = kit.worker;
    Object.assign(kit.worker, {
      handle: (...given: Parameters<typeof handle>) => {
        handled += 1;
        return handle(...given);
      },
    });
    await kit.client.start('telling', null, { id: 'x' });
    await kit.advance(HOUR);
    assert.deepEqual({ heard: heard.length, status: (await kit.view('x')).status }, { heard: 3, status: 'completed' });
    assert.equal(kit.queue.size(), 0);
    assert.ok(handled >= 8, `${handled} deliveries: the start and three signals, each twice`);
  });

  it('come twice without multiplying in a long run', async () => {
    const flow = defineFlow({ name: 'slow' });
    flow.to('slow', () => kit.clock.sleep(250_000));
    const kit = createTestkit(defineApp({ flows: [flow] }), { redeliver: true });
    await kit.client.start('slow', null, { id: 'x' });
    await kit.advance(240_000);
    assert.ok(kit.queue.size() <= 30, `${kit.queue.size()} messages`);
    await kit.advance(HOUR);
    assert.equal((await kit.view('x')).status, 'completed');
  });
});

describe('faults of port calls', () => {
  it('meet the client and the worker of their process only', async () => {
    const { app, paid } = paying();
    const kit = createTestkit(app);
    const seen = new Set<string>();
    const faulty = createTestkit(app, {
      over: kit,
      faults: ({ name, n }) => {
        seen.add(name);
        return name === 'executions.commit' && n < 6 ? 'after' : undefined;
      },
    });
    await faulty.client.start('paying', null, { id: 'x' });
    await faulty.drain();
    assert.deepEqual((await kit.view('x')).result, { receipt: 1 });
    assert.equal(paid.length, 1);
    assert.ok(seen.has('executions.create') && seen.has('executions.commit'), [...seen].join());
    assert.equal((await kit.client.start('paying', null, { id: 'y' })).kind, 'started');
    await assert.rejects(kit.view('z'), { code: 'unknown_execution' });
  });
});
