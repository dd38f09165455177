import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit, type Testkit } from '../../../lib/testing.ts';
import { type LocalTable, openTable } from '../../adapters/local.ts';

const CANARY = 'canary-7f3a';
const long = CANARY.repeat(4_000);

/** It leaves something in each store: values, a spilled ledger, a stream, history blocks, parts of a list, files. */
const flow = defineFlow({
  name: 'private',
  input: z.object({ text: z.string() }),
  state: { text: z.string(), heard: z.array(z.string()) },
  signals: { tell: z.string() },
  stream: z.string(),
});
const ask = flow.chunk('ask', { resume: z.string() }, (ctx) => ctx.pauseFor({ type: 'ask', payload: CANARY }));
flow
  .to('read', async (ctx) => {
    await ctx.state.set('text', ctx.input.text);
    await ctx.stream(`${CANARY} streamed`);
    await ctx.attributes.set('who', CANARY);
    await ctx.workspace.put('file', `${CANARY} first`);
    await ctx.workspace.put('file', `${CANARY} second`);
    return Array.from({ length: 400 }, (_, i) => `${CANARY} ${i}`);
  })
  .forEach((item) => item.to('each', (ctx) => `${String(ctx.input)} done`))
  .to(ask);
flow.when('tell').to('heard', (ctx) => ctx.state.append('heard', ctx.input));

const app = defineApp({ flows: [flow] });

async function fill(kit: Testkit, id: string): Promise<void> {
  await kit.client.start('private', { text: long }, { id });
  await kit.drain();
  for (let n = 0; n < 70; n += 1) await kit.client.signal(id, 'tell', `${CANARY} ${n}`, { requestId: `s${n}` });
  await kit.drain();
  await kit.client.save(id, { compactOver: 1_000 });
}

describe('an erased execution', () => {
  let table: LocalTable;
  before(async () => {
    table = await openTable();
  });
  after(() => table.close());

  /** The texts of all items of the table that name the execution or hold the canary. */
  async function traces(id: string): Promise<string[]> {
    const found: string[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await table.client.send(new ScanCommand({ TableName: table.tableName, ExclusiveStartKey: from }));
      for (const item of page.Items ?? []) {
        const text = JSON.stringify(item, (_, value) => (value instanceof Uint8Array ? readable(value) : value));
        if (text.includes(CANARY) || text.includes(id)) found.push(text);
      }
      from = page.LastEvaluatedKey;
    } while (from);
    return found;
  }

  it('leaves a tombstone in the table and nothing else', async () => {
    const parts = createTestkit(app, {});
    const logs: unknown[] = [];
    const log = { ...parts.ports.log, info: (message: string, fields?: unknown) => void logs.push([message, fields]) };
    const kit = createTestkit(app, {
      over: { ...parts, ports: { ...parts.ports, ...table.stores, log } },
    });
    await fill(kit, 'secret-1');
    await fill(kit, 'other-1');
    const kinds = new Set((await traces('secret-1')).map((text) => /"pk":\{"S":"(\w)/.exec(text)?.[1]));
    assert.deepEqual([...kinds].sort(), ['a', 'h', 'l', 's', 'v', 'w', 'x']);
    const others = (await traces('other-1')).filter((text) => text.includes('other-1')).length;

    assert.equal(await kit.client.erase('secret-1', { actor: 'ann', verified: true }), 'erasing');
    assert.deepEqual(logs, [
      ['execution erased', { executionId: 'secret-1', at: '2026-01-01T00:00:00.000Z', actor: 'ann', verified: true }],
    ]);
    await kit.drain();
    await kit.advance(1_200_000);
    const left = (await traces('secret-1')).filter((text) => !text.includes('other-1'));
    assert.equal(left.length, 1, left.join('\n'));
    const [tombstone = ''] = left;
    assert.ok(tombstone.includes('x#secret-1') && !tombstone.includes(CANARY), tombstone);
    assert.match(tombstone, /\\"inputHash\\":\\"\\"/);
    assert.match(tombstone, /"ttl":/);
    for (const key of ['fKey', 'iKey', 'wAt']) assert.ok(!tombstone.includes(`"${key}"`), key);
    assert.equal((await traces('other-1')).filter((text) => text.includes('other-1')).length, others);
  });
});

describe('calls on an erased execution', () => {
  it('are told so, and its id starts nothing', async () => {
    const kit = createTestkit(app);
    const { client } = kit;
    await fill(kit, 'e');
    assert.equal(await client.erase('e'), 'erasing');
    assert.equal(await client.erase('e'), 'already');
    assert.equal(await client.erase('none'), 'unknown');
    const erased = { code: 'erased', message: /^Execution e was erased at 2026-01-01T00:00:00.000Z\./ };
    const check = async () => {
      await assert.rejects(client.get('e'), erased);
      await assert.rejects(client.readHistory('e', { limit: 10 }), erased);
      await assert.rejects(client.signal('e', 'tell', 'x'), erased);
      await assert.rejects(client.cancel('e'), erased);
      await assert.rejects(client.redrive('e'), erased);
      await assert.rejects(client.save('e'), erased);
      await assert.rejects(client.start('private', { text: long }, { id: 'e' }), erased);
      assert.deepEqual(await client.create('private', { id: 'e' }), { kind: 'exists', executionId: 'e' });
      assert.deepEqual((await client.list({ limit: 10 })).items, []);
      assert.deepEqual((await client.interrupts({ limit: 10 })).items, []);
    };
    await check();
    await kit.drain();
    await kit.advance(1_200_000);
    await check();
  });

  it('deletes again what a worker wrote that did not know yet', async () => {
    const kit = createTestkit(app);
    await kit.client.start('private', { text: 'x' }, { id: 'e' });
    const { inc } = (await kit.ports.executions.load('e'))?.head ?? { inc: '' };
    const owner = { executionId: 'e', inc };
    await kit.client.erase('e');
    await kit.drain();
    await kit.ports.values.put(owner, new Map([['late', CANARY]]));
    await kit.advance(600_000);
    assert.equal((await kit.ports.values.get(owner, ['late'])).size, 1);
    await kit.advance(600_000);
    assert.equal((await kit.ports.values.get(owner, ['late'])).size, 0);
    assert.equal((await kit.ports.executions.load('e'))?.wakeAt, undefined);
  });
});

function readable(bytes: Uint8Array): string {
  try {
    return inflateRawSync(bytes).toString();
  } catch {
    return Buffer.from(bytes).toString();
  }
}
