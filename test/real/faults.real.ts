/** Faults of the SDK over DynamoDB Local and ElasticMQ. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { faultCases } from '../faults/cases.ts';
import type { Server } from '../servers/process.ts';
import { openServers } from './servers.ts';

const servers: Server[] = [];
const endpointOf = (i: number) => servers[i]?.endpoint ?? assert.fail('not started');
before(async () => {
  servers.push(...(await openServers()));
});
after(() => Promise.all(servers.map((server) => server.close())));

faultCases(() => ({ endpoint: endpointOf(0), queueEndpoint: endpointOf(1) }), 2);
