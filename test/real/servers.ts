/** DynamoDB Local and ElasticMQ: those at `DYNAMODB_ENDPOINT` and `SQS_ENDPOINT`, such as containers, or ones of our own. */
import { startDynamoLocal } from '../servers/dynamodb-local.ts';
import { startElasticMq } from '../servers/elasticmq.ts';
import type { Server } from '../servers/process.ts';

const running = (endpoint: string): Server => ({ endpoint, close: async () => undefined });

export function openServers(): Promise<[tables: Server, queues: Server]> {
  const { DYNAMODB_ENDPOINT, SQS_ENDPOINT } = process.env;
  return Promise.all([
    DYNAMODB_ENDPOINT ? running(DYNAMODB_ENDPOINT) : startDynamoLocal(),
    SQS_ENDPOINT ? running(SQS_ENDPOINT) : startElasticMq(),
  ]);
}
