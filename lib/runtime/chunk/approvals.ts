/**
 * `requireApproval`: returns the stored answer of a person, else the decision of the app's policy handler, else a pause
 * that asks people.
 */
import { defined } from '../../defined.ts';
import { FlowError } from '../../errors/errors.ts';
import {
  APPROVAL_TYPE,
  type Approval,
  type ApprovalRequest,
  type PolicyDecision,
} from '../../flow/authoring/approval.ts';
import { checkJson, digest, hashId, type Json } from '../../flow/json.ts';
import type { PolicyHandler, PolicyQuestion } from '../app/app.ts';
import { makePause, type Paused } from './pauses.ts';

export interface ApprovalHost {
  readonly chunk: string;
  readonly execution: PolicyQuestion['execution'];
  readonly policy: PolicyHandler | undefined;
  /** Returns the answer that people gave to this question in an earlier run of the activation. */
  decided(key: string): Promise<Json | undefined>;
  /** Registers a pause that the chunk must return. */
  paused(pause: Paused): void;
}

const STATUSES: readonly unknown[] = ['approved', 'denied', 'pending'];

export function createApprovals({ chunk, execution, policy, decided, paused }: ApprovalHost) {
  const asked = new Map<string, number>();

  /** The ordinal tells apart equal questions of one run. */
  const keyOf = ({ subject, capability, payload }: ApprovalRequest & { readonly payload: Json }): string => {
    const question = digest([subject, capability, payload]);
    const ordinal = asked.get(question) ?? 0;
    asked.set(question, ordinal + 1);
    return hashId('approval', question, ordinal);
  };

  const decide = async (question: PolicyQuestion): Promise<PolicyDecision> => {
    if (!policy) return { status: 'pending' };
    const decision = await policy(question);
    if (STATUSES.includes(decision?.status)) return decision;
    throw new FlowError(
      'definition_invalid',
      `The policy handler of the app returned an invalid status for chunk ${chunk}. Return { status } with approved, denied or pending.`,
    );
  };

  return async (request: ApprovalRequest): Promise<Approval> => {
    const { channel, expiresIn, requireActor, ...rest } = request;
    const payload = checkJson(request.payload ?? null, 'approval payload');
    const key = keyOf({ ...request, payload });
    const answer = (await decided(key)) as { readonly approved: boolean; readonly reason?: string } | undefined;
    if (answer) return withReason(answer.approved ? 'approved' : 'denied', answer.reason);
    const { status, reason } = await decide({ ...request, payload, execution, chunk });
    if (status !== 'pending') return withReason(status, reason);
    const denied = { value: { approved: false, reason: 'expired' } };
    const pause = makePause<'self'>(
      {
        type: APPROVAL_TYPE,
        payload: { ...rest, payload, ...defined({ reason }) },
        resumeTo: 'self',
        maxResumes: null,
        ...defined({ channel, requireActor }),
        ...(expiresIn === undefined ? {} : { expiresIn, onExpiry: denied }),
      },
      key,
    );
    paused(pause);
    return { status, pause };
  };
}

function withReason(status: 'approved' | 'denied', reason: string | undefined): Approval {
  return { status, ...defined({ reason }) };
}
