/**
 * The DynamoDB and SQS adapters over embedded servers. Delays of messages follow the standing clock, so delayed ones are kept
 * here until they are due and go through SQS then.
 */
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { LOCAL_ACCESS, provision } from '../../../infra/local/endpoint/provision.ts';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores } from '../../../lib/adapters/dynamodb/stores.ts';
import { createSqsClient } from '../../../lib/adapters/sqs/client.ts';
import { createSqsQueue, parseWakeMessage } from '../../../lib/adapters/sqs/queue.ts';
import { systemClock, systemEntropy } from '../../../lib/adapters/system.ts';
import type { Ports } from '../../../lib/ports/ports.ts';
import type { Delayed, WakeMessage, WakeQueue } from '../../../lib/ports/wake-queue.ts';
import { startEmbeddedProcess } from '../../servers/embedded.ts';
import type { Backend, Received, Store } from './backend.ts';

export async function startEmbeddedStore(): Promise<Store> {
  const servers = await startEmbeddedProcess();
  const access = { endpoint: servers.endpoint, ...LOCAL_ACCESS };
  const resources = await provision(access);
  const client = createDynamoClient(access);
  const sqs = createSqsClient(access);
  const queueUrl = resources.resource('WakeQueue').ref;
  const tableName = resources.resource('FlowTable').ref;
  // Waits between retries of a request would be real time.
  const stores = createDynamoStores({ client, tableName, clock: { sleep: () => systemClock.sleep(0) } });
  const queue = createSqsQueue({ client: sqs, queueUrl });
  return {
    reloads: true,
    open: (clock) => openRun({ ...stores, queue }, new Inbox(sqs, queueUrl), clock),
    async close() {
      client.destroy();
      sqs.destroy();
      await servers.close();
    },
  };
}

type Stored = Omit<Ports, 'clock' | 'log' | 'entropy'>;

function openRun(stored: Stored, inbox: Inbox, clock: { now(): number }): Backend {
  const calls = new Calls();
  const held: { readonly due: number; readonly message: WakeMessage }[] = [];
  const bodies = new Map<string, WakeMessage>();
  const hold = (message: WakeMessage, delaySeconds: number) =>
    void held.push({ message, due: clock.now() + delaySeconds * 1_000 });
  const queue: WakeQueue = {
    async send(messages) {
      for (const { message, delaySeconds } of messages) if (delaySeconds > 0) hold(message, delaySeconds);
      await stored.queue.send(messages.filter(({ delaySeconds }) => delaySeconds === 0));
    },
  };
  const sendDue = async () => {
    const due = held.filter((each) => each.due <= clock.now());
    for (const each of due) held.splice(held.indexOf(each), 1);
    if (due.length > 0) await stored.queue.send(due.map(({ message }): Delayed => ({ message, delaySeconds: 0 })));
  };
  return {
    ports: {
      executions: calls.counted(stored.executions),
      values: calls.counted(stored.values),
      ledger: calls.counted(stored.ledger),
      streams: calls.counted(stored.streams),
      flowData: calls.counted(stored.flowData),
      artifacts: calls.counted(stored.artifacts),
      history: calls.counted(stored.history),
      attributes: calls.counted(stored.attributes),
      queue: calls.counted(queue),
      entropy: systemEntropy,
    },
    async receive() {
      await sendDue();
      const received = await inbox.receive();
      for (const { receipt, message } of received) bodies.set(receipt, message);
      return received;
    },
    ack: (receipt) => calls.count(inbox.delete(receipt)),
    async nack(receipt, delaySeconds) {
      const message = bodies.get(receipt);
      if (message) hold(message, delaySeconds);
      await calls.count(inbox.delete(receipt));
    },
    rest: () => calls.rest(),
    nextDue: () => held.reduce<number | undefined>((first, { due }) => Math.min(first ?? due, due), undefined),
  };
}

class Inbox {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  constructor(client: SQSClient, queueUrl: string) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  async receive(): Promise<readonly Received[]> {
    const all: Received[] = [];
    for (;;) {
      const command = new ReceiveMessageCommand({
        QueueUrl: this.#queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 0,
      });
      const { Messages = [] } = await this.#client.send(command);
      if (Messages.length === 0) return all;
      for (const { Body = '', ReceiptHandle = '' } of Messages)
        all.push({ message: parseWakeMessage(Body), receipt: ReceiptHandle });
    }
  }

  async delete(receipt: string): Promise<void> {
    await this.#client.send(new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle: receipt }));
  }
}

/** Counts calls in flight, to know when only time can continue the work. */
class Calls {
  #underWay = 0;

  counted<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...input: readonly unknown[]) => this.count(Reflect.apply(method, target, input));
      },
    });
  }

  async count<T>(call: Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await call;
    } finally {
      this.#underWay -= 1;
    }
  }

  async rest(): Promise<void> {
    do await systemClock.sleep(this.#underWay > 0 ? 1 : 0);
    while (this.#underWay > 0);
  }
}
