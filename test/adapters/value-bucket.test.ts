/** Large values in a bucket: what the table and the bucket hold, which requests it takes, what losses look like. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { LOCAL_ACCESS } from '../../infra/local/endpoint/provision.ts';
import { randomOwner } from '../../lib/contracts/samples.ts';
import { untilErased } from '../../lib/contracts/suite.ts';
import { describeValueStore } from '../../lib/contracts/value-store.ts';
import { loadValue } from '../../lib/runtime/commit/values.ts';
import { createValueBucket, type ObjectStore } from '../../lib/s3.ts';
import { type ObjectServer, startObjects } from '../servers/objects.ts';
import { type LocalTable, openTable } from './local.ts';

const PREFIX = 'flows/dev/';
const TOMORROW = Date.now() + 86_400_000;
/** Bytes that deflate does not make shorter. */
const noise = (bytes: number) => randomBytes(bytes).toString('latin1');
const LARGE = noise(100_000);

let server: ObjectServer;
let table: LocalTable;
const bucket = (more: { readonly takesNew?: boolean } = {}): ObjectStore =>
  createValueBucket({ ...LOCAL_ACCESS, endpoint: server.endpoint, bucketName: 'values', prefix: PREFIX, ...more });

before(async () => {
  server = await startObjects();
  table = await openTable(bucket());
});
after(async () => {
  await table.close();
  await server.close();
});

describeValueStore('dynamodb and s3', async () => table.stores.values);

