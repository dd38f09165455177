/** Reads again and again until there is something to say, or the time is up. */
import type { Clock } from '../../ports/system.ts';

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1_000;

/**
 * Reads with backoff until a read says that it is enough.
 * @param ms after which the newest read is enough
 * @returns what was read last
 */
export async function pollFor<Found>(
  clock: Clock,
  ms: number,
  read: () => Promise<readonly [found: Found, isEnough: boolean]>,
): Promise<Found> {
  const end = clock.now() + ms;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const [found, isEnough] = await read();
    const left = end - clock.now();
    if (isEnough || left <= 0) return found;
    await clock.sleep(Math.min(pause, left));
  }
}
