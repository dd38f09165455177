/** Long polling: a route answers once there is something to say, or when its wait time is up. */
import { z } from 'zod';

export { pollFor } from '../../../runtime/view/poll.ts';

/** Seconds to wait, as text; read as milliseconds. */
export const Wait = z
  .string()
  .regex(/^(1?\d|2[0-5])$/, 'expected 0 to 25 seconds')
  .default('0')
  .transform((seconds) => Number(seconds) * 1_000);
