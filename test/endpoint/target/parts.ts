/** For an endpoint with only a table or queues: the local host runs the bundles on it and provides the rest. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { returnDeadLetters } from '../../../infra/deploy/dead-letters.ts';
import { LOCAL_ACCESS, provision } from '../../../infra/local/endpoint/provision.ts';
import { type HostOptions, startHost } from '../../../infra/local/host.ts';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/client.ts';
import { createSqsClient } from '../../../lib/adapters/sqs/client.ts';
import { createDriver, type Target } from './target.ts';

export async function openParts(
  given: Pick<HostOptions, 'endpoint' | 'tableEndpoint' | 'queueEndpoint'>,
): Promise<Target> {
  const dataDir = await mkdtemp(join(tmpdir(), 'flow-endpoint-'));
  const app = fileURLToPath(new URL('../app.ts', import.meta.url));
  const host = await startHost({ ...given, app, port: 0, dataDir });
  const { endpoint, queueEndpoint } = host;
  const made = await provision({ endpoint, queueEndpoint });
  const dynamo = createDynamoClient({ endpoint, ...LOCAL_ACCESS });
  const sqs = createSqsClient({ endpoint: queueEndpoint, ...LOCAL_ACCESS });
  const queues = {
    wake: made.resource('WakeQueue').ref,
    dead: made.resource('DeadLetterQueue').ref,
    schedules: made.resource('ScheduleDeadLetterQueue').ref,
  };
  return {
    ...createDriver({
      door: { url: host.url },
      baseUrl: host.url,
      dynamo,
      tableName: made.resource('FlowTable').ref,
    }),
    sqs,
    queues,
    // There is no stack that the script could query for its resources.
    redrive: (purge) => returnDeadLetters({ sqs, queues, purge, invoke: (event) => host.invoke('schedule', event) }),
    lease: Number(host.environment.LEASE_MS),
    async close() {
      await host.close();
      dynamo.destroy();
      sqs.destroy();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
