import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Embedded, startEmbedded } from '../../infra/local/endpoint/embedded.ts';
import { LOCAL_ACCESS, provision } from '../../infra/local/endpoint/provision.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { bench } from './bench.ts';
import { itemBytes, valueBytes } from './item-size.ts';
import { attachMeter, type Meter } from './meter.ts';
import { readUnits } from './units.ts';

const TableName = 'FlowTable';
let embedded: Embedded;
let client: DynamoDBClient;
let meter: Meter;

before(async () => {
  embedded = await startEmbedded();
  await provision(embedded);
  client = createDynamoClient({ endpoint: embedded.endpoint, ...LOCAL_ACCESS });
  meter = await attachMeter(client, TableName);
});
after(async () => {
  client.destroy();
  await embedded.close();
});

const key = (pk: string) => ({ pk: { S: pk }, sk: { S: '-' } });
const text = (bytes: number): AttributeValue => ({ S: 'x'.repeat(bytes) });

/** The units billed for `work`. */
async function units(
  work: () => Promise<unknown>,
): Promise<{ writes: number; reads: number; wcu: number; rcu: number }> {
  meter.reset();
  await work();
  const { writes, reads, wcu, rcu } = meter.usage();
  return { writes, reads, wcu, rcu };
}

const wrote = (writes: number, wcu: number) => ({ writes, wcu, reads: 0, rcu: 0 });
const read = (reads: number, rcu: number) => ({ writes: 0, wcu: 0, reads, rcu });

function put(pk: string, rest: Record<string, AttributeValue>) {
  return client.send(new PutItemCommand({ TableName, Item: { ...key(pk), ...rest } }));
}

function set(pk: string, name: string, value: AttributeValue, condition?: string) {
  return client.send(
    new UpdateItemCommand({
      TableName,
      Key: key(pk),
      UpdateExpression: 'SET #n = :v',
      ExpressionAttributeNames: { '#n': name },
      ExpressionAttributeValues: { ':v': value },
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
    }),
  );
}

test('values have the sizes that AWS documents', () => {
  const sizes: [AttributeValue, number][] = [
    [{ S: 'häm' }, 4],
    [{ N: '0' }, 1],
    [{ N: '100' }, 2],
    [{ N: '1234' }, 3],
    [{ N: '-12.5' }, 4],
    [{ N: '0.001' }, 2],
    [{ B: new Uint8Array(7) }, 7],
    [{ BOOL: true }, 1],
    [{ NULL: true }, 1],
    [{ L: [] }, 3],
    [{ L: [{ S: 'ab' }, { BOOL: false }] }, 3 + 3 + 2],
    [{ M: { k: { S: 'ab' } } }, 3 + 1 + 3],
    [{ SS: ['a', 'bc'] }, 3],
  ];
  for (const [value, bytes] of sizes) assert.equal(valueBytes(value), bytes, JSON.stringify(value));
  assert.equal(itemBytes({ pk: { S: 'abc' }, n: { N: '12' } }), 2 + 3 + 1 + 2);
});

test('a put of 1.5 KB costs 2 units, and so does a small put that replaces it', async () => {
  assert.deepEqual(await units(() => put('size', { body: text(1536) })), wrote(1, 2));
  assert.deepEqual(await units(() => put('size', { body: text(10) })), wrote(1, 2));
  assert.deepEqual(await units(() => put('size', { body: text(10) })), wrote(1, 1));
});

test('exactly 1 KB costs 1 unit, one byte more costs 2', async () => {
  const rest = 1024 - itemBytes({ ...key('edge'), body: { S: '' } });
  assert.deepEqual(await units(() => put('edge', { body: text(rest) })), wrote(1, 1));
  assert.deepEqual(await units(() => set('edge', 'body', text(rest + 1))), wrote(1, 2));
});

