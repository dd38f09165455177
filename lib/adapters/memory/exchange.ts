/** Exchange providers in memory: for tests, and for processes that list waits themselves. */
import type { Announcement, ExchangeProvider } from '../../ports/exchange.ts';

export interface MemoryExchange extends ExchangeProvider {
  /** All announcements, oldest first, including repeats. */
  readonly announcements: readonly Announcement[];
  /** Records the next `times` announcements without acknowledging them. */
  refuse(times: number): void;
}

export function createMemoryExchange(): MemoryExchange {
  const announcements: Announcement[] = [];
  let refusals = 0;
  return {
    announcements,
    refuse(times) {
      refusals = times;
    },
    async announce(announcement) {
      announcements.push(structuredClone(announcement));
      if (refusals === 0) return;
      refusals -= 1;
      throw new Error('The memory exchange refuses this announcement, as refuse(times) requested.');
    },
  };
}

/** Creates a provider that sends nothing: waits are found in the list of interrupts. */
export function createInbox(): ExchangeProvider {
  return { announce: async () => undefined };
}
