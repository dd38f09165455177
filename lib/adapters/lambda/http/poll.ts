/** Long polling: a route answers once there is something to say, or when its wait time is up. */
import { z } from 'zod';
import type { Clock } from '../../../ports/system.ts';

/** Seconds to wait, as text. */
export const Wait = z
  .string()
  .regex(/^(1?\d|2[0-5])$/, 'expected 0 to 25 seconds')
  .default('0');

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1_000;

/** Reads with backoff until a read says that it is enough. @returns what was read last */
export async function pollFor<Found>(
  clock: Clock,
  seconds: number,
  read: () => Promise<readonly [found: Found, isEnough: boolean]>,
): Promise<Found> {
  const end = clock.now() + seconds * 1_000;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const [found, isEnough] = await read();
    const left = end - clock.now();
    if (isEnough || left <= 0) return found;
    await clock.sleep(Math.min(pause, left));
  }
}
