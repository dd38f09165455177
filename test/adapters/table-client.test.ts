import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Embedded, startEmbedded } from '../../infra/local/endpoint/embedded.ts';
import { LOCAL_ACCESS, provision } from '../../infra/local/endpoint/provision.ts';
import { createMemoryStores } from '../../lib/adapters/memory/stores.ts';
import { createTableClient, createTableStores } from '../../lib/dynamodb.ts';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { apiHandler, scheduleHandler } from '../../lib/lambda.ts';
import { request } from '../lambda/support.ts';

const flow = defineFlow({ name: 'f' });
flow.to('a', () => 1);
const app = defineApp({ flows: [flow] });

describe('a deployment', () => {
  let embedded: Embedded;
  let access: { readonly tableName: string; readonly queueUrl: string; readonly endpoint: string };
  const environment = { ...process.env };
  before(async () => {
    embedded = await startEmbedded();
    const { resource } = await provision(embedded);
    const [tableName, queueUrl] = [resource('FlowTable').ref, resource('WakeQueue').ref];
    access = { tableName, queueUrl, endpoint: embedded.endpoint, ...LOCAL_ACCESS };
  });
  after(() => embedded.close());

  it('is reached by a client that knows its table and its queue', async () => {
    const client = createTableClient(app, access);
    assert.equal((await client.start('f', 1, { id: 'x' })).kind, 'started');
    const { executions } = createTableStores(access);
    assert.equal((await executions.load('x'))?.head.flow, 'f');
    assert.equal(await client.get('none'), undefined);
  });

  it('runs over stores of its own', async () => {
    Object.assign(process.env, {
      QUEUE_URL: access.queueUrl,
      CALLBACK_BASE_URL: 'http://127.0.0.1:3000',
      STAGE: 'test',
      CALLBACK_KEY_FILE: '/dev/null/keys.json',
      AWS_ENDPOINT_URL: access.endpoint,
      AWS_REGION: LOCAL_ACCESS.region,
      AWS_ACCESS_KEY_ID: LOCAL_ACCESS.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_ACCESS.credentials.secretAccessKey,
    });
    delete process.env.TABLE_NAME;
    try {
      const stores = createMemoryStores();
      const start = request('POST /flows/{flow}/executions', {
        path: { flow: 'f' },
        body: '{"input":1}',
        headers: { 'idempotency-key': 'own' },
      });
      assert.equal((await apiHandler(app, { stores })(start)).statusCode, 202);
      assert.equal((await stores.executions.load('own'))?.head.flow, 'f');
      assert.equal(await createTableStores(access).executions.load('own'), undefined);
      await assert.rejects(scheduleHandler(app)({}, {} as never), { code: 'missing_setting' });
    } finally {
      process.env = environment;
    }
  });
});
