/**
 * Example 6: the policy of the app decides who may do what, and leaves to people what it does not want to decide. They are told
 * by an exchange provider: a webhook where one is set up, else the list of who waits.
 */
import { z } from 'zod';
import { createInbox, createWebhookExchange, type ExchangeProvider } from '../../lib/exchange.ts';
import { type ContextOf, defineFlow, type PolicyHandler, resource } from '../../lib/index.ts';

const payment = z.object({ to: z.string().min(1), cents: z.number().int().positive() });
type Payment = z.infer<typeof payment>;

export interface Payments {
  /** Pays once for each key. */
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

/** Small payments pass, some receivers never do, people decide the rest. */
export const paymentPolicy: PolicyHandler = ({ capability, subject, risk }) => {
  if (capability !== 'pay') return { status: 'pending', reason: 'no rule' };
  if (BLOCKED.includes(subject)) return { status: 'denied', reason: 'the receiver is blocked' };
  return risk === 'low' ? { status: 'approved' } : { status: 'pending', reason: 'high risk' };
};

/** A webhook where `APPROVAL_WEBHOOK_URL` and `APPROVAL_WEBHOOK_SECRET` are set. */
export function createApprovalExchange(): ExchangeProvider {
  const { APPROVAL_WEBHOOK_URL: url, APPROVAL_WEBHOOK_SECRET: secret } = process.env;
  return url && secret ? createWebhookExchange({ url, secret }) : createInbox();
}

/** Stands in for a bank on this machine. */
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
