import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbedded } from '../../infra/local/endpoint/embedded.ts';
import { LOCAL_ACCESS, provision } from '../../infra/local/endpoint/provision.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores } from '../../lib/adapters/dynamodb/stores.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { headOf } from '../../lib/contracts/samples.ts';

test('a data directory keeps executions over restarts; provisioning twice changes nothing', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-'));
  const head = headOf();
  const session = async <T>(run: (stores: ReturnType<typeof createDynamoStores>) => Promise<T>) => {
    const embedded = await startEmbedded({ dataDir });
    assert.match(embedded.endpoint, /^http:\/\/127\.0\.0\.1:\d+$/);
    const first = await provision(embedded);
    const { resource } = await provision(embedded);
    for (const id of ['FlowTable', 'WakeQueue', 'DeadLetterQueue']) assert.deepEqual(resource(id), first.resource(id));
    assert.match(resource('FlowTable').arn, /^arn:aws:dynamodb:.*:table\/FlowTable$/);
    assert.match(resource('WakeQueue').arn, /^arn:aws:sqs:.*:WakeQueue$/);
    assert.throws(() => resource('QueuePolicy'), /names no local/);
    const client = createDynamoClient({ endpoint: embedded.endpoint, ...LOCAL_ACCESS });
    try {
      return await run(createDynamoStores({ client, tableName: resource('FlowTable').ref, clock: systemClock }));
    } finally {
      client.destroy();
      await embedded.close();
    }
  };
  try {
    assert.equal(await session(({ executions }) => executions.create({ head })), 'created');
    assert.deepEqual(await session(({ executions }) => executions.load(head.id)), { head, rev: 1, inbox: [] });
  } finally {
    await rm(dataDir, { recursive: true });
  }
});

test('a port in use is an error', async () => {
  const embedded = await startEmbedded();
  try {
    const port = Number(new URL(embedded.endpoint).port);
    await assert.rejects(startEmbedded({ port }), { code: 'EADDRINUSE' });
  } finally {
    await embedded.close();
  }
});
