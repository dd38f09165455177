/** Where there is only a table and a queue, the local host runs the bundles on them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { returnDeadLetters } from '../../infra/dead-letters.ts';
import { startHost } from '../../infra/local/host.ts';
import { LOCAL_ACCESS, provision } from '../../infra/local/provision.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createSqsClient } from '../../lib/adapters/sqs/client.ts';
import { createDriver, type Target } from './target.ts';

export async function openParts(endpoint: string): Promise<Target> {
  const dataDir = await mkdtemp(join(tmpdir(), 'flow-endpoint-'));
  const app = fileURLToPath(new URL('app.ts', import.meta.url));
  const host = await startHost({ endpoint, app, port: 0, dataDir });
  const made = await provision({ endpoint });
  const dynamo = createDynamoClient({ endpoint, ...LOCAL_ACCESS });
  const sqs = createSqsClient({ endpoint, ...LOCAL_ACCESS });
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
    // There is no stack whose parts the script could ask for.
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
