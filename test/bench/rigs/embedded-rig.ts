/** The DynamoDB and SQS adapters against the embedded servers, which run in a process of their own. */
import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { LOCAL_ACCESS, provision } from '../../../infra/local/endpoint/provision.ts';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/client.ts';
import { headKey } from '../../../lib/adapters/dynamodb/item-layout.ts';
import { createDynamoStores } from '../../../lib/adapters/dynamodb/stores.ts';
import { createSqsClient } from '../../../lib/adapters/sqs/client.ts';
import { createSqsQueue, parseWakeMessage } from '../../../lib/adapters/sqs/queue.ts';
import { systemClock, systemEntropy } from '../../../lib/adapters/system.ts';
import { startEmbeddedProcess } from '../../servers/embedded.ts';
import { attachMeter } from '../meter.ts';
import { quiet, type Rig } from './rig.ts';

/** @param requestTimeout of the client (ms); default: that of production */
export async function createEmbeddedRig({ requestTimeout }: { readonly requestTimeout?: number } = {}): Promise<Rig> {
  const servers = await startEmbeddedProcess();
  const access = { endpoint: servers.endpoint, ...LOCAL_ACCESS };
  const resources = await provision(access);
  const tableName = resources.resource('FlowTable').ref;
  const queueUrl = resources.resource('WakeQueue').ref;
  const patience = { requestTimeout, throwOnRequestTimeout: true, socketAcquisitionWarningTimeout: requestTimeout };
  const client = createDynamoClient({
    ...access,
    ...(requestTimeout !== undefined && { requestHandler: patience }),
  });
  const sqs = createSqsClient(access);
  const meter = await attachMeter(client, tableName);
  let messages = 0;
  const queue = createSqsQueue({ client: sqs, queueUrl });

  return {
    ports: {
      ...createDynamoStores({ client, tableName, clock: systemClock }),
      queue: {
        send(batch) {
          messages += batch.length;
          return queue.send(batch);
        },
      },
      clock: systemClock,
      entropy: systemEntropy,
      log: quiet,
    },
    receive: (handle) => receive(sqs, queueUrl, handle),
    run: (work) => work(),
    totals: () => ({ ...meter.usage(), messages }),
    async floor() {
      const { writes, bytesWritten } = meter.usage();
      return bareWrites(client, tableName, writes, Math.round(bytesWritten / Math.max(1, writes)));
    },
    async close() {
      client.destroy();
      sqs.destroy();
      await servers.close();
    },
  };
}

async function receive(sqs: SQSClient, QueueUrl: string, handle: Parameters<Rig['receive']>[0]): Promise<boolean> {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
  const { Messages = [] } = await sqs.send(command);
  if (Messages.length === 0) return false;
  const results = await handle(Messages.map(({ Body = '' }) => parseWakeMessage(Body)));
  const done = Messages.filter((_, i) => results[i] === 'done');
  const Entries = done.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
  if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  return true;
}

/** Uses the attribute names of a head, so the server has the same work. */
async function bareWrites(client: DynamoDBClient, TableName: string, count: number, bytes: number): Promise<number> {
  const body = { S: 'x'.repeat(Math.max(1, bytes - 40)) };
  const begun = performance.now();
  for (let rev = 0; rev < count; rev += 1) {
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: headKey('bench-floor'),
        UpdateExpression: 'SET body = :body, rev = :rev',
        ConditionExpression: rev === 0 ? 'attribute_not_exists(pk)' : 'rev = :seen',
        ExpressionAttributeValues: {
          ':body': body,
          ':rev': { N: String(rev + 1) },
          ...(rev === 0 ? {} : { ':seen': { N: String(rev) } }),
        },
      }),
    );
  }
  return performance.now() - begun;
}
