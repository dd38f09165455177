/** Properties that only a whole deployment shows: hops, schedules, dead letters, killed functions. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { DeleteParameterCommand } from '@aws-sdk/client-ssm';
import { ensureCallbackKey } from '../../infra/deploy/callback-key.ts';
import { createSsmClient, createSsmKeyRing } from '../../lib/adapters/ssm/key-ring.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { scheduledId } from '../../lib/runtime/client/starts/scheduled.ts';
import { HANG_MS } from '../limits.ts';
import { fieldsOf, type Listed, refundsOf, STARTS } from '../scenarios/drivers/driver.ts';
import { poll, type Target } from './target/target.ts';

type Open = () => Target;

const TURNS = 60;
/** Items of the list in which a function is killed. */
const ITEMS = 2_000;
/** Functions at once: MiniStack starts a process for each message, and more of them only wait for processor time. */
const CONCURRENT = 4;

async function startOf({ driver }: Target, flow: string, id: string, input: unknown): Promise<void> {
  const answer = await driver.send('POST', `/flows/${flow}/executions`, {
    headers: { 'idempotency-key': id },
    body: { input },
  });
  assert.equal(answer.status, 202, answer.text);
}

export function loopCases(open: Open): void {
  it(`runs a loop of ${TURNS} turns, a message each`, async () => {
    await startOf(open(), 'turns', 'loop-60', TURNS);
    const { result } = await refundsOf(open().driver).reach('loop-60', 'completed');
    assert.deepEqual(result, { count: TURNS });
  });
}

export function doorCases(open: Open): void {
  it('refuses unsigned requests, except callbacks', async () => {
    const { driver, unsigned } = open();
    for (const path of ['/flows', '/executions', '/interrupts', '/executions/x/stream']) {
      assert.equal((await unsigned('GET', path)).status, 403, path);
      assert.notEqual((await driver.send('GET', path)).status, 403, path);
    }
    const callback = await unsigned('GET', '/callbacks/none');
    assert.equal(fieldsOf(callback).code, 'unknown', callback.text);
    const started = await driver.send('POST', STARTS, { body: { input: { ticket: '' } } });
    assert.equal(started.status, 400, started.text);
    assert.equal(fieldsOf(started).code, 'invalid_input');
  });
}

export function keyCases(): void {
  it('creates the signing key once, and functions read it', async () => {
    const client = createSsmClient();
    const parameterName = `/durable-triggerflow/trial/keys-${randomUUID()}`;
    const read = () => createSsmKeyRing({ client, parameterName, clock: systemClock }).current();
    try {
      assert.equal(await ensureCallbackKey(client, parameterName), true);
      const key = await read();
      assert.equal(key.secret.length, 32);
      assert.equal(await ensureCallbackKey(client, parameterName), false);
      assert.deepEqual(await read(), key);
    } finally {
      await client.send(new DeleteParameterCommand({ Name: parameterName }));
      client.destroy();
    }
  });
}

export function scheduleCases(open: Open): void {
  it('starts by schedule, once per minute', { timeout: HANG_MS }, async () => {
    const { driver } = open();
    const list = async () => {
      const answer = await driver.send('GET', '/executions?flow=tick');
      const { items } = JSON.parse(answer.text) as Listed<{ executionId: string; status: string }>;
      return items.filter(({ executionId }) => executionId.startsWith('minute-'));
    };
    const items = await poll(list, (found) => found[0]?.status === 'completed');
    const [first] = items;
    assert.ok(first);
    const view = fieldsOf(await driver.send('GET', `/executions/${first.executionId}`));
    assert.deepEqual(view.result, { from: 'schedule' });
    const minutes = items.map(({ executionId }) => executionId.replace(/^minute-(\d{8}T\d{4})\d\dZ-.{10}$/, '$1'));
    for (const minute of minutes) assert.match(minute, /^\d{8}T\d{4}$/);
    assert.equal(new Set(minutes).size, minutes.length);
  });
}

const WAKE = { kind: 'wake', executionId: 'nobody' };

async function bodiesIn({ sqs }: Target, QueueUrl: string): Promise<string[]> {
  const seen = new Map<string, string>();
  for (let i = 0; i < 5; i += 1) {
    const input = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0, WaitTimeSeconds: 1 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input));
    for (const { MessageId = '', Body = '' } of Messages) seen.set(MessageId, Body);
  }
  return [...seen.values()].sort();
}

async function countIn({ sqs }: Target, QueueUrl: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
  return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
}

const SWEEP = { source: 'aws.events', 'detail-type': 'Scheduled Event' };
const LATE = { flow: 'tick', schedule: 'late', scheduledTime: '2026-01-01T03:00:00Z', input: { from: 'redrive' } };

