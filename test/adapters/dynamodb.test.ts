import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBServiceException,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { headOf, interruptOf, randomOwner, signalOf } from '../../lib/contracts/samples.ts';
import type { Json } from '../../lib/flow/json.ts';
import { defineFlow } from '../../lib/index.ts';
import type { Ports } from '../../lib/ports/ports.ts';
import type { App } from '../../lib/runtime/app/app.ts';
import type { ExecutionFilter } from '../../lib/runtime/client/types.ts';
import { createSearch } from '../../lib/runtime/view/search.ts';
import { type LocalTable, openTable } from './local.ts';

let table: LocalTable;
before(async () => {
  table = await openTable();
});
afterEach(() => table.fault(undefined));
after(() => table.close());

const names = () => table.sent().map((sent) => sent.name.replace('Command', ''));
const lost = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

async function itemOf(pk: string): Promise<Record<string, AttributeValue> | undefined> {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.tableName }));
  table.sent();
  return Items.find((item) => item.pk?.S === pk);
}

test('a commit costs one request, also when it folds the inbox, loses its race or closes', async () => {
  const { executions } = table.stores;
  const head = headOf();
  table.sent();
  await executions.create({ head, wakeAt: 30_000 });
  assert.deepEqual(names(), ['PutItem']);
  await executions.load(head.id);
  assert.deepEqual(names(), ['Query']);
  await executions.append(head.id, head.inc, signalOf('a'), 40_000);
  assert.deepEqual(names(), ['UpdateItem']);
  await executions.commit({ head, rev: 1, folded: 1, exclusive: false, wakeAt: 30_000 });
  assert.deepEqual(names(), ['UpdateItem']);
  await executions.commit({ head, rev: 1, folded: 0, exclusive: false });
  assert.deepEqual(names(), ['UpdateItem']);
  await executions.commit({ head: { ...head, lifecycle: 'closed' }, rev: 2, folded: 0, exclusive: true });
  assert.deepEqual(names(), ['UpdateItem']);
});

test('a list asks only the partitions of its filter: eight for each flow and listing, four for an attribute', async () => {
  const { executions, attributes } = table.stores;
  const ports = { executions, attributes } as unknown as Ports;
  const flows = ['one', 'two', 'three'].map((name) => defineFlow({ name }));
  for (const { name } of flows) await executions.create({ head: headOf({ flow: name }) });
  const search = createSearch({ flows, resources: {} } as unknown as App, ports, () => 'completed');
  const asked = async (filter: ExecutionFilter) => {
    table.sent();
    const { records } = await search(filter, { limit: 10 });
    return [records.length, names().filter((name) => name === 'Query').length - records.length];
  };
  assert.deepEqual(await asked({}), [3, 3 * 3 * 8]);
  assert.deepEqual(await asked({ status: 'open' }), [3, 3 * 8]);
  assert.deepEqual(await asked({ flow: 'one' }), [1, 3 * 8]);
  assert.deepEqual(await asked({ flow: 'one', status: 'failed' }), [0, 8]);
  assert.deepEqual(await asked({ flow: 'one', attributes: { a: 1 } }), [0, 4]);
});

test('an entry of an attribute is removed under a role that allows deletion in batches only', async () => {
  const { attributes } = table.stores;
  const entry = { flow: 'f', name: 'a', value: 'denied', createdAt: 1, id: 'x' };
  await attributes.write([entry], [], 1);
  const $metadata = { httpStatusCode: 400 };
  table.fault((sent, call) => {
    if (sent.name !== 'DeleteItemCommand') return call();
    throw new DynamoDBServiceException({ name: 'AccessDeniedException', message: 'no', $fault: 'client', $metadata });
  });
  table.sent();
  await attributes.write([], [entry], 2);
  assert.deepEqual(names(), ['DeleteItem', 'BatchWriteItem']);
  table.fault(undefined);
  assert.deepEqual(await attributes.find({ ...entry, limit: 9 }), []);
});

