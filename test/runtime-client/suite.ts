/**
 * `npm run test:runtime`: the bundles under AWS's own runtime client. Cold start, shapes of answers, deadlines, unhandled
 * rejections, and what a frozen process does when it is thawed.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from '../../infra/build/build.ts';
import { LOCAL_ACCESS, provision } from '../../infra/local/endpoint/provision.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores, type DynamoStores } from '../../lib/adapters/dynamodb/stores.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { request } from '../lambda/support.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../servers/embedded.ts';
import { type LambdaEnvironment, startLambda } from '../servers/functions/runtime-client.ts';

const MINUTE = 60_000;

let folder: string;
let servers: EmbeddedProcess;
let env: Record<string, string>;
let stores: DynamoStores;
let destroy: () => void;
const running: LambdaEnvironment[] = [];

before(
  async () => {
    folder = await mkdtemp(join(tmpdir(), 'flow-runtime-'));
    await build({ outDir: folder, app: fileURLToPath(new URL('app.ts', import.meta.url)) });
    const keys = join(folder, 'key.json');
    await writeFile(keys, JSON.stringify({ current: 'k', keys: { k: Buffer.alloc(32, 7).toString('base64url') } }));
    servers = await startEmbeddedProcess();
    const made = await provision(servers);
    env = {
      AWS_ENDPOINT_URL: servers.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      STAGE: 'test',
      TABLE_NAME: made.resource('FlowTable').ref,
      QUEUE_URL: made.resource('WakeQueue').ref,
      CALLBACK_BASE_URL: 'https://callbacks.test',
      CALLBACK_KEY_FILE: keys,
      LEASE_MS: '1000',
      CLOCK_SKEW_MS: '0',
    };
    const client = createDynamoClient({ endpoint: servers.endpoint, ...LOCAL_ACCESS });
    destroy = () => client.destroy();
    stores = createDynamoStores({ client, tableName: env.TABLE_NAME ?? '', clock: systemClock });
  },
  { timeout: 600_000 },
);
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});
after(async () => {
  destroy();
  await servers.close();
  await rm(folder, { recursive: true });
});

async function start(fn: string): Promise<LambdaEnvironment> {
  const lambda = await startLambda({ root: join(folder, fn), file: 'index', env });
  running.push(lambda);
  return lambda;
}

const wakeOf = (executionId: string, messageId = 'm1') => ({
  Records: [{ messageId, body: JSON.stringify({ kind: 'wake', executionId }) }],
});

async function begin(executionId: string, input: string): Promise<void> {
  const api = await start('api');
  const event = request('POST /flows/{flow}/executions', {
    path: { flow: 'odd' },
    headers: { 'idempotency-key': executionId, 'content-type': 'application/json' },
    body: JSON.stringify({ input }),
  });
  const outcome = await api.invoke(event, 30_000);
  assert.equal(outcome.kind, 'response', api.output());
  assert.equal(outcome.kind === 'response' && (outcome.body as { statusCode: number }).statusCode, 202);
}

const headOf = async (id: string) => (await stores.executions.load(id))?.head ?? assert.fail(`${id} is missing`);
const responseOf = (outcome: Awaited<ReturnType<LambdaEnvironment['invoke']>>): unknown =>
  outcome.kind === 'response' ? outcome.body : assert.fail(JSON.stringify(outcome));

describe('under the runtime client', { timeout: 600_000 }, () => {
  it('every function answers in its shape', async () => {
    const api = await start('api');
    const flows = responseOf(await api.invoke(request('GET /flows', {}), 30_000)) as Record<string, unknown>;
    assert.deepEqual(Object.keys(flows).sort(), ['body', 'headers', 'statusCode']);
    assert.equal(flows.statusCode, 200);
    const callback = await start('callback');
    const none = responseOf(await callback.invoke(request('GET /callbacks/{token}', { path: { token: 'x' } }), 30_000));
    assert.equal((none as { statusCode: number }).statusCode, 404);
    const step = await start('step');
    assert.deepEqual(responseOf(await step.invoke(wakeOf('nobody'), MINUTE)), { batchItemFailures: [] });
    const unreadable = { Records: [{ messageId: 'bad', body: '{' }] };
    assert.deepEqual(responseOf(await step.invoke(unreadable, MINUTE)), {
      batchItemFailures: [{ itemIdentifier: 'bad' }],
    });
    const schedule = await start('schedule');
    assert.equal(responseOf(await schedule.invoke({}, MINUTE)), null);
  });

  it('a missing setting fails the invocation and not the process', async () => {
    const { TABLE_NAME: _, ...rest } = env;
    const step = await startLambda({ root: join(folder, 'step'), file: 'index', env: rest });
    running.push(step);
    const outcome = await step.invoke(wakeOf('x'), MINUTE);
    assert.ok(outcome.kind === 'error', JSON.stringify(outcome));
    assert.match(`${outcome.body.errorType} ${outcome.body.errorMessage}`, /FlowError.*TABLE_NAME/);
    assert.ok(step.isAlive());
  });

  it('a hanging chunk is returned before the deadline and continues in the next invocation', async () => {
    await begin('hangs', 'hangs');
    const step = await start('step');
    assert.deepEqual(responseOf(await step.invoke(wakeOf('hangs'), 14_000)), { batchItemFailures: [] });
    assert.deepEqual((await headOf('hangs')).leases, []);
    assert.deepEqual(responseOf(await step.invoke(wakeOf('hangs', 'm2'), MINUTE)), { batchItemFailures: [] });
    assert.equal((await headOf('hangs')).lifecycle, 'closed');
  });

  it('an unhandled rejection ends the process; another one takes over after the lease', async () => {
    await begin('rejects', 'rejects');
    const broken = await start('step');
    const outcome = await broken.invoke(wakeOf('rejects'), MINUTE);
    assert.ok(outcome.kind === 'error' || outcome.kind === 'exit', JSON.stringify(outcome));
    const { leases } = await headOf('rejects');
    await sleep(Math.max(0, ...leases.map(({ until }) => until - Date.now() + 10)));
    for (let i = 0; i < 5 && (await headOf('rejects')).lifecycle !== 'closed'; i += 1) {
      const other = await start('step');
      await other.invoke(wakeOf('rejects', `m${i}`), MINUTE);
      const left = (await headOf('rejects')).leases.map(({ until }) => until - Date.now() + 10);
      await sleep(Math.max(0, ...left));
    }
    assert.equal((await headOf('rejects')).lifecycle, 'closed');
  });

  it('work left running by an invocation cannot write when the process is thawed', async () => {
    await begin('leaks', 'leaks');
    const step = await start('step');
    responseOf(await step.invoke(wakeOf('leaks'), MINUTE));
    const { inc, lifecycle } = await headOf('leaks');
    assert.equal(lifecycle, 'closed');
    await sleep(500);
    assert.doesNotMatch(step.output(), /late/, 'the process is stopped');
    for (let i = 0; i < 20 && !/late/.test(step.output()); i += 1) await step.invoke(wakeOf('nobody', `n${i}`), MINUTE);
    assert.match(step.output(), /\{"late":"(invocation_ended|lease_lost)"\}/);
    assert.deepEqual(await stores.streams.read({ executionId: 'leaks', inc }, 0, 10), []);
  });
});
