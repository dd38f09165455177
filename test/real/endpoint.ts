/** Runs the endpoint suite on DynamoDB Local and ElasticMQ. */
import { runSuite } from '../endpoint/run.ts';
import { joinServers } from '../servers/joint.ts';
import { openServers } from './servers.ts';

const server = await joinServers(...(await openServers()));
try {
  process.exitCode = await runSuite(server.endpoint);
} finally {
  await server.close();
}
