/**
 * Example 4: a model decides whether a person must review a document. If so, the chunk pauses and runs again with the person's
 * answer, possibly in another process.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../lib/index.ts';

const document = z.object({ title: z.string().min(1), text: z.string() });
const review = z.object({ publish: z.boolean(), note: z.string().optional() });

type Document = z.infer<typeof document>;
type Review = z.infer<typeof review>;

export interface Reader {
  /** The doubts about a text; an empty list if it can be published unchanged. */
  doubts(text: string, key: string): Promise<readonly string[]>;
}

export const reviewGate = defineFlow({
  name: 'review-gate',
  input: document,
  state: { readings: z.number(), decision: z.object({ publish: z.boolean(), by: z.enum(['model', 'person']) }) },
  resources: { reader: resource<Reader>() },
});

// `resumeTo: 'self'` runs the chunk again with the same input and the answer in `resume`. By default that is allowed once.
const gate = reviewGate.chunk(
  'gate',
  { resume: review },
  async (ctx: ContextOf<typeof reviewGate, Document, Review>) => {
    await ctx.state.increment('readings');
    if (ctx.resume) return { ...ctx.input, publish: ctx.resume.value.publish, by: 'person' as const };
    const doubts = await ctx.requireResource('reader').doubts(ctx.input.text, ctx.idempotencyKey);
    if (doubts.length === 0) return { ...ctx.input, publish: true, by: 'model' as const };
    const question = `Publish "${ctx.input.title}"?`;
    return ctx.pauseFor({ type: 'review', resumeTo: 'self', payload: { question, doubts } });
  },
);

reviewGate
  .to(gate)
  .to('decide', async ({ input, state }) => state.set('decision', { publish: input.publish, by: input.by }));

/** A local replacement for the model: it doubts sentences that promise something. */
export function createDoubtfulReader(): Reader {
  return {
    doubts: async (text) => text.match(/[^.]*\b(guarantee|always|never)\b[^.]*/gi)?.map((found) => found.trim()) ?? [],
  };
}
