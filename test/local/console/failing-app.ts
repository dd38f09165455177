/** One chunk fails twice with a message that quotes its input; another fails without. */
import { z } from 'zod';
import { type ContextOf, defineApp, defineFlow } from '../../../lib/index.ts';

const RETRY = { maxAttempts: 2, initialDelay: 3_000, factor: 1, jitter: 0 };

export const fails = defineFlow({ name: 'fails', input: z.string(), defaults: { retry: RETRY } });
fails.to('pay', (ctx: ContextOf<typeof fails, string>) => {
  throw new RangeError(`refused the card of ${ctx.input}, at ${Date.now()}`);
});

export const works = defineFlow({ name: 'works' });
works.to('say', (ctx) => ctx.log.info('it works'));

export default defineApp({ flows: [fails, works] });
