/** A wake queue in memory that behaves like SQS: delays, and redelivery of messages that are not deleted. */
import { FlowError } from '../../errors/errors.ts';
import type { Clock } from '../../ports/system.ts';
import { MAX_DELAY_SECONDS, type WakeMessage, type WakeQueue } from '../../ports/wake-queue.ts';

export interface ReceivedMessage {
  /** Receipt of this delivery; a redelivery has another one. */
  readonly receipt: string;
  readonly message: WakeMessage;
  /** Number of deliveries, including this one. */
  readonly receiveCount: number;
}

export interface MemoryQueue extends WakeQueue {
  /**
   * Returns up to `max` due messages, by due time, then by order of sending. They are hidden until their visibility
   * timeout ends.
   * @param random numbers in [0, 1): the messages come in random order instead
   */
  receive(max: number, random?: () => number): readonly ReceivedMessage[];
  /** Deletes the message, unless it was redelivered since. */
  ack(receipt: string): void;
  /** Makes the message due again after `delaySeconds`, unless it was redelivered since. */
  nack(receipt: string, delaySeconds?: number): void;
  /** Due time of the first message (ms since the epoch); for hidden ones the end of their visibility timeout. */
  nextDue(): number | undefined;
  /** Number of messages, including hidden ones. */
  size(): number;
}

interface Entry {
  readonly serial: number;
  readonly body: string;
  due: number;
  receives: number;
}

/** @param options.visibilitySeconds how long a delivered message is hidden, 900 by default */
export function createMemoryQueue(options: {
  readonly clock: Pick<Clock, 'now'>;
  readonly visibilitySeconds?: number;
}): MemoryQueue {
  const { clock, visibilitySeconds = 900 } = options;
  const entries = new Map<number, Entry>();
  let serial = 0;
  const inOrder = () => [...entries.values()].sort((a, b) => a.due - b.due || a.serial - b.serial);
  const held = (receipt: string) => {
    const [id, receives] = receipt.split('.').map(Number);
    const entry = entries.get(id ?? 0);
    return entry?.receives === receives ? entry : undefined;
  };

  return {
    async send(messages) {
      for (const { delaySeconds } of messages) {
        if (Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= MAX_DELAY_SECONDS) continue;
        throw new FlowError(
          'invalid_request',
          `delaySeconds is ${delaySeconds}. Pass an integer from 0 to ${MAX_DELAY_SECONDS}.`,
        );
      }
      for (const { message, delaySeconds } of messages) {
        serial += 1;
        const due = clock.now() + delaySeconds * 1000;
        entries.set(serial, { serial, body: JSON.stringify(message), due, receives: 0 });
      }
    },
    receive(max, random) {
      const first = inOrder().filter((entry) => entry.due <= clock.now());
      const due = random ? shuffled(first, random) : first;
      return due.slice(0, max).map((entry) => {
        entry.due = clock.now() + visibilitySeconds * 1000;
        entry.receives += 1;
        const message = JSON.parse(entry.body) as WakeMessage;
        return { receipt: `${entry.serial}.${entry.receives}`, message, receiveCount: entry.receives };
      });
    },
    ack(receipt) {
      const entry = held(receipt);
      if (entry) entries.delete(entry.serial);
    },
    nack(receipt, delaySeconds = 0) {
      const entry = held(receipt);
      if (entry) entry.due = clock.now() + delaySeconds * 1000;
    },
    nextDue: () => inOrder()[0]?.due,
    size: () => entries.size,
  };
}

function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
