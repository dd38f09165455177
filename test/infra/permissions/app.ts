/** Flows that cause every call of the functions. */
import { z } from 'zod';
import type { Announcement } from '../../../lib/exchange.ts';
import { type ContextOf, defineApp, defineFlow, FatalError } from '../../../lib/index.ts';
import { talk } from '../../scenarios/talk-app.ts';

/** Its writes notify all open executions. */
export const board = defineFlow({
  name: 'board',
  input: z.string().nullable(),
  state: { heard: z.string() },
  execution: { autoClose: false },
});
board.to('write', async (ctx) => {
  if (ctx.input !== null) await ctx.flowData.set('note', ctx.input, { noWarning: true });
});
board.when({ flowData: 'note' }).to('hear', (ctx) => ctx.state.set('heard', String(ctx.input)));

export const files = defineFlow({ name: 'files', input: z.string(), state: { text: z.string(), names: z.number() } });
files.to('keep', async (ctx: ContextOf<typeof files, string>) => {
  for (const stage of ['draft', 'kept']) await ctx.attributes.set('stage', stage);
  await ctx.workspace.put('a.txt', ctx.input);
  await ctx.workspace.get('a.txt');
  await ctx.state.set('names', (await ctx.workspace.list()).length);
  await ctx.state.set('text', ctx.input);
});

export const fails = defineFlow({ name: 'fails' });
fails.to('break', () => {
  throw new FatalError('for good');
});

/** Logged when a wait was announced with its callback URL. */
export const ANNOUNCED = 'announced with a link';

const exchange = {
  default: () => ({
    announce: async ({ callbackUrl }: Announcement) => {
      if (callbackUrl !== undefined) process.stdout.write(`${ANNOUNCED}\n`);
    },
  }),
};

export default defineApp({ flows: [talk, board, files, fails], resources: {}, exchange });
