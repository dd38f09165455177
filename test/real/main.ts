/** `npm run test:real`: contracts, faults and scenarios on tables and queues of other makers. */
import { fileURLToPath } from 'node:url';
import { CONTRACTS } from '../contracts/aws-adapters.ts';
import { runEndpoint } from '../endpoint/run.ts';
import { runSuites } from '../servers/suites.ts';
import { openServers, REPORTS } from './servers.ts';

const { tables, tablesKind, queues } = await openServers(process.env);
try {
  const parts = await runSuites({
    files: ['contracts.real.ts', 'faults.real.ts'].map((name) => fileURLToPath(new URL(name, import.meta.url))),
    env: { DYNAMODB_ENDPOINT: tables.endpoint, DYNAMODB_KIND: tablesKind, SQS_ENDPOINT: queues.endpoint },
    mustRun: [...CONTRACTS, 'faults', ...(REPORTS[tablesKind].length > 0 ? ['capacity'] : [])],
  });
  const scenarios = await runEndpoint('parts', { tables: tables.endpoint, queues: queues.endpoint });
  process.exitCode = parts || scenarios;
} finally {
  await Promise.all([tables.close(), queues.close()]);
}
