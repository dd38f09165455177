/**
 * Every contract over DynamoDB Local and ElasticMQ. Meanwhile each call for a single item is counted by the rules of
 * `test/bench/meter.ts` and has to cost what DynamoDB Local says.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { attachMeter, type CountedCall } from '../bench/meter.ts';
import { describeAwsAdapters } from '../contracts/aws-adapters.ts';
import { matrix } from '../contracts/matrix.ts';
import type { Server } from '../servers/process.ts';
import { openServers } from './servers.ts';

const SINGLE = ['GetItemCommand', 'PutItemCommand', 'UpdateItemCommand'];

const servers: Server[] = [];
const calls: CountedCall[] = [];
const endpointOf = (i: number) => servers[i]?.endpoint ?? assert.fail('not started');

before(async () => {
  servers.push(...(await openServers()));
});

const endClients = describeAwsAdapters(
  { store: 'dynamodb-local', queue: 'elasticmq' },
  { endpoint: () => endpointOf(0), queueEndpoint: () => endpointOf(1), attach: compareCapacity },
);

test('the meter counts what DynamoDB Local reports, call by call', () => {
  const single = calls.filter(({ command, alone }) => alone && SINGLE.includes(command));
  for (const call of single) assert.equal(call.wcu + call.rcu, call.reported, JSON.stringify(call));
  for (const command of SINGLE) {
    const count = single.filter((call) => call.command === command).length;
    assert.ok(count >= 40, `${command}: ${count} calls were compared`);
  }
  process.stdout.write(`\n${single.length} single-item calls cost what the engine reports\n`);
});

after(async () => {
  endClients();
  await Promise.all(servers.map((server) => server.close()));
  process.stdout.write(`\n${matrix()}\n\n`);
});

async function compareCapacity(client: DynamoDBClient, tableName: string): Promise<void> {
  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      return next(args);
    },
    { step: 'initialize', name: 'capacity', priority: 'low' },
  );
  await attachMeter(client, tableName, (call) => calls.push(call));
}
