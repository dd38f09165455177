/** Every contract over every adapter. DynamoDB and SQS are the embedded ones, behind real HTTP and the real SDK. */
import { after, before, test } from 'node:test';
import { type Embedded, startEmbedded } from '../../infra/local/embedded.ts';
import { createFakeClock } from '../../lib/adapters/memory/clock.ts';
import { createMemoryQueue } from '../../lib/adapters/memory/queue.ts';
import { createMemoryStores } from '../../lib/adapters/memory/stores.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { describeArtifactStore } from './artifact-store.contract.ts';
import { describeAwsAdapters } from './aws-adapters.ts';
import { compareCapacity } from './capacity.ts';
import { describeExecutionStore } from './execution-store.contract.ts';
import { describeFlowDataStore } from './flow-data-store.contract.ts';
import { describeLedgerStore } from './ledger-store.contract.ts';
import { matrix } from './matrix.ts';
import { describeStreamStore } from './stream-store.contract.ts';
import { describeValueStore } from './value-store.contract.ts';
import { describeWakeQueue } from './wake-queue.contract.ts';

let embedded: Embedded;
before(async () => {
  embedded = await startEmbedded();
});

describeExecutionStore('memory', async () => createMemoryStores().executions);
describeValueStore('memory', async () => createMemoryStores({ clock: systemClock }).values);
describeLedgerStore('memory', async () => createMemoryStores().ledger);
describeStreamStore('memory', async () => {
  const { streams } = createMemoryStores();
  return () => streams;
});
describeFlowDataStore('memory', async () => createMemoryStores().flowData);
describeArtifactStore('memory', async () => createMemoryStores().artifacts);
describeWakeQueue('memory', async () => {
  const clock = createFakeClock(1_000);
  const queue = createMemoryQueue({ clock });
  return {
    queue,
    async take(max) {
      const received = queue.receive(max);
      for (const { receipt } of received) queue.ack(receipt);
      return received.map(({ message }) => message);
    },
    pass: (seconds) => clock.advance(seconds * 1_000),
  };
});

// The embedded table does not report index writes.
const capacity = compareCapacity(['reads']);
const endClients = describeAwsAdapters(
  { store: 'dynamodb', queue: 'sqs' },
  { endpoint: () => embedded.endpoint, attach: capacity.attach },
);
test('the meter counts reads as the embedded table reports them, call by call', () => {
  capacity.check();
});

after(async () => {
  endClients();
  await embedded.close();
  process.stdout.write(`\n${matrix()}\n\n`);
});
