/** Tables and queues: those at `DYNAMODB_ENDPOINT` and `SQS_ENDPOINT`, or MiniStack's tables and ElasticMQ. */
import type { Reported } from '../contracts/capacity.ts';
import { startElasticMq } from '../servers/elasticmq.ts';
import { startMiniStack } from '../servers/ministack.ts';
import type { Server } from '../servers/process.ts';

/** The parts that servers of a kind report in the same way as DynamoDB. */
export const REPORTS = {
  dynamodb: ['reads', 'writes'],
  // A read is one unit for any item size.
  ministack: ['writes'],
  // Index writes are not counted.
  dynalite: ['reads'],
  other: [],
} satisfies Record<string, readonly Reported[]>;
export type TablesKind = keyof typeof REPORTS;

const isKind = (name: string): name is TablesKind => name in REPORTS;

/** `DYNAMODB_KIND` names the server at `DYNAMODB_ENDPOINT`. Default: DynamoDB, or a server that reports as it does. */
export function readTablesKind({ DYNAMODB_KIND: named = 'dynamodb' }: NodeJS.ProcessEnv): TablesKind {
  if (isKind(named)) return named;
  throw new Error(`DYNAMODB_KIND is "${named}"; it must be one of ${Object.keys(REPORTS).join(', ')}.`);
}

export interface Servers {
  readonly tables: Server;
  readonly tablesKind: TablesKind;
  readonly queues: Server;
}

export async function openServers(env: NodeJS.ProcessEnv): Promise<Servers> {
  const { DYNAMODB_ENDPOINT, SQS_ENDPOINT } = env;
  const tablesKind = DYNAMODB_ENDPOINT ? readTablesKind(env) : 'ministack';
  const [tables, queues] = await Promise.all([
    DYNAMODB_ENDPOINT ? running(DYNAMODB_ENDPOINT) : startMiniStack(),
    SQS_ENDPOINT ? running(SQS_ENDPOINT) : startElasticMq(),
  ]);
  return { tables, tablesKind, queues };
}

const running = (endpoint: string): Server => ({ endpoint, close: async () => undefined });

/** The endpoints that `main.ts` has opened. */
export function readEndpoints({ DYNAMODB_ENDPOINT, SQS_ENDPOINT }: NodeJS.ProcessEnv) {
  if (DYNAMODB_ENDPOINT && SQS_ENDPOINT) return { endpoint: DYNAMODB_ENDPOINT, queueEndpoint: SQS_ENDPOINT };
  throw new Error('Set DYNAMODB_ENDPOINT and SQS_ENDPOINT, or let npm run test:real start servers.');
}
