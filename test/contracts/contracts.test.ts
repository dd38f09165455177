/** Every contract over every adapter. DynamoDB and SQS are the embedded ones, behind real HTTP and the real SDK. */
import { after, before, test } from 'node:test';
import { type Embedded, startEmbedded } from '../../infra/local/endpoint/embedded.ts';
import { createFakeClock } from '../../lib/adapters/memory/clock.ts';
import { createMemoryQueue } from '../../lib/adapters/memory/queue.ts';
import { createMemoryStores } from '../../lib/adapters/memory/stores.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { matrix } from '../../lib/contracts/suite.ts';
import { describeStores, describeWakeQueue } from '../../lib/contracts.ts';
import { describeAwsAdapters } from './aws-adapters.ts';
import { compareCapacity } from './capacity.ts';

let embedded: Embedded;
before(async () => {
  embedded = await startEmbedded();
});

describeStores('memory', async () => createMemoryStores({ clock: systemClock }));
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
