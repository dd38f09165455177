/** Stores and a queue in memory, new for each run. */
import { createSeededEntropy } from '../../../lib/adapters/memory/entropy.ts';
import { createMemoryQueue } from '../../../lib/adapters/memory/queue.ts';
import { createMemoryStores } from '../../../lib/adapters/memory/stores.ts';
import type { Store } from './backend.ts';

export const memory: Store = {
  reloads: false,
  open(clock) {
    const queue = createMemoryQueue({ clock });
    return {
      ports: { ...createMemoryStores({ clock }), queue, entropy: createSeededEntropy(1) },
      receive: async () => queue.receive(1_000),
      ack: async (receipt) => queue.ack(receipt),
      nack: async (receipt, delaySeconds) => queue.nack(receipt, delaySeconds),
      rest: async () => undefined,
      nextDue: () => queue.nextDue(),
    };
  },
  close: async () => undefined,
};
