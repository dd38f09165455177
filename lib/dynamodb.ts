/** A deployment from a process of your own: its stores by name of the table, and a client over them. */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createDynamoClient } from './adapters/dynamodb/client.ts';
import { createDynamoStores } from './adapters/dynamodb/stores.ts';
import { createSqsClient } from './adapters/sqs/client.ts';
import { createSqsQueue } from './adapters/sqs/queue.ts';
import { createJsonLogger, systemClock, systemEntropy } from './adapters/system.ts';
import type { Ports, Stores } from './ports/ports.ts';
import type { App } from './runtime/app/app.ts';
import { DEFAULTS } from './runtime/app/parameters.ts';
import { createClient } from './runtime/client/client.ts';
import type { Client } from './runtime/client/types.ts';

export type { Ports, Stores } from './ports/ports.ts';
export type { Client } from './runtime/client/types.ts';

/** Region, endpoint and credentials as the AWS SDK takes them; what is absent comes from the environment. */
export interface Access extends Pick<DynamoDBClientConfig, 'region' | 'endpoint' | 'credentials'> {}

export interface TableOptions extends Access {
  readonly tableName: string;
}

export interface DeploymentOptions extends TableOptions {
  readonly queueUrl: string;
}

/** The stores over one table, for `apiHandler(app, { stores })` and the other handlers. */
export function createTableStores({ tableName, ...access }: TableOptions): Stores {
  return createDynamoStores({ client: createDynamoClient(access), tableName, clock: systemClock });
}

/** A client over the table and the queue of a deployment. Its workers run what the client starts. */
export function createTableClient(app: App, { queueUrl, ...table }: DeploymentOptions): Client {
  const { tableName: _, ...access } = table;
  const ports: Ports = {
    ...createTableStores(table),
    queue: createSqsQueue({ client: createSqsClient(access), queueUrl }),
    clock: systemClock,
    entropy: systemEntropy,
    log: createJsonLogger((line) => process.stderr.write(line)),
  };
  return createClient(app, ports, DEFAULTS);
}
