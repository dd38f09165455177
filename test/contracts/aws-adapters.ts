/** The contracts over the DynamoDB and SQS adapters, on given servers. */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { LOCAL_ACCESS, provision } from '../../infra/local/endpoint/provision.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores, type DynamoStores } from '../../lib/adapters/dynamodb/stores.ts';
import { createSqsClient } from '../../lib/adapters/sqs/client.ts';
import { createSqsQueue, parseWakeMessage } from '../../lib/adapters/sqs/queue.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { describeArtifactStore } from '../../lib/contracts/artifact-store.ts';
import { describeAttributeStore } from '../../lib/contracts/attribute-store.ts';
import { describeExecutionStore } from '../../lib/contracts/execution-store.ts';
import { describeFlowDataStore } from '../../lib/contracts/flow-data-store.ts';
import { describeHistoryStore } from '../../lib/contracts/history-store.ts';
import { describeLedgerStore } from '../../lib/contracts/ledger-store.ts';
import { randomId } from '../../lib/contracts/samples.ts';
import { describeStreamStore } from '../../lib/contracts/stream-store.ts';
import { describeValueStore } from '../../lib/contracts/value-store.ts';
import { describeWakeQueue } from '../../lib/contracts/wake-queue.ts';

/** The suites registered below, by port name. */
export const CONTRACTS = [
  'ExecutionStore',
  'ValueStore',
  'LedgerStore',
  'StreamStore',
  'FlowDataStore',
  'ArtifactStore',
  'WakeQueue',
];

export interface AwsServers {
  /** Called when a suite starts. */
  readonly endpoint: () => string;
  /** Default: the table client. */
  readonly queueEndpoint?: () => string;
  /** Called with every client before its first use. */
  readonly attach?: (client: DynamoDBClient, tableName: string) => Promise<void>;
}

/** Registers the suites, each with a table or queue of its own. Returns a function that closes the clients. */
export function describeAwsAdapters(label: { readonly store: string; readonly queue: string }, servers: AwsServers) {
  const { endpoint, queueEndpoint = endpoint, attach } = servers;
  const clients: { destroy(): void }[] = [];

  const resources = () =>
    provision({
      endpoint: endpoint(),
      queueEndpoint: queueEndpoint(),
      prefix: `${randomId().replaceAll(/[^A-Za-z0-9]/g, '')}-`,
    });

  async function table(): Promise<() => DynamoStores> {
    const tableName = (await resources()).resource('FlowTable').ref;
    const client = createDynamoClient({ endpoint: endpoint(), ...LOCAL_ACCESS });
    clients.push(client);
    await attach?.(client, tableName);
    return () => createDynamoStores({ client, tableName, clock: systemClock });
  }

  describeExecutionStore(label.store, async () => (await table())().executions);
  describeValueStore(label.store, async () => (await table())().values);
  describeLedgerStore(label.store, async () => (await table())().ledger);
  describeStreamStore(label.store, async () => {
    const stores = await table();
    return () => stores().streams;
  });
  describeFlowDataStore(label.store, async () => (await table())().flowData);
  describeArtifactStore(label.store, async () => (await table())().artifacts);
  describeHistoryStore(label.store, async () => (await table())().history);
  describeAttributeStore(label.store, async () => (await table())().attributes);
  describeWakeQueue(label.queue, async () => {
    const client = createSqsClient({ endpoint: queueEndpoint(), ...LOCAL_ACCESS });
    clients.push(client);
    const queueUrl = (await resources()).resource('WakeQueue').ref;
    let wait = 0;
    return {
      queue: createSqsQueue({ client, queueUrl }),
      async take(max) {
        const messages = await take(client, queueUrl, max, wait);
        wait = 0;
        return messages.map(({ Body = '' }) => parseWakeMessage(Body));
      },
      async pass(seconds) {
        wait = seconds + 1;
      },
    };
  });

  return () => {
    for (const client of clients) client.destroy();
  };
}

/** @param wait seconds of long polling: the queue answers as soon as something is due */
async function take(client: SQSClient, QueueUrl: string, max: number, wait: number): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: max, WaitTimeSeconds: wait });
  const { Messages = [] } = await client.send(command);
  for (const { ReceiptHandle } of Messages) await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages;
}
