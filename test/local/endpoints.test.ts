/** Table and queues at separate addresses: the host, its functions and its output use the same ones. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { welcome } from '../../infra/local/console/welcome.ts';
import { startEmbedded } from '../../infra/local/endpoint/embedded.ts';
import { LOCAL_ACCESS } from '../../infra/local/endpoint/provision.ts';
import { type HostOptions, startHost } from '../../infra/local/host.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores } from '../../lib/adapters/dynamodb/stores.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { until } from './support.ts';

const CALLER = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
};

async function opened(t: TestContext, options: Partial<HostOptions>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'flow-endpoints-'));
  // The options of the host take precedence over the environment.
  const before = Object.fromEntries(Object.keys(CALLER).map((name) => [name, process.env[name]]));
  Object.assign(process.env, CALLER);
  const host = await startHost({ port: 0, dataDir, ...options });
  t.after(async () => {
    await host.close();
    for (const [name, value] of Object.entries(CALLER)) assert.equal(process.env[name], value, 'put back');
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(dataDir, { recursive: true, force: true });
  });
  return host;
}

/** A small refund needs no approval: it passes the HTTP API, the table and the queue. */
async function runRefund(url: string, endpoint: string): Promise<void> {
  const response = await fetch(`${url}/flows/refund-approval/executions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'elsewhere' },
    body: JSON.stringify({ input: { ticket: 'T-1', amountCents: 100, reason: 'late' } }),
  });
  assert.equal(response.status, 202, await response.text());
  const client = createDynamoClient({ endpoint, ...LOCAL_ACCESS });
  const { executions } = createDynamoStores({ client, tableName: 'FlowTable', clock: systemClock });
  await until(async () => (await executions.load('elsewhere'))?.head.lifecycle === 'closed', 'completed');
  client.destroy();
}

async function hasQueue(endpoint: string): Promise<boolean> {
  const client = new SQSClient({ endpoint, ...LOCAL_ACCESS });
  const found = await client.send(new GetQueueUrlCommand({ QueueName: 'WakeQueue' })).then(
    () => true,
    () => false,
  );
  client.destroy();
  return found;
}

test('queues elsewhere, the table on the host', async (t) => {
  const queues = await startEmbedded();
  t.after(() => queues.close());
  const host = await opened(t, { queueEndpoint: queues.endpoint });
  assert.equal(host.queueEndpoint, queues.endpoint);
  await runRefund(host.url, host.endpoint);
  assert.deepEqual(
    { queueAtQueues: await hasQueue(queues.endpoint), queueAtHost: await hasQueue(host.endpoint) },
    { queueAtQueues: true, queueAtHost: false },
  );
  assert.ok(welcome(host, 'T').includes(`${host.endpoint} (table), ${queues.endpoint} (queues)`));
});

test('the table elsewhere, the queues on the host', async (t) => {
  const table = await startEmbedded();
  t.after(() => table.close());
  const host = await opened(t, { tableEndpoint: table.endpoint });
  assert.equal(host.endpoint, table.endpoint);
  await runRefund(host.url, table.endpoint);
  assert.deepEqual(
    { queueAtTable: await hasQueue(table.endpoint), queueAtHost: await hasQueue(host.queueEndpoint) },
    { queueAtTable: false, queueAtHost: true },
  );
});

test('both elsewhere, at one address or two', async (t) => {
  const [one, other] = await Promise.all([startEmbedded(), startEmbedded()]);
  t.after(() => Promise.all([one.close(), other.close()]));
  const host = await opened(t, { endpoint: one.endpoint, queueEndpoint: other.endpoint });
  await runRefund(host.url, one.endpoint);
  assert.deepEqual(
    { queueAtOne: await hasQueue(one.endpoint), queueAtOther: await hasQueue(other.endpoint) },
    { queueAtOne: false, queueAtOther: true },
  );
});
