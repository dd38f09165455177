/** Approvals: a chunk's request, the policy handler's decision and people's answer. */
import { z } from 'zod';
import type { Interrupt } from './interrupt.ts';

/** A question to the policy handler of the app: may `subject` use `capability`? */
export interface ApprovalRequest {
  readonly subject: string;
  readonly capability: string;
  readonly risk?: 'low' | 'medium' | 'high';
  /** JSON shown to the person who decides. */
  readonly payload?: unknown;
  /** Name of the exchange provider that announces the wait to people. Default: the app's. */
  readonly channel?: string;
  /** Milliseconds that people have to answer; after that the request is denied. Default: no limit. */
  readonly expiresIn?: number;
  /** Accepts answers from authenticated callers only; see `pauseFor`. Default false. */
  readonly requireActor?: boolean;
}

/** For `pending`, return `pause`: after the decision the same activation runs again, and the same call returns it. */
export type Approval =
  | { readonly status: 'approved' | 'denied'; readonly reason?: string }
  | { readonly status: 'pending'; readonly pause: Interrupt<'self'> };

/** What the policy handler returns. `pending` asks people. */
export interface PolicyDecision {
  readonly status: 'approved' | 'denied' | 'pending';
  readonly reason?: string;
}

/** `type` of the interrupt that waits for people to decide. */
export const APPROVAL_TYPE = 'policy_approval';

/** Schema of people's answer. */
export const approvalAnswer = z.object({ approved: z.boolean(), reason: z.string().max(2_000).optional() });
