/** The refund of the README, and waits whose pages show other states. */
import { z } from 'zod';
import { createLogNotifier, refundApproval } from '../../functions/flows/01-refund-approval.ts';
import { type ContextOf, defineApp, defineFlow } from '../../lib/index.ts';

const answer = z.object({ approved: z.boolean() });

/** Pauses with the question from its input. */
export const asks = defineFlow({ name: 'asks', input: z.object({ question: z.string(), requireActor: z.boolean() }) });
asks.to(
  asks.chunk('ask', { resume: answer }, (ctx: ContextOf<typeof asks, { question: string; requireActor: boolean }>) => {
    const { question, requireActor } = ctx.input;
    return ctx.pauseFor({ type: 'approval', payload: { question, quoted: question }, requireActor });
  }),
);

export default defineApp({ flows: [refundApproval, asks], resources: { notifier: createLogNotifier } });
