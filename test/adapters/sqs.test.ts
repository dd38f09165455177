import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceiveMessageCommand, type SendMessageBatchCommandInput, type SQSClient } from '@aws-sdk/client-sqs';
import { startEmbedded } from '../../infra/local/endpoint/embedded.ts';
import { LOCAL_ACCESS, provision } from '../../infra/local/endpoint/provision.ts';
import { createSqsClient } from '../../lib/adapters/sqs/client.ts';
import { createSqsQueue, parseQueueMessage, parseWakeMessage } from '../../lib/adapters/sqs/queue.ts';

const wake = (executionId: string, delaySeconds = 0) => ({
  message: { executionId, kind: 'wake' } as const,
  delaySeconds,
});

function fakeClient(answer: (batch: SendMessageBatchCommandInput) => object): SQSClient {
  return {
    send: async (command: { input: SendMessageBatchCommandInput }) => answer(command.input),
  } as unknown as SQSClient;
}

test('refused entries are thrown after every batch was tried', async () => {
  const batches: SendMessageBatchCommandInput[] = [];
  const client = fakeClient((batch) => {
    batches.push(batch);
    return batches.length === 1 ? { Failed: [{ Id: '3', Code: 'InternalError', Message: 'again' }] } : {};
  });
  const queue = createSqsQueue({ client, queueUrl: 'url' });
  const messages = Array.from({ length: 25 }, (_, i) => wake(`e${i}`, i));
  await assert.rejects(queue.send(messages), /1 of 10 messages: InternalError: again/);
  assert.deepEqual(
    batches.map((batch) => batch.Entries?.length),
    [10, 10, 5],
  );
  const last = batches[2]?.Entries?.[4];
  assert.equal(last?.DelaySeconds, 24);
  assert.equal(last?.MessageBody, '{"executionId":"e24","kind":"wake"}');
  for (const { Entries = [] } of batches) assert.equal(new Set(Entries.map((entry) => entry.Id)).size, Entries.length);
});

test('several failed batches are thrown together', async () => {
  const client = fakeClient(() => {
    throw new Error('down');
  });
  const queue = createSqsQueue({ client, queueUrl: 'url' });
  await assert.rejects(queue.send(Array.from({ length: 11 }, (_, i) => wake(`e${i}`))), AggregateError);
});

test('bodies that are not wake messages are refused', () => {
  const bodies = ['', 'null', '{', '[]', '{}', '{"executionId":"e"}', '{"executionId":"e","kind":"other"}'];
  bodies.push('{"executionId":"a#b","kind":"wake"}', `${'['.repeat(5_000)}`);
  for (const body of bodies) assert.throws(() => parseWakeMessage(body), { code: 'invalid_request' });
  const signal = { executionId: 'e', kind: 'watchdog', fence: 7 };
  assert.deepEqual(parseWakeMessage(JSON.stringify(signal)), signal);
});

test('bodies that are not signals are refused at any depth', () => {
  const signal = (value: string) => `{"executionId":"e","signal":"s","signalId":"i","value":${value}}`;
  assert.deepEqual(parseQueueMessage(signal('[1]')), { executionId: 'e', signal: 's', signalId: 'i', value: [1] });
  for (const value of [`${'['.repeat(4_000)}${']'.repeat(4_000)}`, '{"__proto__":1}', '"\\ud800"'])
    assert.throws(() => parseQueueMessage(signal(value)), { code: 'invalid_request' });
});

test('a message received too often goes to the dead-letter queue', async () => {
  const embedded = await startEmbedded();
  const client = createSqsClient({ endpoint: embedded.endpoint, ...LOCAL_ACCESS });
  try {
    const { resource } = await provision(embedded);
    const url = (id: string) => resource(id).ref;
    const receive = async (id: string) => {
      const input = { QueueUrl: url(id), VisibilityTimeout: 0, WaitTimeSeconds: 0 };
      return (await client.send(new ReceiveMessageCommand(input))).Messages ?? [];
    };
    await createSqsQueue({ client, queueUrl: url('WakeQueue') }).send([wake('poison')]);
    let receives = 0;
    while ((await receive('WakeQueue')).length > 0) receives += 1;
    assert.equal(receives, 10);
    const [dead] = await receive('DeadLetterQueue');
    assert.deepEqual(parseWakeMessage(dead?.Body ?? ''), wake('poison').message);
  } finally {
    client.destroy();
    await embedded.close();
  }
});