export function redriveCases(open: Open): void {
  const put = async (queue: 'dead' | 'schedules', bodies: readonly (string | object)[]) => {
    const { sqs, queues } = open();
    for (const body of bodies) {
      const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
      await sqs.send(new SendMessageCommand({ QueueUrl: queues[queue], MessageBody }));
    }
  };
  const none = { moved: 0, left: 0 };

  it('redrives dead letters and keeps unreadable ones', { timeout: HANG_MS }, async () => {
    const { queues, redrive, driver } = open();
    await startOf(open(), 'talk', 'spoken-to', null);
    const said = { executionId: 'spoken-to', signal: 'say', value: { word: 'late' }, signalId: 'late-1' };
    await put('dead', [WAKE, said, 'unreadable']);
    assert.deepEqual(await redrive(false), { messages: { moved: 2, left: 1 }, starts: none });
    await poll(
      () => countIn(open(), queues.wake),
      (count) => count === 0,
    );
    assert.deepEqual(await bodiesIn(open(), queues.dead), ['unreadable']);
    assert.deepEqual(await redrive(true), { messages: { moved: 0, left: 1 }, starts: none });
    assert.deepEqual(await bodiesIn(open(), queues.dead), []);
    const state = async () => fieldsOf(await driver.send('GET', '/executions/spoken-to')).state as { words?: string[] };
    await poll(state, ({ words = [] }) => words.includes('late'));
  });

  it('redrives discarded scheduled starts, each once', { timeout: HANG_MS }, async () => {
    const { queues, redrive, driver } = open();
    const unknown = { start: { ...LATE, flow: 'gone' } };
    await put('schedules', [{ start: LATE }, { start: LATE }, SWEEP, unknown, 'unreadable']);
    assert.deepEqual(await redrive(false), { messages: none, starts: { moved: 3, left: 2 } });
    const id = scheduledId(LATE, Date.parse(LATE.scheduledTime));
    const { result } = await refundsOf(driver).reach(id, 'completed');
    assert.deepEqual(result, { from: 'redrive' });
    assert.deepEqual(await bodiesIn(open(), queues.schedules), [JSON.stringify(unknown), 'unreadable'].sort());
    assert.deepEqual(await redrive(true), { messages: none, starts: { moved: 0, left: 2 } });
    assert.deepEqual(await bodiesIn(open(), queues.schedules), []);
  });
}

export function poisonCases(open: Open): void {
  it('dead-letters an unreadable message without delaying others', { timeout: HANG_MS }, async () => {
    const { sqs, queues, driver } = open();
    await sqs.send(new SendMessageCommand({ QueueUrl: queues.wake, MessageBody: 'poison' }));
    const { started, reach } = refundsOf(driver);
    await started('beside-poison', { ticket: 'T-9', amountCents: 100, reason: 'late' });
    await reach('beside-poison', 'completed');
    await poll(
      () => bodiesIn(open(), queues.dead),
      (bodies) => bodies.includes('poison'),
    );
    await open().redrive(true);
  });
}

export function killedCases(open: Open): void {
  it('continues after a function was killed in a step', { timeout: HANG_MS }, async (t) => {
    const { driver, lease } = open();
    await startOf(open(), 'fragile', 'killed', { mark: join(tmpdir(), `killed-${process.pid}-${Date.now()}`) });
    const { result } = await refundsOf(driver).reach('killed', 'completed');
    assert.deepEqual(result, { done: true });
    const times = (await driver.stream('killed')).map(({ item }) => (item as { at: number }).at);
    assert.equal(times.length, 2);
    const [died = 0, again = 0] = times;
    t.diagnostic(`went on after ${again - died} ms; the lease has ${lease} ms`);
  });
}

/** While the test runs, so few step functions run at once, as in an account with little concurrency. */
async function limitFunctions(t: TestContext, count: number): Promise<void> {
  const { AWS_ENDPOINT_URL } = process.env;
  const url = `${AWS_ENDPOINT_URL}/2017-10-31/functions/durable-triggerflow-trial-step/concurrency`;
  const body = JSON.stringify({ ReservedConcurrentExecutions: count });
  const { ok, status } = await fetch(url, { method: 'PUT', body });
  assert.ok(ok, `the limit of functions: HTTP ${status}`);
  t.after(() => fetch(url, { method: 'DELETE' }));
}

export function wideCases(open: Open): void {
  it(`ends a list of ${ITEMS} items exactly, although a function is killed in it`, { timeout: HANG_MS }, async (t) => {
    const mark = join(tmpdir(), `wide-${process.pid}-${Date.now()}`);
    const begun = Date.now();
    await limitFunctions(t, CONCURRENT);
    await startOf(open(), 'wide', 'wide-list', { items: ITEMS, mark });
    const { result } = await refundsOf(open().driver).reach('wide-list', 'completed');
    const numbers = Array.from({ length: ITEMS }, (_, n) => n).filter((n) => n % 100 < 97);
    assert.deepEqual(result, {
      succeeded: numbers.length,
      failed: ITEMS - numbers.length,
      sum: numbers.reduce((sum, n) => sum + n, 0),
    });
    // The mark shows that a function was killed.
    await access(mark);
    t.diagnostic(`took ${Date.now() - begun} ms`);
  });
}
