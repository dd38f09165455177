import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit, type Testkit } from '../../../lib/testing.ts';

const QUIET = { noWarning: true } as const;
const ASK = { subject: 'ann', capability: 'pay' } as const;

interface Seen {
  readonly keys: string[];
  readonly attempts: number[];
}

/** A chunk with every operation before its first question, between two questions, and after them. */
function paying(durability?: 'exit') {
  const seen: Seen = { keys: [], attempts: [] };
  const flow = defineFlow({
    name: 'paying',
    state: { before: z.number(), between: z.number(), heard: z.array(z.string()), result: z.json() },
    signals: { now: z.string(), later: z.string() },
    stream: z.string(),
    execution: { autoCloseTimeout: null, ...(durability ? { durability } : {}) },
  });
  flow
    .to('first', () => 'go')
    .to('pay', async (ctx) => {
      seen.keys.push(ctx.idempotencyKey);
      seen.attempts.push(ctx.attempt);
      await ctx.emit('now', 'accepted');
      await ctx.stream(`attempt ${ctx.attempt}`);
      await ctx.state.increment('before');
      await ctx.flowData.increment('paid', 1, QUIET);
      ctx.emitNowait('later', 'before');
      const [note] = await ctx.interventions.get();
      if (note) await ctx.interventions.consume(note.version);
      const first = await ctx.requireApproval(ASK);
      if (first.status === 'pending') return first.pause;
      await ctx.state.increment('between');
      const second = await ctx.requireApproval(ASK);
      if (second.status === 'pending') return second.pause;
      await ctx.emit('now', 'approved');
      await ctx.state.set('result', [first.status, second.status, (await ctx.state.get('before')) ?? 0]);
      return 'paid';
    });
  flow.when('now').to('hearNow', (ctx) => ctx.state.append('heard', `now ${ctx.input}`));
  flow.when('later').to('hearLater', (ctx) => ctx.state.append('heard', `later ${ctx.input}`));
  return { app: defineApp({ flows: [flow], resources: {} }), seen };
}

const waits = async (kit: Testkit) => (await kit.client.interrupts({ limit: 10 })).items;

const streamOf = async (kit: Testkit) => (await kit.client.readStream('x', { after: 0, limit: 100 }))?.items ?? [];

async function answer(kit: Testkit, approved: boolean, id = 'x'): Promise<string> {
  const [wait, ...more] = await waits(kit);
  assert.ok(wait && more.length === 0);
  assert.equal((await kit.client.resume(id, wait.interruptId, { value: { approved } })).kind, 'accepted');
  await kit.drain();
  return wait.interruptId;
}

async function started(kit: Testkit, flow: string) {
  await kit.client.start(flow, null, { id: 'x', interventionMode: 'auto' });
  await kit.client.intervene('x', 'be quick', { requestId: 'note' });
  await kit.drain();
}

const DONE = {
  before: 1,
  between: 1,
  heard: ['now accepted', 'now approved', 'later before'],
  result: ['approved', 'denied', 1],
};

