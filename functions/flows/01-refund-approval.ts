/**
 * Example 1: two chunks check a refund in parallel. A rule approves small, harmless refunds. The others wait until a manager
 * answers, for days if necessary.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, type Logger, resource } from '../../lib/index.ts';

// 1. The contract: schemas of the input, state, signals and stream, and the resources the app must provide.
const request = z.object({
  ticket: z.string().trim().min(1).max(64),
  amountCents: z.number().int().nonnegative(),
  reason: z.string(),
});
const answer = z.object({ approved: z.boolean(), note: z.string().optional() });
const decision = answer.extend({ by: z.enum(['policy', 'manager']) });

type Request = z.infer<typeof request>;
type Answer = z.infer<typeof answer>;
type Notice = z.infer<typeof decision> & { executionId: string };

export interface Notifier {
  /** A retried chunk calls this again with the same `idempotencyKey`. Pass the key on, so that the receiver acts once. */
  send(
    notice: Notice,
    via: { idempotencyKey: string; log: Logger; stream: (item: { notice: Notice }) => Promise<void> },
  ): Promise<void>;
}

export const refundApproval = defineFlow({
  name: 'refund-approval',
  input: request,
  state: { decision },
  signals: { refundSettled: decision },
  stream: z.object({ notice: decision.extend({ executionId: z.string() }) }),
  resources: { notifier: resource<Notifier>() },
});

type Context<In> = ContextOf<typeof refundApproval, In>;

// 2. The chunks: functions that receive a context.
const normalize = refundApproval.chunk('normalize', ({ input }: Context<Request>) => ({
  ...input,
  reason: input.reason.trim().replace(/\s+/g, ' '),
}));

const fraudScore = refundApproval.chunk('fraudScore', ({ input }: Context<Request>) => {
  const hints = ['cash', 'gift card', 'urgent'].filter((hint) => input.reason.toLowerCase().includes(hint));
  return { score: Math.min(100, 30 * hints.length + Math.floor(input.amountCents / 5_000)) };
});

const policyCheck = refundApproval.chunk('policyCheck', ({ input }: Context<Request>) => ({
  ...input,
  withinLimit: input.amountCents <= 10_000,
}));

type Checked = { fraudScore: { score: number }; policyCheck: Request & { withinLimit: boolean } };

const autoApprove = refundApproval.chunk('autoApprove', () => ({ approved: true, by: 'policy' as const }));

// Returning a pause ends the chunk, and no process waits. The answer, parsed by `resume`, becomes this chunk's output.
const askManager = refundApproval.chunk('askManager', { resume: answer }, (ctx: Context<Checked>) => {
  const { ticket, amountCents, reason } = ctx.input.policyCheck;
  const question = `Refund ${(amountCents / 100).toFixed(2)} for ticket ${ticket}?`;
  const { score } = ctx.input.fraudScore;
  return ctx.pauseFor({ type: 'approval', payload: { question, ticket, amountCents, reason, score } });
});

// State and signal are committed together when the chunk settles, or not at all.
const settle = refundApproval.chunk('settle', async (ctx: Context<Answer & { by?: 'policy' }>) => {
  const settled = { ...ctx.input, by: ctx.input.by ?? ('manager' as const) };
  await ctx.state.set('decision', settled);
  ctx.emitNowait('refundSettled', settled);
  return settled;
});

// 3. The wiring.
refundApproval
  .to(normalize)
  .batch([fraudScore, policyCheck])
  .match((m) =>
    m
      .case(
        ({ input }) => input.policyCheck.withinLimit && input.fraudScore.score < 50,
        (p) => p.to(autoApprove),
      )
      .caseElse((p) => p.to(askManager)),
  )
  .to(settle);

refundApproval.when('refundSettled').to('notify', async (ctx) => {
  const notice = { ...ctx.input, executionId: ctx.execution.id };
  const notifier = ctx.requireResource('notifier');
  await notifier.send(notice, {
    idempotencyKey: ctx.idempotencyKey,
    log: ctx.log,
    stream: (item) => ctx.stream(item),
  });
});

/** The notifier of a local deployment: the log and the stream of the execution. */
export function createLogNotifier(): Notifier {
  return {
    async send(notice, { idempotencyKey, log, stream }) {
      // Logs contain only ids: answers and notes are for people who may read the execution.
      log.info('refund settled', { executionId: notice.executionId, idempotencyKey });
      await stream({ notice });
    },
  };
}
