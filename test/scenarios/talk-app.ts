/** An app with one flow that outside signals drive: it repeats words in its stream, pauses on request and stays open. */
import { z } from 'zod';
import { type ContextOf, defineApp, defineFlow } from '../../lib/index.ts';

const word = z.object({ word: z.string() });

export const talk = defineFlow({
  name: 'talk',
  state: { words: z.array(z.string()) },
  signals: { say: word, ask: z.null() },
  stream: word,
  execution: { autoClose: false },
});

const ask = talk.chunk('ask', { resume: word }, (ctx: ContextOf<typeof talk, null>) =>
  ctx.pauseFor({ type: 'word', payload: { question: 'Which word?' } }),
);

const repeat = talk.chunk('repeat', async (ctx: ContextOf<typeof talk, z.infer<typeof word>>) => {
  await ctx.stream(ctx.input);
  await ctx.state.append('words', ctx.input.word);
});

talk.to('greet', (ctx) => ctx.stream({ word: 'hello' }));
talk.when('say').to(repeat);
talk
  .when('ask')
  .to(ask)
  .to('thank', (ctx) => ctx.emitNowait('say', ctx.input));

export default defineApp({ flows: [talk], resources: {} });
