/** Approvals: what a chunk asks the policy of the app, and what people answer. */
import { z } from 'zod';
import type { Interrupt } from './interrupt.ts';

/** A question to the policy handler of the app: may `subject` use `capability`? */
export interface ApprovalRequest {
  readonly subject: string;
  readonly capability: string;
  readonly risk?: 'low' | 'medium' | 'high';
  /** JSON shown to whoever decides. */
  readonly payload?: unknown;
  /** The exchange provider that announces the wait, if there is one. Default: the app's. */
  readonly channel?: string;
  /** Milliseconds people have to answer; then it is denied. Default: no limit. */
  readonly expiresIn?: number;
  /** Takes answers only of callers that were authenticated; see `pauseFor`. Default false. */
  readonly requireActor?: boolean;
}

/** `pending`: return `pause`; the same activation runs again when the decision is there, and asks again to get it. */
export type Approval =
  | { readonly status: 'approved' | 'denied'; readonly reason?: string }
  | { readonly status: 'pending'; readonly pause: Interrupt<'self'> };

/** What the policy handler says; `pending` leaves it to people. */
export interface PolicyDecision {
  readonly status: 'approved' | 'denied' | 'pending';
  readonly reason?: string;
}

/** The type of the interrupt while people decide. */
export const APPROVAL_TYPE = 'policy_approval';

/** What people answer to it. */
export const approvalAnswer = z.object({ approved: z.boolean(), reason: z.string().max(2_000).optional() });