test('a commit leaves index keys equal when wake time, listing and waits are unchanged', async () => {
  const { executions } = table.stores;
  const head = headOf({ interrupts: [interruptOf('i')] });
  await executions.create({ head, wakeAt: 30_000 });
  const keys = ['fKey', 'ord', 'iKey', 'wShard', 'wAt'];
  const indexed = async () => {
    const item = await itemOf(`x#${head.id}`);
    return keys.map((name) => item?.[name]);
  };
  const first = await indexed();
  assert.ok(first.every(Boolean));
  await executions.commit({ head: { ...head, fence: 9 }, rev: 1, folded: 0, exclusive: false, wakeAt: 30_000 });
  assert.deepEqual(await indexed(), first);
});

test('a head at rest is in no sparse index', async () => {
  const { executions } = table.stores;
  const head = headOf({ interrupts: [interruptOf('i')] });
  await executions.create({ head, wakeAt: 30_000 });
  await executions.commit({ head: { ...head, interrupts: [] }, rev: 1, folded: 0, exclusive: true });
  const item = await itemOf(`x#${head.id}`);
  assert.deepEqual(Object.keys(item ?? {}).sort(), ['body', 'fKey', 'inc', 'open', 'ord', 'pk', 'rev', 'sk']);
});

test('the item of a chain stays under one write unit', async () => {
  const head = headOf({
    fingerprint: randomBytes(32).toString('base64url'),
    inputHash: randomBytes(32).toString('base64url'),
    leases: [{ session: randomBytes(16).toString('base64url'), fence: 1, until: 1_700_000_020_000 }],
    activations: [
      {
        id: randomBytes(16).toString('base64url'),
        node: 'charge',
        scope: '',
        input: { v: { orderId: 'order-1024', amount: 99.5, currency: 'EUR' } },
        attempt: 1,
        fence: 1,
      },
    ],
    state: { total: { v: 99.5 }, status: { v: 'charging' } },
    createdAt: 1_700_000_000_000,
  });
  await table.stores.executions.create({ head, wakeAt: 1_700_000_030_000 });
  const item = (await itemOf(`x#${head.id}`)) ?? {};
  const bytes = Object.entries(item).reduce((sum, [name, { S, N, B }]) => {
    return sum + name.length + (B?.length ?? Buffer.byteLength(S ?? N ?? 'b'));
  }, 0);
  assert.ok(bytes < 900, `${bytes} bytes`);
});

test('a conditional write is sent once; a lost answer is thrown', async () => {
  const { executions } = table.stores;
  const head = headOf();
  table.fault(async (_, send) => {
    await send();
    throw lost();
  });
  table.sent();
  await assert.rejects(executions.create({ head }), /hang up/);
  await assert.rejects(executions.commit({ head, rev: 1, folded: 0, exclusive: false, wakeAt: 1 }), /hang up/);
  await assert.rejects(executions.append(head.id, head.inc, signalOf('a'), 5), /hang up/);
  assert.deepEqual(names(), ['PutItem', 'UpdateItem', 'UpdateItem']);
  table.fault(undefined);
  assert.deepEqual(await executions.load(head.id), { head, rev: 2, inbox: [signalOf('a')], wakeAt: 1 });
});

test('the SDK client does not retry conditional writes either', async () => {
  assert.equal(await table.client.config.maxAttempts(), 1);
});

test('reads and idempotent writes are retried a bounded number of times', async () => {
  const owner = randomOwner();
  let failures = 3;
  table.fault(async (_, send) => {
    failures -= 1;
    if (failures >= 0) throw throttled();
    return send();
  });
  await table.stores.values.put(owner, new Map([['ref', 1]]));
  failures = 3;
  assert.deepEqual(await table.stores.values.get(owner, ['ref']), new Map([['ref', 1]]));
  failures = 3;
  assert.equal(await table.stores.executions.load('none'), undefined);
  failures = 1_000;
  table.sent();
  await assert.rejects(table.stores.executions.load('none'), { name: 'ThrottlingException' });
  assert.equal(table.sent().length, 6);
});

