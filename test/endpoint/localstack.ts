/**
 * `npm run test:localstack`: starts LocalStack, runs the scenarios on it, ends it. With `LOCALSTACK_AUTH_TOKEN` they run on
 * the deployed stack, otherwise on the local host with LocalStack's queues, and with its table where there is Docker.
 */
import { startLocalStack } from '../servers/localstack.ts';
import { runEndpoint } from './run.ts';

const { LOCALSTACK_AUTH_TOKEN } = process.env;
const { endpoint, tables, close } = await startLocalStack(LOCALSTACK_AUTH_TOKEN);
process.stdout.write(`LocalStack at ${endpoint}, the table ${tables ? 'there' : 'embedded'}\n`);
try {
  process.exitCode = await runEndpoint(LOCALSTACK_AUTH_TOKEN ? 'localstack-pro' : 'localstack', {
    ...(tables ? { tables: endpoint } : {}),
    queues: endpoint,
    keys: endpoint,
  });
} finally {
  await close();
}
