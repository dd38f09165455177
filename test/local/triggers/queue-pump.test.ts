import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { type Embedded, startEmbedded } from '../../../infra/local/endpoint/embedded.ts';
import { LOCAL_ACCESS } from '../../../infra/local/endpoint/provision.ts';
import { createPump, failedOf, type Pump } from '../../../infra/local/triggers/queue-pump.ts';
import { createSqsClient } from '../../../lib/adapters/sqs/client.ts';
import { until } from '../support.ts';

let servers: Embedded;
let client: ReturnType<typeof createSqsClient>;
const pumps: Pump[] = [];

before(async () => {
  servers = await startEmbedded();
  client = createSqsClient({ endpoint: servers.endpoint, ...LOCAL_ACCESS });
});
after(async () => {
  // In parallel: each waits for its last poll.
  await Promise.all(pumps.map((pump) => pump.stop()));
  client.destroy();
  await servers.close();
});

interface Queue {
  readonly url: string;
  readonly arn: string;
}

async function makeQueue(name: string, Attributes: Record<string, string> = {}): Promise<Queue> {
  const { QueueUrl: url = '' } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  const asked = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] });
  return { url, arn: (await client.send(asked)).Attributes?.QueueArn ?? '' };
}

/** Queued and in flight. */
async function countOf({ url }: Queue): Promise<number> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  );
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
}

async function send({ url }: Queue, ...bodies: string[]): Promise<void> {
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
}

type Step = (event: SQSEvent) => unknown;

function pumpOf(queue: Queue, step: Step, options: { concurrency?: number; partial?: boolean; lines?: string[] } = {}) {
  const { concurrency = 4, partial = true, lines = [] } = options;
  const invoke = async (_: string, event: unknown) => step(event as SQSEvent);
  const log = (line: string) => lines.push(line);
  const source = { client, queueArn: queue.arn, fn: 'step', batchSize: 10, concurrency, partial, invoke, log };
  const pump = createPump(source);
  pumps.push(pump);
  return pump;
}

const bodiesOf = (event: SQSEvent) => event.Records.map((record) => record.body);

test('a partial response keeps only failed messages on the queue', () => {
  const ids = ['a', 'b'];
  const failing = (itemIdentifier: unknown) => ({ batchItemFailures: [{ itemIdentifier }] });
  for (const fine of [undefined, null, {}, { batchItemFailures: [] }, { batchItemFailures: null }]) {
    assert.deepEqual([...failedOf(ids, fine)], [], JSON.stringify(fine));
  }
  assert.deepEqual([...failedOf(ids, failing('b'))], ['b']);
  for (const bad of [failing(''), failing(null), failing('c'), { batchItemFailures: [{ id: 'a' }] }, 'text']) {
    assert.deepEqual([...failedOf(ids, bad)], ids, JSON.stringify(bad));
  }
});

test('a batch arrives as an SQS event, and successful messages are deleted', async () => {
  const queue = await makeQueue('event');
  await send(queue, 'one', 'two', 'three');
  const events: SQSEvent[] = [];
  pumpOf(queue, (event) => {
    events.push(event);
  }).start();
  await until(async () => (await countOf(queue)) === 0, 'all deleted');
  assert.equal(events.length, 1);
  const [record = assert.fail('no record')] = events[0]?.Records ?? [];
  assert.equal(record.eventSource, 'aws:sqs');
  assert.equal(record.eventSourceARN, queue.arn);
  assert.equal(record.awsRegion, 'us-east-1');
  assert.equal(record.attributes.ApproximateReceiveCount, '1');
  assert.match(record.attributes.SentTimestamp, /^\d{13}$/);
  assert.ok(record.messageId && record.receiptHandle && record.md5OfBody);
});

test('only reported messages are retried, after their visibility timeout', async () => {
  const queue = await makeQueue('partial', { VisibilityTimeout: '1' });
  await send(queue, 'good', 'bad');
  const seen: string[][] = [];
  pumpOf(queue, (event) => {
    seen.push(bodiesOf(event));
    const bad = event.Records.filter(({ body }) => body === 'bad' && seen.length === 1);
    return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  }).start();
  await until(async () => (await countOf(queue)) === 0, 'all deleted');
  assert.deepEqual(seen, [['good', 'bad'], ['bad']]);
});

test('an exception keeps the whole batch, which is dead-lettered in the end', async () => {
  const aside = await makeQueue('aside');
  const redrive = JSON.stringify({ deadLetterTargetArn: aside.arn, maxReceiveCount: 2 });
  const queue = await makeQueue('throwing', { VisibilityTimeout: '1', RedrivePolicy: redrive });
  await send(queue, 'one', 'two');
  const seen: string[][] = [];
  const lines: string[] = [];
  const step = (event: SQSEvent) => {
    seen.push(bodiesOf(event));
    throw new Error('broken chunk');
  };
  pumpOf(queue, step, { lines }).start();
  await until(async () => (await countOf(aside)) === 2, 'both in the dead-letter queue');
  assert.equal(await countOf(queue), 0);
  assert.equal(seen.flat().length, 4);
  assert.match(lines[0] ?? '', /step: .*broken chunk/);
});

test('without partial responses the result is ignored', async () => {
  const queue = await makeQueue('whole');
  await send(queue, 'one');
  pumpOf(queue, () => ({ batchItemFailures: [{ itemIdentifier: '' }] }), { partial: false }).start();
  await until(async () => (await countOf(queue)) === 0, 'deleted');
});

test('concurrency is limited', async () => {
  const queue = await makeQueue('capped');
  const waiting: (() => void)[] = [];
  const pump = pumpOf(queue, () => new Promise<void>((done) => waiting.push(done)), { concurrency: 2 });
  pump.start();
  for (const body of ['one', 'two', 'three']) {
    const before = waiting.length;
    await send(queue, body);
    if (body !== 'three') await until(() => waiting.length > before, body);
  }
  assert.equal(waiting.length, 2);
  waiting.shift()?.();
  await until(() => waiting.length === 2, 'the third, once one has ended');
  for (const done of waiting) done();
  await until(async () => (await countOf(queue)) === 0, 'all deleted');
});

test('when stopped it receives nothing and waits for work in flight; a restart continues', async () => {
  const queue = await makeQueue('stopping');
  const seen: string[] = [];
  const pump = pumpOf(queue, (event) => {
    seen.push(...bodiesOf(event));
  });
  pump.start();
  await send(queue, 'before');
  await until(() => seen.length === 1, 'the first');
  await pump.stop();
  assert.equal(await countOf(queue), 0);
  await send(queue, 'while stopped');
  assert.equal(await countOf(queue), 1);
  assert.deepEqual(seen, ['before']);
  pump.start();
  await until(() => seen.length === 2, 'the second');
});

test('a failing queue is polled again', async () => {
  const queue = await makeQueue('late');
  const lines: string[] = [];
  const seen: string[] = [];
  const missing = { ...queue, arn: queue.arn.replace('late', 'later') };
  pumpOf(missing, (event) => seen.push(...bodiesOf(event)), { lines }).start();
  await until(() => lines.length > 0, 'a line about the missing queue');
  const made = await makeQueue('later');
  await client.send(new PurgeQueueCommand({ QueueUrl: made.url }));
  await send(made, 'hello');
  await until(() => seen.length === 1, 'the message');
});