test('unprocessed items of a batch are sent again', async () => {
  const owner = randomOwner();
  const values = new Map<string, Json>(Array.from({ length: 12 }, (_, i) => [`ref${i}`, i]));
  const entries = Array.from(
    { length: 5 },
    (_, i) => ({ kind: 'signal', id: `s${i}`, valueHash: 'h', at: i }) as const,
  );
  await table.stores.values.put(owner, values);
  const oneByOne =
    (list: 'Keys' | undefined) =>
    async ({ input }: { input: Record<string, unknown> }, send: Send) => {
      const RequestItems = input.RequestItems as Record<string, unknown>;
      const all = RequestItems[table.tableName] as unknown[] | { Keys: unknown[] };
      const queue = Array.isArray(all) ? all : all.Keys;
      const rest = queue.splice(1);
      const answer = await send();
      if (rest.length === 0) return answer;
      const left = { [table.tableName]: list ? { Keys: rest } : rest };
      return { ...answer, [list ? 'UnprocessedKeys' : 'UnprocessedItems']: left };
    };
  table.fault(oneByOne('Keys'));
  assert.deepEqual(await table.stores.values.get(owner, [...values.keys()]), values);
  table.fault(oneByOne(undefined));
  await table.stores.ledger.put(owner, entries);
  table.fault(undefined);
  for (const entry of entries) assert.deepEqual(await table.stores.ledger.get(owner, `signal:${entry.id}`), [entry]);
});

test('a batch that stays unprocessed fails after six tries', async () => {
  let calls = 0;
  table.fault(async ({ input }) => {
    calls += 1;
    return { UnprocessedKeys: input.RequestItems };
  });
  await assert.rejects(table.stores.values.get(randomOwner(), ['ref']), /left unprocessed 6 times/);
  table.fault(undefined);
  assert.equal(calls, 6);
});

test('a value has no TTL before it is dropped', async () => {
  const owner = randomOwner();
  await table.stores.values.put(owner, new Map([['ref', 1]]));
  const ttl = async () => {
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.tableName }));
    return Items.filter((item) => item.pk?.S?.startsWith(`v#${owner.executionId}#`)).map((item) => item.ttl?.N);
  };
  assert.deepEqual(await ttl(), [undefined]);
  await table.stores.values.drop(owner, ['ref', 'missing'], 1_700_000_000_001);
  assert.deepEqual(await ttl(), ['1700000001']);
});

test('the parts of a large value are spread over partitions, expire with it, and are checked by their digest', async () => {
  const owner = randomOwner();
  const { values } = table.stores;
  const whole = randomBytes(1_000_000).toString('base64url');
  await values.put(owner, new Map([['ref', whole]]));
  const items = async () => {
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.tableName }));
    return Items.filter((item) => item.pk?.S?.startsWith(`v#${owner.executionId}#`));
  };
  const stored = await items();
  assert.equal(stored.length, 4);
  assert.equal(new Set(stored.map(({ pk, sk }) => (sk?.S === 'ref' ? '' : pk?.S))).size, 4);
  await values.drop(owner, ['ref'], 1_700_000_000_001);
  assert.deepEqual(
    (await items()).map(({ ttl }) => ttl?.N),
    ['1700000001', '1700000001', '1700000001', '1700000001'],
  );
  const [part] = stored.filter(({ sk }) => sk?.S?.endsWith('#1'));
  assert.ok(part?.pk && part.sk);
  const TableName = table.tableName;
  await table.client.send(new PutItemCommand({ TableName, Item: { ...part, body: { B: randomBytes(350 * 1024) } } }));
  await assert.rejects(values.get(owner, ['ref']), { code: 'value_damaged', message: /^Value ref: / });
  await table.client.send(new DeleteItemCommand({ TableName, Key: { pk: part.pk, sk: part.sk } }));
  assert.deepEqual(await values.get(owner, ['ref']), new Map());
});

