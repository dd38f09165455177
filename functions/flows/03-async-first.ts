/**
 * Example 3: stages that do not wait for each other. Writing the topic to state starts two searches in parallel. The stream
 * shows each stage. The headline of the report is announced while the rest is still being written.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../lib/index.ts';

const report = z.object({ topic: z.string(), facts: z.string(), risks: z.string(), text: z.string() });

export interface Researcher {
  find(kind: 'facts' | 'risks', topic: string): Promise<string>;
  /** Yields the report in pieces, the headline first. */
  write(topic: string): AsyncIterable<string>;
}

export const asyncFirst = defineFlow({
  name: 'async-first',
  input: z.string().trim().min(1),
  state: { topic: z.string(), announced: z.string(), report },
  signals: { headline: z.string() },
  stream: z.object({ stage: z.string(), text: z.string() }),
  resources: { researcher: resource<Researcher>() },
});

type Context<In> = ContextOf<typeof asyncFirst, In>;

const normalize = asyncFirst.chunk('normalize', async (ctx: Context<string>) => {
  await ctx.stream({ stage: 'normalized', text: ctx.input });
  await ctx.state.set('topic', ctx.input, { emit: 'nowait' });
});

const search = <const Kind extends 'facts' | 'risks'>(kind: Kind) =>
  asyncFirst.chunk(kind, async (ctx: Context<string | null>) => {
    const found = await ctx.requireResource('researcher').find(kind, ctx.input ?? '');
    await ctx.stream({ stage: `${kind} ready`, text: found });
    return found;
  });

const write = asyncFirst.chunk('write', async (ctx: Context<{ facts: string; risks: string }>) => {
  const topic = (await ctx.state.get('topic')) ?? '';
  let text = '';
  for await (const piece of ctx.requireResource('researcher').write(topic)) {
    // The awaited emit returns after `announce` has run, so the headline is out before the next piece is read.
    if (text === '') await ctx.emit('headline', piece);
    text += piece;
    await ctx.stream({ stage: 'writing', text: piece });
  }
  await ctx.state.set('report', { topic, ...ctx.input, text });
  await ctx.stopStream();
});

const announce = asyncFirst.chunk('announce', async (ctx: Context<string>) => {
  await ctx.stream({ stage: 'announced', text: ctx.input });
  await ctx.state.set('announced', ctx.input);
});

asyncFirst.to(normalize);
asyncFirst
  .when({ state: 'topic' })
  .batch([search('facts'), search('risks')], { concurrency: 2 })
  .to(write);
asyncFirst.when('headline').to(announce);

/** A local replacement for the searches and the model. */
export function createPlainResearcher(): Researcher {
  return {
    find: async (kind, topic) => `${kind} about ${topic}`,
    async *write(topic) {
      yield `${topic}: a first look.\n`;
      yield 'It is useful.\n';
      yield 'It has a price.\n';
    },
  };
}
