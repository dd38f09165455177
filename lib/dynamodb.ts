/** Access to a deployment from your own process: its stores, and a client over its table and queue. */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createDynamoClient } from './adapters/dynamodb/client.ts';
import { createDynamoStores } from './adapters/dynamodb/stores.ts';
import { createSqsClient } from './adapters/sqs/client.ts';
import { createSqsQueue } from './adapters/sqs/queue.ts';
import { createJsonLogger, systemClock, systemEntropy } from './adapters/system.ts';
import type { ObjectStore } from './ports/object-store.ts';
import type { Ports, Stores } from './ports/ports.ts';
import type { App } from './runtime/app/app.ts';
import { DEFAULTS } from './runtime/app/parameters.ts';
import { createClient } from './runtime/client/client.ts';
import type { Client } from './runtime/client/types.ts';

export type { ObjectStore } from './ports/object-store.ts';
export type { Ports, Stores } from './ports/ports.ts';
export type { Client } from './runtime/client/types.ts';

/** Region, endpoint and credentials for the AWS SDK. Absent ones come from the environment. */
export interface Access extends Pick<DynamoDBClientConfig, 'region' | 'endpoint' | 'credentials'> {}

export interface TableOptions extends Access {
  readonly tableName: string;
  /** Of a stage that keeps values over 64 KB in a bucket: made by `createValueBucket`. */
  readonly valueBucket?: ObjectStore;
}

export interface DeploymentOptions extends TableOptions {
  readonly queueUrl: string;
}

/** Creates the stores over one table, for `apiHandler(app, { stores })` and the other handlers. */
export function createTableStores({ tableName, valueBucket, ...access }: TableOptions): Stores {
  return createDynamoStores({ client: createDynamoClient(access), tableName, clock: systemClock }, valueBucket);
}

/** Creates a client over the table and queue of a deployment, whose workers run the executions. */
export function createTableClient(app: App, { queueUrl, ...table }: DeploymentOptions): Client {
  const { tableName: _, valueBucket: __, ...access } = table;
  const ports: Ports = {
    ...createTableStores(table),
    queue: createSqsQueue({ client: createSqsClient(access), queueUrl }),
    clock: systemClock,
    entropy: systemEntropy,
    log: createJsonLogger((line) => process.stderr.write(line)),
  };
  return createClient(app, ports, DEFAULTS);
}
