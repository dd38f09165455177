/** A clock that moves only when a test advances it. */
import type { Clock } from '../../ports/system.ts';

export interface FakeClock extends Clock {
  /**
   * Moves time and ends sleeps by due time, then by order of the calls. All work that a sleeper triggers in memory runs
   * before the next one ends.
   */
  advance(ms: number): Promise<void>;
  /** Time at which the next sleep ends (ms since the epoch). */
  nextDue(): number | undefined;
}

interface Sleeper {
  readonly due: number;
  readonly end: () => void;
}

/** @param start milliseconds since the epoch */
export function createFakeClock(start: number): FakeClock {
  let now = start;
  let sleepers: Sleeper[] = [];
  const first = () => sleepers.reduce<Sleeper | undefined>((a, b) => (a && a.due <= b.due ? a : b), undefined);
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const end = () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          signal?.removeEventListener('abort', end);
          resolve();
        };
        const sleeper = { due: now + Math.max(0, ms), end };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', end);
      }),
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (let next = first(); next && next.due <= until; next = first()) {
        now = Math.max(now, next.due);
        next.end();
        await settle();
      }
      now = until;
    },
    nextDue: () => first()?.due,
  };
}
