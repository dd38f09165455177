import assert from 'node:assert/strict';
import { exec } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { approveCommand, lookCommand, startCommand, welcome } from '../../infra/local/console/welcome.ts';
import { startEmbedded } from '../../infra/local/endpoint/embedded.ts';
import { type Host, startHost } from '../../infra/local/host.ts';
import { until } from './support.ts';

const run = promisify(exec);

let dataDir: string;
let host: Host;

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flow-host-'));
  host = await startHost({ port: 0, dataDir });
});
after(async () => {
  await host.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function look(): Promise<{ status?: string; result?: unknown }> {
  const answer = await fetch(`${host.url}/executions/T-1`);
  return (await answer.json()) as { status?: string; result?: unknown };
}

test('the handlers have the environment of serverless.yml with its local replacements', () => {
  assert.equal(host.environment.STAGE, 'local');
  assert.equal(host.environment.LEASE_MS, '2000');
  assert.equal(host.environment.CALLBACK_BASE_URL, host.url);
  assert.equal(host.environment.TABLE_NAME, 'FlowTable');
  assert.match(host.environment.QUEUE_URL ?? '', /^http:/);
  assert.equal(process.env.CALLBACK_KEY_PARAMETER, undefined);
  assert.equal(process.env.AWS_ENDPOINT_URL, host.endpoint);
});

test('the printed commands start, read and approve, and state survives a restart', async () => {
  const printed = async (command: string) => JSON.parse((await run(`${command} --json`)).stdout);
  assert.equal((await printed(startCommand(host.url, 'T-1'))).executionId, 'T-1');
  await until(async () => (await look()).status === 'waiting', 'waiting');
  assert.equal((await printed(lookCommand(host.url, 'T-1'))).status, 'waiting');
  await host.close();
  host = await startHost({ port: 0, dataDir });
  assert.equal((await look()).status, 'waiting');
  assert.equal((await printed(approveCommand(host.url, 'T-1'))).outcome, 'accepted');
  await until(async () => (await look()).status === 'completed', 'completed');
});

test('history and export over HTTP say what was answered, and by whom', async () => {
  const read = async (what: string) => (await fetch(`${host.url}/executions/T-1/${what}`)).text();
  const { items } = JSON.parse(await read('history')) as { items: { type: string; value?: unknown; actor?: string }[] };
  const answered = items.find(({ type }) => type === 'answered');
  assert.deepEqual(answered?.value, { approved: true, note: 'fine' });
  const lines = (await read('export'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(lines.find(({ record }) => record?.type === 'answered')?.record, answered);
  const shown = await run(`npm run -s cli -- history T-1 --url ${host.url}`);
  assert.match(shown.stdout, /answered .*value \{"approved":true/);
});

test('table and queues may be at endpoints of their own', async () => {
  const embedded = await startEmbedded();
  const folder = await mkdtemp(join(tmpdir(), 'flow-host-apart-'));
  await host.close();
  const apart = await startHost({ port: 0, dataDir: folder, queueEndpoint: embedded.endpoint });
  try {
    assert.notEqual(apart.endpoint, embedded.endpoint);
    assert.equal(process.env.AWS_ENDPOINT_URL, apart.endpoint);
    assert.equal(process.env.AWS_ENDPOINT_URL_SQS, embedded.endpoint);
    const input = { ticket: 'T-9', amountCents: 50_000, reason: 'late' };
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'T-9' };
    const started = await fetch(`${apart.url}/flows/refund-approval/executions`, {
      ...{ method: 'POST', headers, body: JSON.stringify({ input }) },
    });
    assert.equal(started.status, 202);
    const status = async () => (await fetch(`${apart.url}/executions/T-9`)).text();
    await until(async () => (await status()).includes('"status":"waiting"'), 'waiting');
  } finally {
    await apart.close();
    await embedded.close();
    await rm(folder, { recursive: true, force: true });
    host = await startHost({ port: 0, dataDir });
  }
});

test('the printed commands use flows of the app', () => {
  assert.ok(host.flows.includes('refund-approval') && host.flows.includes('task-list'), host.flows.join());
  const api = { url: 'http://h', endpoint: 'http://e', queueEndpoint: 'http://e' };
  const printed = (flows: readonly string[]) => welcome({ ...api, flows }, 'T-1');
  assert.ok(printed(host.flows).includes(startCommand('http://h', 'T-1')));
  assert.match(printed(['tick', 'tock']), /npm run -s cli -- start tick --input … --url http:\/\/h\n/);
  assert.doesNotMatch(printed(['tick', 'tock']), /refund/);
  assert.match(printed([]), /no flows yet/);
});

test('a folder and a port admit one host', async () => {
  await assert.rejects(startHost({ port: 0, dataDir }), /Another local host is running/);
  const port = Number(new URL(host.url).port);
  await assert.rejects(startHost({ port, dataDir: join(dataDir, 'other') }), /is taken/);
  assert.equal((await look()).status, 'completed', 'the first host keeps running');
});

test('a schedule can be fired manually', async () => {
  await host.invoke('schedule', {});
});
