import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { attributesEver } from '../../../lib/engine/values/attributes.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { forgetAttributes } from '../../../lib/runtime/shared/attribute-entries.ts';
import { createKit } from '../kit.ts';

const flow = defineFlow({
  name: 'orders',
  attributes: { customer: z.string().toUpperCase(), cents: z.number() },
  execution: { autoClose: false },
});
flow.when('pay').to('pay', (ctx) => ctx.attributes.set('cents', ctx.input as number));
const lose = flow.chunk('fail', { retry: { maxAttempts: 1 } }, async (ctx) => {
  await ctx.attributes.set('customer', 'lost');
  throw new Error('no');
});
flow.when('fail').to(lose);
flow.when('any').to('any', async (ctx) => {
  for (const [name, value] of Object.entries(ctx.input as object)) await ctx.attributes.set(name, value);
});

function kitOf() {
  return createKit(defineApp({ flows: [flow], resources: {} }));
}

type Kit = ReturnType<typeof kitOf>;

async function found(kit: Kit, attributes: Readonly<Record<string, string | number>>): Promise<string[]> {
  const { items } = await kit.client.list({ limit: 100, attributes });
  return items.map(({ executionId }) => executionId);
}

describe('attributes', () => {
  it('of a start are in the view and find the execution, as the contract converts them', async () => {
    const kit = kitOf();
    await kit.client.flow(flow).start(null, { id: 'x', attributes: { customer: 'acme', region: 'eu' } });
    await kit.client.start('orders', null, { id: 'y', attributes: { customer: 'other' } });
    assert.deepEqual(await found(kit, { customer: 'ACME' }), []);
    await kit.drain();
    assert.deepEqual((await kit.view('x')).attributes, { customer: 'ACME', region: 'eu' });
    assert.deepEqual(await found(kit, { customer: 'ACME' }), ['x']);
    assert.deepEqual(await found(kit, { region: 'eu', customer: 'ACME' }), ['x']);
    assert.deepEqual(await found(kit, { region: 'eu', customer: 'OTHER' }), []);
    assert.deepEqual((await kit.load('x')).head.outbox, []);
  });

  it('of a created execution are listed before it starts', async () => {
    const kit = kitOf();
    await kit.client.create('orders', { id: 'x', attributes: { region: 'eu' } });
    await kit.drain();
    assert.deepEqual(await found(kit, { region: 'eu' }), ['x']);
  });

  it('that a chunk sets replace the older value in the index', async () => {
    const kit = kitOf();
    await kit.client.start('orders', null, { id: 'x', attributes: { cents: 1 } });
    for (const cents of [2, 3]) {
      await kit.client.signal('x', 'pay', cents);
      await kit.drain();
    }
    assert.deepEqual((await kit.view('x')).attributes, { cents: 3 });
    for (const [cents, ids] of [
      [1, []],
      [2, []],
      [3, ['x']],
      ['3', ['x']],
    ] as const)
      assert.deepEqual(await found(kit, { cents }), ids);
    const entries = { flow: 'orders', name: 'cents', limit: 9 };
    assert.deepEqual(await kit.ports.attributes.find({ ...entries, value: 2 }), []);
  });

  it('that two workers set at once are listed as the head says', async () => {
    const kit = kitOf();
    await kit.client.start('orders', null, { id: 'x', attributes: { cents: 1 } });
    await kit.drain();
    await kit.client.signal('x', 'pay', 2);
    let raced = 0;
    const slow = kit.worker(async ({ name }) => {
      if (name !== 'attributes.write' || raced > 0) return;
      raced += 1;
      await kit.client.signal('x', 'pay', 1);
      await kit.drain();
    });
    await kit.drain(slow);
    assert.equal(raced, 1);
    assert.deepEqual((await kit.view('x')).attributes, { cents: 1 });
    assert.deepEqual(await found(kit, { cents: 1 }), ['x']);
    const entries = { flow: 'orders', name: 'cents', limit: 9 };
    assert.deepEqual(await kit.ports.attributes.find({ ...entries, value: 2 }), []);
  });

  it('that others set again before each late write of a worker are listed as the head says', async () => {
    const kit = kitOf();
    await kit.client.start('orders', null, { id: 'x', attributes: { cents: 1 } });
    await kit.drain();
    await kit.client.signal('x', 'pay', 2);
    const set = [3, 2];
    const slow = kit.worker(async ({ name }) => {
      const cents = name === 'attributes.write' ? set.shift() : undefined;
      if (cents === undefined) return;
      await kit.client.signal('x', 'pay', cents);
      await kit.drain();
    });
    await kit.drain(slow);
    assert.deepEqual(set, []);
    assert.deepEqual((await kit.view('x')).attributes, { cents: 2 });
    assert.deepEqual(await found(kit, { cents: 2 }), ['x']);
    const entries = { flow: 'orders', name: 'cents', limit: 9 };
    assert.deepEqual(await kit.ports.attributes.find({ ...entries, value: 3 }), []);
  });

  it('are listed although a late write of a worker is its last one', async () => {
    const kit = kitOf();
    await kit.client.start('orders', null, { id: 'x', attributes: { cents: 1 } });
    await kit.drain();
    await kit.client.signal('x', 'pay', 2);
    let writes = 0;
    const slow = kit.worker(async ({ name }) => {
      if (name !== 'attributes.write') return;
      writes += 1;
      if (writes === 2) throw new Error('lost');
      await kit.client.signal('x', 'pay', 1);
      await kit.drain();
    });
    await kit.drain(slow);
    assert.equal(writes, 2);
    assert.deepEqual(await found(kit, { cents: 1 }), ['x']);
    assert.deepEqual(await found(kit, { cents: 2 }), []);
  });

  it('of a failed attempt are not kept', async () => {
    const kit = kitOf();
    await kit.client.start('orders', null, { id: 'x' });
    await kit.client.signal('x', 'fail', null);
    await kit.drain();
    assert.equal((await kit.view('x')).status, 'failed');
    assert.equal((await kit.view('x')).attributes, undefined);
  });

  it('that do not fit are refused with their name, and nothing is stored', async () => {
    const kit = kitOf();
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`a${i}`, i]));
    for (const [attributes, message] of [
      [{ cents: 'five' }, /attribute cents/],
      [{ '1st': 'a' }, /attribute/],
      [{ constructor: 'a' }, /reserved/],
      [{ a: '' }, /a of/],
      [{ a: 'x'.repeat(257) }, /256/],
      [{ a: Number.POSITIVE_INFINITY }, /a of/],
      [many, /16 attributes/],
    ] as const) {
      const start = kit.client.start('orders', null, { id: 'x', attributes: attributes as Record<string, string> });
      await assert.rejects(start, { code: 'invalid_request', message });
      assert.equal(await kit.client.get('x'), undefined);
    }
    for (const input of [{ cents: 'five' }, { 'a b': 1 }, { a: true }, many]) {
      await kit.client.start('orders', null, { id: JSON.stringify(input).length.toString() });
      await kit.client.signal(JSON.stringify(input).length.toString(), 'any', input);
      await kit.drain();
      const view = await kit.view(JSON.stringify(input).length.toString());
      assert.equal(view.error?.code, 'invalid_value', JSON.stringify(view.error));
    }
  });

  it('that do not fit leave the attempt to the chunk that catches the error', async () => {
    const careful = defineFlow({ name: 'careful', attributes: { cents: z.number() } });
    careful.to('set', async (ctx) => {
      await ctx.attributes.set('region', 'eu');
      try {
        await ctx.attributes.set('cents', 'five' as unknown as number);
      } catch (error) {
        return (error as Error).message;
      }
      return null;
    });
    const kit = createKit(defineApp({ flows: [careful] }));
    await kit.client.start('careful', null, { id: 'x' });
    await kit.drain();
    const { status, attributes } = await kit.view('x');
    assert.deepEqual([status, attributes], ['completed', { region: 'eu' }]);
    const ended = (await kit.client.readHistory('x', {}))?.items.find(({ type }) => type === 'attempt_succeeded');
    assert.match(String(ended?.output), /attribute cents/);
  });

  it('belong to the execution also in a copy, and are removed with it', async () => {
    const kit = kitOf();
    await kit.client.start('orders', null, { id: 'x', attributes: { region: 'eu' } });
    await kit.client.signal('x', 'fail', null);
    await kit.drain();
    assert.equal((await kit.client.fork('x', { id: 'y' })).kind, 'forked');
    await kit.drain();
    assert.deepEqual((await found(kit, { region: 'eu' })).sort(), ['x', 'y']);
    const { head } = await kit.load('x');
    await forgetAttributes(kit.ports.attributes, head, attributesEver(head));
    assert.deepEqual(await found(kit, { region: 'eu' }), ['y']);
  });

  it('cost one write each and no commit of their own', async () => {
    const commits = async (attributes: Readonly<Record<string, string>>) => {
      const counts = { commit: 0, write: 0 };
      const chain = defineFlow({ name: 'chain' });
      chain.to('a', () => 1).to('b', () => 2);
      const kit = createKit(defineApp({ flows: [chain] }));
      const worker = kit.worker(({ name }) => {
        if (name === 'executions.commit') counts.commit += 1;
        if (name === 'attributes.write') counts.write += 1;
        return undefined;
      });
      await kit.client.start('chain', null, { id: 'x', attributes });
      await kit.drain(worker);
      assert.equal((await kit.view('x')).status, 'completed');
      return counts;
    };
    const { commit } = await commits({});
    assert.deepEqual(await commits({ a: 'x', b: 'y', c: 'z' }), { commit, write: 3 });
  });
});
