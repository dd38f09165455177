/**
 * Example 6: the app's policy decides whether a payment is allowed, and asks people in the remaining cases. An exchange
 * provider announces the question to them: a webhook if one is configured, otherwise the list of pending waits.
 */
import { z } from 'zod';
import { createInbox, createWebhookExchange, type ExchangeProvider } from '../../lib/exchange.ts';
import { type ContextOf, defineFlow, type PolicyHandler, resource } from '../../lib/index.ts';

const payment = z.object({ to: z.string().min(1), cents: z.number().int().positive() });
type Payment = z.infer<typeof payment>;

export interface Payments {
  /** Pays once per key, however often it is called. */
  pay(payment: Payment, key: string): Promise<string>;
}

export const policyApproval = defineFlow({
  name: 'policy-approval',
  input: payment,
  state: { outcome: z.object({ paid: z.boolean(), receipt: z.string().optional(), reason: z.string().optional() }) },
  resources: { payments: resource<Payments>() },
});

const CHANNEL = 'approvals';

policyApproval.to('pay', async (ctx: ContextOf<typeof policyApproval, Payment>) => {
  const approval = await ctx.requireApproval({
    subject: ctx.input.to,
    capability: 'pay',
    risk: ctx.input.cents > 100_000 ? 'high' : 'low',
    payload: ctx.input,
    channel: CHANNEL,
  });
  if (approval.status === 'pending') return approval.pause;
  if (approval.status === 'denied') {
    await ctx.state.set('outcome', { paid: false, reason: approval.reason ?? 'not approved' });
    return null;
  }
  const receipt = await ctx.requireResource('payments').pay(ctx.input, ctx.idempotencyKey);
  await ctx.state.set('outcome', { paid: true, receipt });
  return null;
});

const BLOCKED: readonly string[] = ['nobody'];

/** Approves small payments, denies blocked receivers, and leaves the rest to people. */
export const paymentPolicy: PolicyHandler = ({ capability, subject, risk }) => {
  if (capability !== 'pay') return { status: 'pending', reason: 'no rule' };
  if (BLOCKED.includes(subject)) return { status: 'denied', reason: 'the receiver is blocked' };
  return risk === 'low' ? { status: 'approved' } : { status: 'pending', reason: 'high risk' };
};

/** A webhook if `APPROVAL_WEBHOOK_URL` and `APPROVAL_WEBHOOK_SECRET` are set, otherwise an inbox. */
export function createApprovalExchange(): ExchangeProvider {
  const { APPROVAL_WEBHOOK_URL: url, APPROVAL_WEBHOOK_SECRET: secret } = process.env;
  return url && secret ? createWebhookExchange({ url, secret }) : createInbox();
}

/** A local replacement for a bank. */
export function createPaperPayments(): Payments {
  const receipts = new Map<string, string>();
  return {
    async pay({ to, cents }, key) {
      const receipt = receipts.get(key) ?? `paid ${(cents / 100).toFixed(2)} to ${to}`;
      receipts.set(key, receipt);
      return receipt;
    },
  };
}

export const approvalExchanges = { [CHANNEL]: createApprovalExchange };
