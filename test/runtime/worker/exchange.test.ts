import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryExchange, type MemoryExchange } from '../../../lib/exchange.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import type { ExchangeProvider, Withdrawal } from '../../../lib/ports/exchange.ts';
import { createTestkit } from '../../../lib/testing.ts';
import { createKit } from '../kit.ts';

function waiting(channel?: string) {
  const flow = defineFlow({ name: 'waiting', defaults: { retry: { maxAttempts: 1 } } });
  flow.to('ask', (ctx) => ctx.pauseFor({ type: 'ask', payload: { n: 1 }, ...(channel ? { channel } : {}) }));
  return flow;
}

const appOf = (exchange: Readonly<Record<string, () => MemoryExchange>>, channel?: string) =>
  defineApp({ flows: [waiting(channel)], resources: {}, exchange });

describe('announcements', () => {
  it('are made once the wait is committed, by its channel or the default, with the callback URL', async () => {
    for (const channel of [undefined, 'ops']) {
      const exchanges = { default: createMemoryExchange(), ops: createMemoryExchange() };
      const app = appOf({ default: () => exchanges.default, ops: () => exchanges.ops }, channel);
      const kit = createTestkit(app, { link: async ({ interruptId }) => `https://cb/${interruptId}` });
      await kit.client.start('waiting', null, { id: 'x' });
      await kit.drain();
      const [told, ...more] = exchanges[channel === undefined ? 'default' : 'ops'].announcements;
      assert.deepEqual(more, []);
      assert.ok(told);
      const [wait] = (await kit.client.interrupts({ limit: 10 })).items;
      const { resumeTo: _, ...shown } = wait ?? assert.fail('no wait is pending');
      assert.deepEqual(told, { id: told.id, ...shown, callbackUrl: `https://cb/${shown.interruptId}` });
      assert.equal(exchanges[channel === undefined ? 'ops' : 'default'].announcements.length, 0);
      assert.deepEqual((await kit.ports.executions.load('x'))?.head.outbox, []);
    }
  });

  it('are repeated under one id until acknowledged', async () => {
    const exchange = createMemoryExchange();
    exchange.refuse(3);
    const kit = createKit(appOf({ default: () => exchange }));
    await kit.client.start('waiting', null, { id: 'x' });
    await kit.drain();
    assert.equal(exchange.announcements.length, 1);
    await kit.pass(10 * 60_000);
    assert.equal(exchange.announcements.length, 4);
    assert.equal(new Set(exchange.announcements.map(({ id }) => id)).size, 1);
    assert.deepEqual((await kit.load('x')).head.outbox, []);
  });

  it('are repeated when the worker dies before clearing them, or a provider cannot be created', async () => {
    const exchange = createMemoryExchange();
    let broken = true;
    const make = () => {
      if (broken) throw new Error('no such address');
      return exchange;
    };
    const kit = createKit(appOf({ default: make }));
    await kit.client.start('waiting', null, { id: 'x' });
    await kit.drain();
    assert.equal(exchange.announcements.length, 0);
    broken = false;
    let commits = 0;
    const worker = kit.worker(({ name }) => {
      if (name !== 'executions.commit') return undefined;
      commits += 1;
      return exchange.announcements.length > 0 ? 'dieBefore' : undefined;
    });
    const work = worker.handle([{ executionId: 'x', kind: 'wake' }], kit.clock.now() + 300_000);
    work.catch(() => undefined);
    for (let turns = 0; turns < 100 && exchange.announcements.length === 0; turns += 1) await kit.clock.advance(1);
    assert.deepEqual(
      { announcements: exchange.announcements.length, commits: commits > 0 },
      { announcements: 1, commits: true },
    );
    await kit.pass(5 * 60_000);
    assert.equal(exchange.announcements.length, 2);
  });

  it('are not made for a wait that has ended', async () => {
    const exchange = createMemoryExchange();
    exchange.refuse(1);
    const kit = createKit(appOf({ default: () => exchange }));
    await kit.client.start('waiting', null, { id: 'x' });
    await kit.drain();
    const [wait] = (await kit.view('x')).interrupts;
    await kit.client.resume('x', wait?.interruptId ?? '', { value: null });
    await kit.pass(10 * 60_000);
    assert.equal(exchange.announcements.length, 1);
    assert.deepEqual(
      { status: (await kit.view('x')).status, outbox: (await kit.load('x')).head.outbox },
      { status: 'completed', outbox: [] },
    );
  });

  it('cost nothing without a provider', async () => {
    const kit = createKit(defineApp({ flows: [waiting()], resources: {} }));
    await kit.client.start('waiting', null, { id: 'x' });
    await kit.drain();
    const { rev, head } = await kit.load('x');
    assert.deepEqual(
      { rev, outbox: head.outbox },
      { rev: 4, outbox: [] },
      'start, claim, pause, and the clearing of its stream item',
    );
  });

  it('fail a pause whose channel has no provider', async () => {
    const kit = createKit(appOf({ default: createMemoryExchange }, 'nowhere'));
    await kit.client.start('waiting', null, { id: 'x' });
    await kit.drain();
    const { status, error } = await kit.view('x');
    assert.deepEqual({ status, code: error?.code }, { status: 'failed', code: 'invalid_pause' });
  });
});

describe('a withdrawn wait', () => {
  it('is told to its provider, again until acknowledged', async () => {
    const told: Withdrawal[] = [];
    let refusals = 1;
    const provider: ExchangeProvider = {
      announce: async () => undefined,
      async withdrawn(withdrawal) {
        told.push(withdrawal);
        refusals -= 1;
        if (refusals >= 0) throw new Error('down');
      },
    };
    const kit = createKit(defineApp({ flows: [waiting()], resources: {}, exchange: { default: () => provider } }));
    await kit.client.start('waiting', null, { id: 'x' });
    await kit.drain();
    const [wait] = (await kit.view('x')).interrupts;
    await kit.client.withdraw('x', wait?.interruptId ?? '');
    await kit.pass(10 * 60_000);
    assert.deepEqual(
      told.map(({ id: _, withdrawnAt: __, ...each }) => each),
      Array.from({ length: 2 }, () => ({
        executionId: 'x',
        interruptId: wait?.interruptId,
        flow: 'waiting',
        type: 'ask',
      })),
    );
    assert.equal(new Set(told.map(({ id }) => id)).size, 1);
    assert.deepEqual((await kit.load('x')).head.outbox, []);
  });
});