test('a value over 64 KB is one object; the table has two small rows for it', async () => {
  const owner = randomOwner();
  const { values } = table.stores;
  table.sent();
  server.sent();
  await values.put(owner, new Map([['ref', LARGE]]));
  assert.deepEqual(namesOf(table), ['PutItemCommand', 'PutItemCommand']);
  assert.deepEqual(server.sent(), ['PUT']);
  const [[path, { content }] = assert.fail('no object'), ...others] = objectsOf(owner);
  assert.equal(others.length, 0);
  assert.match(path, new RegExp(`^values/flows/dev/${owner.executionId}/${owner.inc}/ref/[\\w-]{43}$`));
  assert.ok(content.length > 64 * 1024);
  const rows = await rowsOf(owner);
  assert.deepEqual(rows.map(({ sk }) => String(sk?.S).replace(/#.{43}#/, '#…#')).sort(), ['ref', 'ref#…#object']);
  assert.ok(JSON.stringify(rows).length < 1_000);
  table.sent();
  assert.ok((await values.get(owner, ['ref'])).get('ref') === LARGE);
  assert.deepEqual(namesOf(table), ['BatchGetItemCommand']);
  assert.deepEqual(server.sent(), ['GET']);
});

test('what has at most 64 KB when it is deflated stays in the table', async () => {
  const owner = randomOwner();
  const values = new Map([
    ['small', noise(30_000)],
    ['dense', 'text '.repeat(500_000)],
  ]);
  await table.stores.values.put(owner, values);
  assert.deepEqual(objectsOf(owner), []);
  assert.deepEqual(await table.stores.values.get(owner, [...values.keys()]), values);
});

test('a drop tags the object and expires both rows; a repeated one does the same', async () => {
  const owner = randomOwner();
  const { values } = table.stores;
  await values.put(owner, new Map([['a:b=c@d', LARGE]]));
  assert.deepEqual(
    objectsOf(owner).map(([, { tags }]) => tags),
    [''],
  );
  server.sent();
  for (const _ of [1, 2]) {
    await values.drop(owner, ['a:b=c@d'], TOMORROW);
    assert.deepEqual(server.sent(), ['COPY']);
    assert.deepEqual(
      objectsOf(owner).map(([, { tags }]) => tags),
      ['dropped=true'],
    );
    const ttl = String(Math.ceil(TOMORROW / 1000));
    assert.deepEqual(
      (await rowsOf(owner)).map((row) => row.ttl?.N),
      [ttl, ttl],
    );
  }
  assert.ok((await values.get(owner, ['a:b=c@d'])).get('a:b=c@d') === LARGE);
});

test('an erasure leaves no object, not even of a writer that died or lost its race', async () => {
  const [owner, other] = [randomOwner(), randomOwner()];
  const { values } = table.stores;
  await values.put(other, new Map([['ref', LARGE]]));
  await values.put(owner, new Map([['dropped', LARGE]]));
  await values.drop(owner, ['dropped'], TOMORROW);
  await values.put(owner, new Map([['raced', LARGE]]));
  await values.put(owner, new Map([['raced', noise(100_000)]]));
  let writes = 0;
  table.fault(async (_, send) => {
    writes += 1;
    if (writes > 1) throw new Error('gone');
    return send();
  });
  await assert.rejects(values.put(owner, new Map([['died', LARGE]])), /gone/);
  table.fault(undefined);
  assert.equal((await values.get(owner, ['died'])).size, 0);
  assert.equal(objectsOf(owner).length, 4);
  await untilErased(() => values.erase(owner));
  assert.deepEqual([objectsOf(owner), await rowsOf(owner)], [[], []]);
  assert.equal(objectsOf(other).length, 1);
});

test('a lost object is like a lost part, a changed one is refused', async () => {
  const owner = randomOwner();
  const { values } = table.stores;
  await values.put(owner, new Map([['ref', LARGE]]));
  const [[path] = assert.fail('no object')] = objectsOf(owner);
  server.objects.set(path, { content: randomBytes(100_000), tags: '' });
  await assert.rejects(values.get(owner, ['ref']), { code: 'value_damaged', message: /^Value ref: / });
  server.objects.delete(path);
  assert.equal((await values.get(owner, ['ref'])).size, 0);
  const head = { id: owner.executionId, inc: owner.inc };
  await assert.rejects(loadValue(values, head, { ref: 'ref', bytes: 1 }), { code: 'lease_lost' });
  await values.drop(owner, ['ref'], TOMORROW);
  await untilErased(() => values.erase(owner));
  assert.deepEqual(await rowsOf(owner), []);
});

test('requests are repeated while S3 is busy; a refusal names the bucket and says what to check', async () => {
  const owner = randomOwner();
  const { values } = table.stores;
  server.refuse('SlowDown', 'SlowDown');
  await values.put(owner, new Map([['ref', LARGE]]));
  server.refuse('SlowDown');
  assert.ok((await values.get(owner, ['ref'])).get('ref') === LARGE);
  server.refuse(...Array.from({ length: 6 }, () => 'AccessDenied'));
  await assert.rejects(values.get(owner, ['ref']), /^Error: Bucket values, object .*AccessDenied.*role/);
});

test('values of the table and of the bucket are read side by side, whether the bucket takes new ones or not', async () => {
  const owner = randomOwner();
  const closed = table.another(bucket({ takesNew: false })).values;
  await table.another(null).values.put(owner, new Map([['table', noise(600_000)]]));
  await closed.put(owner, new Map([['closed', LARGE]]));
  assert.equal(objectsOf(owner).length, 0);
  await table.stores.values.put(owner, new Map([['open', LARGE]]));
  assert.equal(objectsOf(owner).length, 1);
  for (const store of [table.stores.values, closed]) {
    assert.deepEqual([...(await store.get(owner, ['table', 'closed', 'open'])).keys()].sort(), [
      'closed',
      'open',
      'table',
    ]);
  }
  await closed.drop(owner, ['open'], TOMORROW);
  await untilErased(() => closed.erase(owner));
  assert.equal(objectsOf(owner).length, 0);
});

test('without the bucket an object is neither read nor forgotten', async () => {
  const owner = randomOwner();
  await table.stores.values.put(owner, new Map([['ref', LARGE]]));
  const blind = table.another(null).values;
  for (const call of [
    () => blind.get(owner, ['ref']),
    () => blind.drop(owner, ['ref'], TOMORROW),
    () => blind.erase(owner),
  ]) {
    await assert.rejects(call(), { code: 'missing_setting', details: { setting: 'VALUE_BUCKET' } });
  }
  assert.ok((await table.stores.values.get(owner, ['ref'])).get('ref') === LARGE);
});

function objectsOf({ executionId }: { readonly executionId: string }) {
  return [...server.objects].filter(([path]) => path.startsWith(`values/${PREFIX}${executionId}/`));
}

async function rowsOf({ executionId }: { readonly executionId: string }) {
  const rows = [];
  let ExclusiveStartKey: Record<string, never> | undefined;
  do {
    const command = new ScanCommand({
      TableName: table.tableName,
      ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
    });
    const { Items = [], LastEvaluatedKey } = await table.client.send(command);
    rows.push(...Items.filter((item) => item.pk?.S?.startsWith(`v#${executionId}#`)));
    ExclusiveStartKey = LastEvaluatedKey as typeof ExclusiveStartKey;
  } while (ExclusiveStartKey);
  return rows;
}

function namesOf(from: LocalTable) {
  return from.sent().map(({ name }) => name);
}
