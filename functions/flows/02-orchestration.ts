/**
 * Example 2: classify a request, route it by its class, process its parts in parallel, and ask a person for approval if the
 * request requires it. A model classifies and answers; the wiring alone decides the order of the stages.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../lib/index.ts';

const request = z.object({
  text: z.string().trim().min(1),
  parts: z.array(z.string()).default([]),
  needsApproval: z.boolean().default(false),
});
const category = z.enum(['incident', 'question', 'other']);
const verdict = z.object({ approved: z.boolean(), note: z.string().optional() });

type Request = z.infer<typeof request>;
type Category = z.infer<typeof category>;
type Classified = Request & { category: Category };

/** The calls to a model. A retried chunk repeats its call with the same key. */
export interface Assistant {
  classify(text: string, key: string): Promise<Category>;
  answer(text: string, part: string | null, key: string): Promise<string>;
}

export const orchestration = defineFlow({
  name: 'orchestration',
  input: request,
  state: { request, category, answer: z.string(), status: z.enum(['answered', 'approved', 'rejected']) },
  stream: z.object({ stage: z.string(), detail: z.string() }),
  resources: { assistant: resource<Assistant>() },
});

type Context<In> = ContextOf<typeof orchestration, In>;

const prepare = orchestration.chunk('prepare', async (ctx: Context<Request>) => {
  await ctx.state.set('request', ctx.input);
  return ctx.input;
});

const classify = orchestration.chunk('classify', async (ctx: Context<Request>): Promise<Classified> => {
  const found = await ctx.requireResource('assistant').classify(ctx.input.text, ctx.idempotencyKey);
  await ctx.state.set('category', found);
  await ctx.stream({ stage: 'classified', detail: found });
  return { ...ctx.input, category: found };
});

// For an incident every part is inspected, four at a time.
const listParts = orchestration.chunk('listParts', ({ input: { text, parts } }: Context<Classified>) =>
  parts.map((part) => ({ text, part })),
);
const inspect = orchestration.chunk('inspect', async (ctx: Context<{ text: string; part: string }>) => {
  const { text, part } = ctx.input;
  await ctx.stream({ stage: 'inspecting', detail: part });
  return ctx.requireResource('assistant').answer(text, part, ctx.idempotencyKey);
});
const combine = orchestration.chunk('combine', ({ input }: Context<readonly string[]>) => input.join('\n'));

const reply = orchestration.chunk('reply', (ctx: Context<Classified>) =>
  ctx.requireResource('assistant').answer(ctx.input.text, null, ctx.idempotencyKey),
);

const keepAnswer = orchestration.chunk('keepAnswer', (ctx: Context<string>) => ctx.state.set('answer', ctx.input));

const askEditor = orchestration.chunk('askEditor', { resume: verdict }, async (ctx: Context<null>) => {
  const answer = (await ctx.state.get('answer')) ?? '';
  return ctx.pauseFor({ type: 'approval', payload: { question: 'May this be sent?', answer } });
});

const finalize = orchestration.chunk('finalize', async (ctx: Context<z.infer<typeof verdict> | null>) => {
  const approved = ctx.input?.approved ? ('approved' as const) : ('rejected' as const);
  const status = ctx.input === null ? ('answered' as const) : approved;
  await ctx.state.set('status', status);
  await ctx.stream({ stage: 'done', detail: status });
});

const isOf = (wanted: Category) => (ctx: { input: Classified }) => ctx.input.category === wanted;

orchestration
  .to(prepare)
  .to(classify)
  .match((m) =>
    m
      .case(isOf('incident'), (p) =>
        p
          .to(listParts)
          .forEach((part) => part.to(inspect), { concurrency: 4 })
          .to(combine),
      )
      .case(isOf('question'), (p) => p.to(reply))
      .caseElse((p) => p.to('decline', () => 'This desk answers questions and incidents.')),
  )
  .to(keepAnswer)
  .if(
    async ({ state }) => (await state.get('request'))?.needsApproval,
    (p) => p.to(askEditor),
  )
  .to(finalize);

/** A local replacement for a model: it classifies by keywords. */
export function createWordAssistant(): Assistant {
  return {
    async classify(text) {
      if (/\b(down|broken|error)\b/i.test(text)) return 'incident';
      return text.trim().endsWith('?') ? 'question' : 'other';
    },
    async answer(text, part) {
      return part === null ? `About "${text}": it is in the handbook.` : `${part}: looked at because of "${text}".`;
    },
  };
}
