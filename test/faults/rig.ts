/** The production client and workers over real SDK clients that fail on demand. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSServiceException,
} from '@aws-sdk/client-sqs';
import { LOCAL_ACCESS, provision } from '../../infra/local/endpoint/provision.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores } from '../../lib/adapters/dynamodb/stores.ts';
import { createSqsClient } from '../../lib/adapters/sqs/client.ts';
import { createSqsQueue, parseWakeMessage } from '../../lib/adapters/sqs/queue.ts';
import { systemClock, systemEntropy } from '../../lib/adapters/system.ts';
import type { App } from '../../lib/index.ts';
import type { Ports } from '../../lib/ports/ports.ts';
import { DEFAULTS } from '../../lib/runtime/app/parameters.ts';
import { createClient } from '../../lib/runtime/client/client.ts';
import type { Client } from '../../lib/runtime/client/types.ts';
import { createSweeper } from '../../lib/runtime/worker/sweeper.ts';
import { createWorker } from '../../lib/runtime/worker/worker.ts';
import { quiet } from '../bench/rigs/rig.ts';
import { HANG_MS } from '../limits.ts';
import type { Chooser } from '../sim/world/chooser.ts';
import { type FaultRates, type Faults, injectFaults } from './inject.ts';

export interface FaultyRig {
  readonly client: Client;
  /** Of the same store, without faults. */
  readonly calm: Client;
  readonly dynamo: Faults;
  readonly sqs: Faults;
  setBoth(rates: Partial<FaultRates>): void;
  /** Receives, works and sweeps until the condition holds. @throws Error when it never holds */
  workUntil(done: () => Promise<boolean>): Promise<void>;
  close(): void;
}

const PARAMETERS = { ...DEFAULTS, lease: 600, clockSkew: 0 };
const WORKERS = 3;
const SLOW_MS = 150;

export async function openFaultyRig(
  app: App,
  at: { readonly endpoint: string; readonly queueEndpoint?: string },
  chooser: Chooser,
): Promise<FaultyRig> {
  const { endpoint, queueEndpoint = endpoint } = at;
  const made = await provision({ ...at, prefix: `faults-${systemEntropy.id().replaceAll(/\W/g, '')}-` });
  const tableName = made.resource('FlowTable').ref;
  const queueUrl = made.resource('WakeQueue').ref;
  const delay = () => sleep(SLOW_MS);
  const $fault = 'client' as const;
  const message = 'injected';

  const dynamoClient = createDynamoClient({ endpoint, ...LOCAL_ACCESS });
  const dynamo = injectFaults(dynamoClient, {
    chooser,
    delay,
    exception: (name, httpStatusCode) =>
      new DynamoDBServiceException({ name, $fault, message, $metadata: { httpStatusCode } }),
  });
  const sqsClient = createSqsClient({ endpoint: queueEndpoint, ...LOCAL_ACCESS });
  const sqs = injectFaults(sqsClient, {
    chooser,
    delay,
    exception: (name, httpStatusCode) =>
      new SQSServiceException({ name, $fault, message, $metadata: { httpStatusCode } }),
  });
  const shared = { clock: systemClock, entropy: systemEntropy, log: quiet };
  const queue = createSqsQueue({ client: sqsClient, queueUrl });
  const ports: Ports = {
    ...createDynamoStores({ client: dynamoClient, tableName, clock: systemClock }),
    queue,
    ...shared,
  };
  const calmDynamo = createDynamoClient({ endpoint, ...LOCAL_ACCESS });
  const calmSqs = createSqsClient({ endpoint: queueEndpoint, ...LOCAL_ACCESS });
  const calmStores = createDynamoStores({ client: calmDynamo, tableName, clock: systemClock });

  /** Failed messages are available again at once. The event source mapping itself does not fail here. */
  const finish = async ({ ReceiptHandle }: Message, isDone: boolean) => {
    const at = { QueueUrl: queueUrl, ReceiptHandle };
    if (isDone) await calmSqs.send(new DeleteMessageCommand(at));
    else await calmSqs.send(new ChangeMessageVisibilityCommand({ ...at, VisibilityTimeout: 0 }));
  };
  const receive = async () => {
    const command = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 5, WaitTimeSeconds: 1 });
    return (await calmSqs.send(command)).Messages ?? [];
  };

  return {
    client: createClient(app, ports, PARAMETERS),
    calm: createClient(app, { ...calmStores, queue, ...shared }, PARAMETERS),
    dynamo,
    sqs,
    setBoth(rates) {
      dynamo.set(rates);
      sqs.set(rates);
    },
    async workUntil(done) {
      const end = Date.now() + HANG_MS;
      let over = false;
      const work = async () => {
        const worker = createWorker(app, ports, PARAMETERS);
        while (!over) {
          const messages = await receive();
          const parsed = messages.map(({ Body = '' }) => parseWakeMessage(Body));
          const outcomes = parsed.length === 0 ? [] : await worker.handle(parsed, Date.now() + 30_000);
          await Promise.all(messages.map((each, i) => finish(each, outcomes[i] === 'done')));
        }
      };
      const sweep = async () => {
        const sweeper = createSweeper(ports, PARAMETERS);
        while (!over) {
          await sweeper.sweep(Date.now() + 30_000).catch(() => undefined);
          await sleep(500);
        }
      };
      const watch = async () => {
        try {
          while (!(await done())) {
            if (Date.now() > end) throw new Error(`Not within ${HANG_MS} ms.`);
            await sleep(100);
          }
        } finally {
          over = true;
        }
      };
      await Promise.all([watch(), sweep(), ...Array.from({ length: WORKERS }, work)]);
    },
    close() {
      for (const each of [dynamoClient, sqsClient, calmDynamo, calmSqs]) each.destroy();
    },
  };
}
