/** Every contract over every adapter. DynamoDB and SQS are the embedded ones, behind real HTTP and the real SDK. */
import { after, before } from 'node:test';
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Embedded, startEmbedded } from '../../infra/local/embedded.ts';
import { LOCAL_ACCESS, provision } from '../../infra/local/provision.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores, type DynamoStores } from '../../lib/adapters/dynamodb/stores.ts';
import { createFakeClock } from '../../lib/adapters/memory/clock.ts';
import { createMemoryQueue } from '../../lib/adapters/memory/queue.ts';
import { createMemoryStores } from '../../lib/adapters/memory/stores.ts';
import { createSqsClient } from '../../lib/adapters/sqs/client.ts';
import { createSqsQueue, parseWakeMessage } from '../../lib/adapters/sqs/queue.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { describeExecutionStore } from './execution-store.contract.ts';
import { describeFlowDataStore } from './flow-data-store.contract.ts';
import { describeLedgerStore } from './ledger-store.contract.ts';
import { matrix } from './matrix.ts';
import { randomId } from './samples.ts';
import { describeStreamStore } from './stream-store.contract.ts';
import { describeValueStore } from './value-store.contract.ts';
import { describeWakeQueue } from './wake-queue.contract.ts';

let embedded: Embedded;
const clients: { destroy(): void }[] = [];

before(async () => {
  embedded = await startEmbedded();
});

after(async () => {
  for (const client of clients) client.destroy();
  await embedded.close();
  process.stdout.write(`\n${matrix()}\n\n`);
});

async function resources() {
  return provision({ endpoint: embedded.endpoint, prefix: `${randomId().replaceAll(/[^A-Za-z0-9]/g, '')}-` });
}

async function dynamoTable(): Promise<() => DynamoStores> {
  const tableName = (await resources()).resource('FlowTable').ref;
  const client = createDynamoClient({ endpoint: embedded.endpoint, ...LOCAL_ACCESS });
  clients.push(client);
  return () => createDynamoStores({ client, tableName, clock: systemClock });
}

describeExecutionStore('memory', async () => createMemoryStores().executions);
describeExecutionStore('dynamodb', async () => (await dynamoTable())().executions);

describeValueStore('memory', async () => createMemoryStores({ clock: systemClock }).values);
describeValueStore('dynamodb', async () => (await dynamoTable())().values);

describeLedgerStore('memory', async () => createMemoryStores().ledger);
describeLedgerStore('dynamodb', async () => (await dynamoTable())().ledger);

describeStreamStore('memory', async () => {
  const { streams } = createMemoryStores();
  return () => streams;
});
describeStreamStore('dynamodb', async () => {
  const stores = await dynamoTable();
  return () => stores().streams;
});

describeFlowDataStore('memory', async () => createMemoryStores().flowData);
describeFlowDataStore('dynamodb', async () => (await dynamoTable())().flowData);

describeWakeQueue('memory', async () => {
  const clock = createFakeClock(1_000);
  const queue = createMemoryQueue({ clock });
  return {
    queue,
    async take(max) {
      const received = queue.receive(max);
      for (const { receipt } of received) queue.ack(receipt);
      return received.map(({ message }) => message);
    },
    pass: (seconds) => clock.advance(seconds * 1_000),
  };
});
describeWakeQueue('sqs', async () => {
  const client = createSqsClient({ endpoint: embedded.endpoint, ...LOCAL_ACCESS });
  clients.push(client);
  const queueUrl = (await resources()).resource('WakeQueue').ref;
  let wait = 0;
  return {
    queue: createSqsQueue({ client, queueUrl }),
    async take(max) {
      const bodies = await take(client, queueUrl, max, wait);
      wait = 0;
      return bodies.map(parseWakeMessage);
    },
    async pass(seconds) {
      wait = seconds + 1;
    },
  };
});

/** @param wait seconds of long polling: the queue answers as soon as something is due */
async function take(client: SQSClient, QueueUrl: string, max: number, wait: number): Promise<string[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: max, WaitTimeSeconds: wait }),
  );
  for (const { ReceiptHandle } of Messages) await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.map(({ Body = '' }) => Body);
}
