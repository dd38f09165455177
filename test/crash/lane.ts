/**
 * One isolated service: embedded servers in this process, the proxy in front of them, and a host that is killed and started
 * again. The servers and what they hold outlive every host.
 */
import { GetQueueAttributesCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { startEmbedded } from '../../infra/local/endpoint/embedded.ts';
import { LOCAL_ACCESS, provision } from '../../infra/local/endpoint/provision.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores, type DynamoStores } from '../../lib/adapters/dynamodb/stores.ts';
import { createSqsClient } from '../../lib/adapters/sqs/client.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { freePort, type HostProcess, startHostProcess, tempFolder } from './host-process.ts';
import { createJournal, type Journal } from './journal.ts';
import { type CrashProxy, openProxy, type Trap } from './proxy.ts';

/** A log line of a host. */
export type LogEntry = Readonly<Record<string, unknown>>;

/** The interface of a scenario to its server. */
export interface Service {
  readonly url: string;
  readonly stores: DynamoStores;
  readonly logs: readonly LogEntry[];
}

export interface Lane extends Service {
  readonly journal: Journal;
  readonly proxy: CrashProxy;
  /** Starts a host; one at a time. */
  start(): HostProcess;
  /** Kills the host when the trap springs, then resolves. */
  killWhen(trap: Trap): Promise<void>;
  /** Kills the host, if there is one, and waits until none of its requests is in flight. */
  end(): Promise<void>;
  /** Receivable messages on the queue and its dead-letter queue. */
  visible(): Promise<{ readonly queue: number; readonly dead: number }>;
  /** Puts messages onto the queue. */
  send(bodies: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** @param env of the hosts */
export async function openLane(env: Readonly<Record<string, string>> = {}): Promise<Lane> {
  const embedded = await startEmbedded();
  const access = { endpoint: embedded.endpoint, ...LOCAL_ACCESS };
  const resources = await provision(access);
  const tableName = resources.resource('FlowTable').ref;
  const queueUrls = { queue: resources.resource('WakeQueue').ref, dead: resources.resource('DeadLetterQueue').ref };
  const dynamo = createDynamoClient(access);
  const sqs = createSqsClient(access);
  const journal = createJournal();
  const proxy = await openProxy(embedded.endpoint, journal);
  const dataDir = await tempFolder();
  const port = await freePort();
  const logs: LogEntry[] = [];
  let host: HostProcess | undefined;

  const count = async (QueueUrl: string): Promise<number> => {
    const AttributeNames = ['ApproximateNumberOfMessages'] as const;
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] });
    return Number((await sqs.send(command)).Attributes?.ApproximateNumberOfMessages);
  };
  const end = async (): Promise<void> => {
    host?.kill();
    await host?.exited;
    host = undefined;
    await proxy.shut();
  };

  return {
    url: `http://127.0.0.1:${port}`,
    stores: createDynamoStores({ client: dynamo, tableName, clock: systemClock }),
    logs,
    journal,
    proxy,
    start() {
      proxy.open();
      const onLine = (line: string) => logs.push(...parseLog(line));
      host = startHostProcess({ port, dataDir, env: { ...env, AWS_ENDPOINT_URL: proxy.url }, onLine });
      return host;
    },
    killWhen: (trap) =>
      new Promise((done) => {
        proxy.set(trap, () => {
          host?.kill();
          done();
        });
      }),
    end,
    visible: async () => ({ queue: await count(queueUrls.queue), dead: await count(queueUrls.dead) }),
    async send(bodies) {
      for (let from = 0; from < bodies.length; from += 10) {
        const Entries = bodies.slice(from, from + 10).map((MessageBody, i) => ({ Id: String(i), MessageBody }));
        await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrls.queue, Entries }));
      }
    },
    async close() {
      await end();
      await proxy.close();
      dynamo.destroy();
      sqs.destroy();
      await embedded.close();
    },
  };
}

/** The log entry of a line; undefined if it is not JSON. */
export function parseLog(line: string): LogEntry[] {
  if (!line.startsWith('{')) return [];
  try {
    return [JSON.parse(line) as LogEntry];
  } catch {
    return [];
  }
}