test('index keys cost 2 for a put, 3 for a change, 1 unchanged, 1 for other attributes, 2 for a removal', async () => {
  const wake = { wShard: { S: '1' }, wAt: { N: '1000' } };
  assert.deepEqual(await units(() => put('index', wake)), wrote(1, 2));
  assert.deepEqual(await units(() => set('index', 'wAt', { N: '2000' })), wrote(1, 3));
  assert.deepEqual(await units(() => set('index', 'wAt', { N: '2000' })), wrote(1, 1));
  assert.deepEqual(await units(() => set('index', 'body', text(1))), wrote(1, 1));
  assert.deepEqual(
    await units(() =>
      client.send(new UpdateItemCommand({ TableName, Key: key('index'), UpdateExpression: 'REMOVE wAt' })),
    ),
    wrote(1, 2),
  );
});

test('an item with half of an index key is not in the index', async () => {
  assert.deepEqual(await units(() => put('half', { wShard: { S: '1' } })), wrote(1, 1));
});

test('a refused write costs the size of the stored item', async () => {
  await put('refused', { body: text(2000) });
  const refused = () => assert.rejects(set('refused', 'body', text(1), 'attribute_not_exists(pk)'));
  assert.deepEqual(await units(refused), wrote(1, 2));
  const missing = () => assert.rejects(set('nobody', 'body', text(1), 'attribute_exists(pk)'));
  assert.deepEqual(await units(missing), wrote(1, 1));
});

test('deletes and batches cost the sum of their items', async () => {
  await put('gone', { body: text(2000) });
  const remove = () => client.send(new DeleteItemCommand({ TableName, Key: key('gone') }));
  assert.deepEqual(await units(remove), wrote(1, 2));
  const items = [100, 1500].map((bytes, i) => ({ PutRequest: { Item: { ...key(`batch-${i}`), body: text(bytes) } } }));
  const batch = () => client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: items } }));
  assert.deepEqual(await units(batch), wrote(2, 3));
});

test('reads cost by 4 KB, half if eventually consistent, and a minimum for a missing item', async () => {
  await put('read', { body: text(5000) });
  const get = (pk: string, ConsistentRead: boolean) => () =>
    client.send(new GetItemCommand({ TableName, Key: key(pk), ConsistentRead }));
  assert.deepEqual(await units(get('read', true)), read(1, 2));
  assert.deepEqual(await units(get('read', false)), read(1, 1));
  assert.deepEqual(await units(get('nobody', true)), read(1, 1));
  assert.equal(readUnits(0, false), 0.5);
});

test('a query rounds up its sum, a batch rounds up each item', async () => {
  for (const sk of ['1', '2']) {
    await client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'list' }, sk: { S: sk }, body: text(3000) } }));
  }
  const query = (pk: string, ConsistentRead: boolean) => () =>
    client.send(
      new QueryCommand({
        TableName,
        ConsistentRead,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
      }),
    );
  assert.deepEqual(await units(query('list', true)), read(1, 2));
  assert.deepEqual(await units(query('nobody', false)), read(1, 0.5));
  const Keys = ['1', '2', '3'].map((sk) => ({ pk: { S: 'list' }, sk: { S: sk } }));
  const RequestItems = { [TableName]: { Keys, ConsistentRead: true } };
  assert.deepEqual(await units(() => client.send(new BatchGetItemCommand({ RequestItems }))), read(3, 3));
});

const MOST = {
  off: { writes: 1, units: 1 },
  times: { writes: 1.02, units: 1.05 },
  full: { writes: 1.05, units: 1.1 },
} as const;

for (const history of ['off', 'times', 'full'] as const) {
  test(`a chain of n steps costs n writes of one unit, plus a constant and its history: ${history}`, async () => {
    const steps = 200;
    const options = { workload: 'chain', steps, store: 'embedded', history } as const;
    const { writesPerStep, wcuPerStep, readsPerStep, messagesPerStep } = await bench(options);
    const few = (count: number) => count / steps;
    const { writes, units } = MOST[history];
    assert.ok(writesPerStep >= 1, `at least one write per step, not ${writesPerStep}: the meter sees every commit`);
    assert.ok(writesPerStep <= writes + few(4), `writes per step: ${writesPerStep}`);
    assert.ok((wcuPerStep ?? Infinity) <= units + few(12), `units per step: ${wcuPerStep}`);
    assert.ok(readsPerStep <= few(5), `reads per step: ${readsPerStep}`);
    assert.ok(messagesPerStep <= few(5), `messages per step: ${messagesPerStep}`);
  });
}
