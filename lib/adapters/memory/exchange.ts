/** Announcements in memory: for tests, and for processes that show waits themselves. */
import type { Announcement, ExchangeProvider } from '../../ports/exchange.ts';

export interface MemoryExchange extends ExchangeProvider {
  /** Everything that was told, repeats included, oldest first. */
  readonly announcements: readonly Announcement[];
  /** The next `times` announcements are kept and not acknowledged. */
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
      throw new Error('not acknowledged');
    },
  };
}

/** Tells nobody: who waits is found in the list of interrupts. */
export function createInbox(): ExchangeProvider {
  return { announce: async () => undefined };
}
