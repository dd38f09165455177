/**
 * Runs the endpoint suite on DynamoDB Local and ElasticMQ: on its own, or on those at `DYNAMODB_ENDPOINT` and `SQS_ENDPOINT`,
 * such as containers.
 */

import { runSuite } from '../endpoint/run.ts';
import { startDynamoLocal } from '../servers/dynamodb-local.ts';
import { startElasticMq } from '../servers/elasticmq.ts';
import { joinServers } from '../servers/joint.ts';
import type { Server } from '../servers/process.ts';

const running = (endpoint: string): Server => ({ endpoint, close: async () => undefined });

const { DYNAMODB_ENDPOINT, SQS_ENDPOINT } = process.env;
const tables = DYNAMODB_ENDPOINT ? running(DYNAMODB_ENDPOINT) : await startDynamoLocal();
const queues = SQS_ENDPOINT ? running(SQS_ENDPOINT) : await startElasticMq();
const server = await joinServers(tables, queues);
try {
  process.exitCode = await runSuite(server.endpoint);
} finally {
  await server.close();
}