test('a value whose parts are not all stored is absent, and is stored by the next call', async () => {
  const owner = randomOwner();
  const value = randomBytes(1_000_000).toString('base64url');
  let writes = 0;
  table.fault(async ({ name }, send) => {
    writes += name === 'PutItemCommand' ? 1 : 0;
    if (writes > 2) throw new Error('gone');
    return send();
  });
  await assert.rejects(table.stores.values.put(owner, new Map([['ref', value]])));
  table.fault(undefined);
  assert.deepEqual(await table.stores.values.get(owner, ['ref']), new Map());
  await table.stores.values.put(owner, new Map([['ref', value]]));
  assert.ok((await table.stores.values.get(owner, ['ref'])).get('ref') === value);
});

test('stream items are stored once, although every answer is lost', async () => {
  const owner = randomOwner();
  const items = [1, 2, 3].map((i) => ({ id: `i${i}`, chunk: 'c', attempt: 1, item: i }));
  let failures = 0;
  table.fault(async ({ name }, send) => {
    const answer = await send();
    failures += 1;
    if (name === 'PutItemCommand' && failures < 20) throw lost();
    return answer;
  });
  await table.stores.streams.append(owner, items).catch(() => undefined);
  await table.another().streams.append(owner, items);
  table.fault(undefined);
  await table.stores.streams.append(owner, items);
  const read = await table.stores.streams.read(owner, 0, 10);
  assert.deepEqual(
    read,
    items.map((item, i) => ({ ...item, seq: i + 1 })),
  );
});

test('an append to a head at rest keeps an earlier wake time that another writer set', async () => {
  const { executions } = table.stores;
  const head = headOf();
  await executions.create({ head });
  table.fault(async ({ name }, send) => {
    const answer = await send();
    if (name !== 'GetItemCommand') return answer;
    table.fault(undefined);
    await executions.commit({ head, rev: 1, folded: 0, exclusive: false, wakeAt: 100 });
    return answer;
  });
  assert.equal(await executions.append(head.id, head.inc, signalOf('a'), 5_000), 'appended');
  assert.deepEqual(await executions.load(head.id), { head, rev: 2, inbox: [signalOf('a')], wakeAt: 100 });
});

test('a writer that knows the stream appends with one request; a new writer needs two, and so does a reader', async () => {
  const owner = randomOwner();
  const { streams } = table.stores;
  for (let i = 0; i < 5; i += 1) {
    table.sent();
    await streams.append(owner, [{ id: `i${i}`, chunk: 'c', attempt: 1, item: i }]);
  }
  assert.deepEqual(names(), ['PutItem']);
  await table.another().streams.append(owner, [{ id: 'other', chunk: 'c', attempt: 1, item: null }]);
  assert.deepEqual(names(), ['Query', 'PutItem']);
  await streams.read(owner, 3, 10);
  assert.deepEqual(names(), ['Query', 'Query']);
});

type Send = () => Promise<Record<string, unknown>>;

function throttled(): DynamoDBServiceException {
  const $metadata = { httpStatusCode: 400 };
  return new DynamoDBServiceException({
    name: 'ThrottlingException',
    $fault: 'client',
    $metadata,
    message: 'slow down',
  });
}

test('a file of 16 MB comes back whole', async () => {
  const space = randomOwner().executionId;
  const content = randomBytes(16 * 2 ** 20);
  const artifact = { name: 'large', size: content.length, digest: hash('sha256', content, 'base64url') };
  await table.stores.artifacts.put(space, artifact, content);
  const read = await table.stores.artifacts.read(space, artifact);
  assert.ok(read && content.equals(read));
});