describe('a chunk that asks', () => {
  for (const durability of [undefined, 'exit'] as const) {
    it(`performs each operation once, under one key, with durability ${durability ?? 'step'}`, async () => {
      const { app, seen } = paying(durability);
      const kit = createTestkit(app);
      await started(kit, 'paying');
      const view = await kit.client.get('x');
      assert.deepEqual(
        { status: view?.status, state: view?.state },
        { status: 'waiting', state: { heard: ['now accepted'] } },
        'awaited emits are kept',
      );
      assert.deepEqual(view?.interventions?.[0]?.consumers, {});
      const first = await answer(kit, true);
      assert.deepEqual((await kit.client.get('x'))?.state, { heard: ['now accepted'] });
      assert.notEqual(await answer(kit, false), first, 'a repeated question is a new wait');
      await kit.advance(120_000);
      const after = await kit.client.get('x');
      assert.deepEqual(after?.state, DONE);
      assert.deepEqual(Object.keys(after?.interventions?.[0]?.consumers ?? {}), ['pay']);
      assert.deepEqual(
        { distinctKeys: new Set(seen.keys).size, attempts: seen.attempts },
        { distinctKeys: 1, attempts: [1, 2, 3] },
      );
      assert.equal(await kit.client.flowData('paying').get('paid'), 1);
      const items = await streamOf(kit);
      const own = items.filter(({ chunk }) => chunk === 'pay');
      assert.deepEqual(
        own.map(({ attempt, item }) => [attempt, item]),
        [1, 2, 3].map((n) => [n, `attempt ${n}`]),
        'items of attempts that asked are marked',
      );
      const system = items
        .filter(({ chunk }) => chunk !== 'pay')
        .map(({ item }) => (item as { action: string }).action);
      assert.deepEqual(
        system.filter((action) => ['pause', 'resume'].includes(action)),
        ['pause', 'resume', 'pause', 'resume'],
      );
    });
  }

  it('keeps its activation after a load and with a worker for each attempt', async () => {
    const { app, seen } = paying();
    const kit = createTestkit(app);
    await started(kit, 'paying');
    await answer(kit, true);
    const document = JSON.parse(JSON.stringify(await kit.client.save('x'))) as unknown;
    const there = createTestkit(app);
    await there.client.load(document);
    await there.drain();
    await answer(there, false);
    await there.advance(120_000);
    assert.deepEqual((await there.client.get('x'))?.state, DONE);
    assert.equal(new Set(seen.keys).size, 1);
  });

  it('keeps a denial for later attempts and a redrive', async () => {
    const said: string[] = [];
    const flow = defineFlow({ name: 'denied', state: { n: z.number() }, defaults: { retry: { maxAttempts: 2 } } });
    flow.to('ask', async (ctx) => {
      await ctx.state.increment('n');
      const approval = await ctx.requireApproval(ASK);
      if (approval.status === 'pending') return approval.pause;
      said.push(`${ctx.attempt} ${approval.status}`);
      if (said.length < 3) throw new Error('not yet');
      return null;
    });
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('denied', null, { id: 'x' });
    await kit.drain();
    await answer(kit, false);
    await kit.advance(60_000);
    assert.equal((await kit.client.get('x'))?.status, 'failed');
    await kit.client.redrive('x');
    await kit.drain();
    assert.deepEqual(said, ['2 denied', '3 denied', '1 denied'], 'the question spent no attempt');
    assert.deepEqual(
      { status: (await kit.client.get('x'))?.status, state: (await kit.client.get('x'))?.state },
      { status: 'completed', state: { n: 1 } },
    );
  });

  it('can be deferred to people by a policy that let an earlier attempt pass', async () => {
    const flow = defineFlow({ name: 'strict', signals: { now: z.null() }, state: { n: z.number() } });
    let asked = 0;
    const policy = () => {
      asked += 1;
      return { status: asked === 1 ? 'approved' : 'pending' } as const;
    };
    flow.to('ask', async (ctx) => {
      const approval = await ctx.requireApproval(ASK);
      if (approval.status === 'pending') return approval.pause;
      await ctx.emit('now', null);
      if (ctx.attempt === 1) throw new Error('again');
      return null;
    });
    flow.when('now').to('hear', (ctx) => ctx.state.increment('n'));
    const kit = createTestkit(defineApp({ flows: [flow], resources: {}, policy }));
    await kit.client.start('strict', null, { id: 'x' });
    await kit.advance(60_000);
    await answer(kit, true);
    await kit.advance(60_000);
    const view = await kit.client.get('x');
    assert.deepEqual({ status: view?.status, state: view?.state }, { status: 'completed', state: { n: 1 } });
  });

  it('asks for each item and in a sub-flow, each under its own key', async () => {
    const keys = new Map<string, Set<string>>();
    const child = defineFlow({ name: 'child', input: z.string(), state: { spent: z.number() } });
    child.to('pay', async (ctx) => {
      keys.set(ctx.input, (keys.get(ctx.input) ?? new Set()).add(ctx.idempotencyKey));
      await ctx.state.increment('spent');
      const approval = await ctx.requireApproval({ ...ASK, payload: ctx.input });
      return approval.status === 'pending' ? approval.pause : approval.status;
    });
    const flow = defineFlow({ name: 'items', state: { spent: z.json() } });
    flow
      .to('list', () => ['a', 'b'])
      .forEach((item) => item.subFlow(child))
      .to('all', (ctx) => ctx.state.set('spent', ctx.input as never));
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('items', null, { id: 'x' });
    await kit.drain();
    for (const wait of await waits(kit)) await kit.client.resume('x', wait.interruptId, { value: { approved: true } });
    await kit.drain();
    assert.deepEqual((await kit.client.get('x'))?.state, { spent: [{ spent: 1 }, { spent: 1 }] });
    assert.deepEqual(
      [...keys.values()].map(({ size }) => size),
      [1, 1],
    );
  });
});
