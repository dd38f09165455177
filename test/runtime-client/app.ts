/** Chunks whose misbehaviour only a real process shows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type ContextOf, defineApp, defineFlow } from '../../lib/index.ts';

export const odd = defineFlow({
  name: 'odd',
  input: z.enum(['right', 'hangs', 'rejects', 'leaks']),
  state: { done: z.boolean(), late: z.string() },
  stream: z.string(),
  defaults: { retry: { maxAttempts: 5, initialDelay: 0, factor: 1 } },
});

odd.to('run', async (ctx: ContextOf<typeof odd, 'right' | 'hangs' | 'rejects' | 'leaks'>) => {
  if (ctx.input === 'hangs' && ctx.attempt === 1) await sleep(3_600_000);
  if (ctx.input === 'rejects' && ctx.attempt === 1) {
    void Promise.reject(new Error('nobody awaits this'));
    await sleep(3_600_000);
  }
  // Started, not awaited: it continues when the process is thawed for another invocation.
  if (ctx.input === 'leaks') {
    void sleep(300).then(async () => {
      const outcome = await ctx.stream('late').then(
        () => 'accepted',
        (error: unknown) => (error as { code?: string }).code ?? String(error),
      );
      process.stdout.write(`${JSON.stringify({ late: outcome })}\n`);
    });
  }
  await ctx.state.set('done', true);
});

export default defineApp({ flows: [odd], resources: {} });
