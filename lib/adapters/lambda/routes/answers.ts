/** Answers to interrupts, in the same words and bytes by whichever door they come. */
import { z } from 'zod';
import { defined } from '../../../defined.ts';
import { FlowError } from '../../../errors/errors.ts';
import { ID } from '../../../flow/ids.ts';
import type { Json } from '../../../flow/json.ts';
import { actor, generation } from '../../../flow/options/calls.ts';
import { iso } from '../../../runtime/app/times.ts';
import type { Attribution, ResumeAnswer } from '../../../runtime/client/types.ts';
import { checkShape, type HttpEvent, idempotencyKey, parseJson, readText } from '../http/body.ts';
import { type HttpAnswer, json, problem } from '../http/respond.ts';

const AnswerBody = z.strictObject({
  value: z.custom<Json>((value) => value !== undefined, 'required'),
  resumeRequestId: z.string().regex(ID).optional(),
  actor: actor.optional(),
  generation: generation.optional(),
});

export interface GivenAnswer {
  readonly value: Json;
  readonly requestId?: string;
  readonly actor?: string;
  /** Which of the questions that had the id. */
  readonly generation?: number;
}

/**
 * `{ value, resumeRequestId?, actor?, generation? }`; the request id may be the `Idempotency-Key` instead.
 * @throws FlowError `body_too_large`, or `invalid_request` naming the path
 */
export function readAnswer(event: HttpEvent, parse = (text: string) => parseJson(text, 'body')): GivenAnswer {
  const key = idempotencyKey(event);
  const { value, resumeRequestId, actor, generation } = checkShape(AnswerBody, parse(readText(event)), 'body');
  if (key !== undefined && resumeRequestId !== undefined && key !== resumeRequestId) {
    throw new FlowError('invalid_request', 'resumeRequestId: not the same as the Idempotency-Key header', {
      details: { path: 'resumeRequestId' },
    });
  }
  const requestId = resumeRequestId ?? key;
  return {
    value,
    ...defined({ requestId, actor, generation }),
  };
}

/** One answer for every token that is not ours and every interrupt that is not there. */
export function unknownInterrupt(): HttpAnswer {
  return problem('unknown', 'There is no such wait. The link that led here is incomplete, or from another service.');
}

export function goneInterrupt(): HttpAnswer {
  return problem('gone', 'Nobody waits for this answer any more, or the link has expired.');
}

/** Says where to answer instead. */
export function actorRequired({ executionId, interruptId }: AnsweredInterrupt): HttpAnswer {
  return problem(
    'actor_required',
    `This wait takes answers only of callers that are authenticated. Answer by POST /executions/${executionId}/interrupts/${interruptId}.`,
    { executionId, interruptId },
  );
}

export function revokedLink(): HttpAnswer {
  return problem('gone', 'This link has been revoked. Ask for another one.');
}

export interface AnsweredInterrupt {
  readonly executionId: string;
  readonly interruptId: string;
}

function resolvedBy({ actor, verified, claimed, via }: Attribution) {
  return {
    resolvedBy: actor ?? null,
    ...defined({ verified, claimed, via }),
  };
}

/** Made of the ledger entry alone, so that a duplicate gets the very bytes of the first answer. */
export function answerOnWire(result: ResumeAnswer, { executionId, interruptId }: AnsweredInterrupt): HttpAnswer {
  switch (result.kind) {
    case 'accepted':
    case 'duplicate':
      return json(
        200,
        {
          outcome: 'accepted',
          executionId,
          interruptId,
          resumeRequestId: result.requestId,
          resolvedAt: iso(result.entry.at),
        },
        result.kind === 'duplicate' ? { 'idempotent-replay': 'true' } : {},
      );
    case 'conflict':
      return problem('conflict', 'This has already been answered.', {
        resolvedAt: iso(result.entry.at),
        ...resolvedBy(result.entry),
      });
    case 'mismatch':
      return problem('mismatch', 'This request id has already been used with another value.');
    case 'gone':
      return goneInterrupt();
    case 'actorRequired':
      return actorRequired({ executionId, interruptId });
    case 'revoked':
      return revokedLink();
    case 'leaseExpired':
      return problem(
        'lease_expired',
        'The lease by which this was answered is over. Claim again and repeat the answer.',
      );
    case 'unknown':
      return unknownInterrupt();
  }
}
