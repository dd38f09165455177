/** `requireApproval`: the answer that people gave, else what the policy handler of the app says, else a wait for people. */
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
  /** What people answered to the question of this key in an earlier run of the activation. */
  decided(key: string): Promise<Json | undefined>;
  /** Notes a pause that the chunk has to return. */
  paused(pause: Paused): void;
}

const STATUSES: readonly unknown[] = ['approved', 'denied', 'pending'];

export function createApprovals({ chunk, execution, policy, decided, paused }: ApprovalHost) {
  const asked = new Map<string, number>();

  /** The same question asked again in one run is another one. */
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
      `The policy handler answered ${chunk} neither approved, denied nor pending. Return { status }.`,
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
