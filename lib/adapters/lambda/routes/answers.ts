/** Answers to interrupts; the API and the callback page respond with the same bytes. */
import { z } from 'zod';
import { defined } from '../../../defined.ts';
import type { ResumeEntry } from '../../../engine/head.ts';
import { FlowError } from '../../../errors/errors.ts';
import type { Json } from '../../../flow/json.ts';
import { actor, generation, requestId } from '../../../flow/options/calls.ts';
import { iso } from '../../../runtime/app/checks/times.ts';
import type { Attribution, ResumeAnswer } from '../../../runtime/client/types.ts';
import { checkShape, type HttpEvent, idempotencyKey, parseJson, readText } from '../http/body.ts';
import { type HttpAnswer, json, problem } from '../http/respond.ts';

const AnswerBody = z.strictObject({
  value: z.custom<Json>((value) => value !== undefined, 'required'),
  resumeRequestId: requestId.optional(),
  actor: actor.optional(),
  generation: generation.optional(),
});

export interface GivenAnswer {
  readonly value: Json;
  readonly requestId?: string;
  readonly actor?: string;
  /** Generation: which of the waits with this id. */
  readonly generation?: number;
}

/**
 * Reads `{ value, resumeRequestId?, actor?, generation? }`. The request id may be in the `Idempotency-Key` header
 * instead.
 * @throws FlowError `body_too_large`, or `invalid_request` naming the path
 */
export function readAnswer(event: HttpEvent, parse = (text: string) => parseJson(text, 'body')): GivenAnswer {
  const key = idempotencyKey(event);
  const { value, resumeRequestId, actor, generation } = checkShape(AnswerBody, parse(readText(event)), 'body');
  if (key !== undefined && resumeRequestId !== undefined && key !== resumeRequestId) {
    throw new FlowError(
      'invalid_request',
      'resumeRequestId: differs from the Idempotency-Key header. Send only one of them.',
      {
        details: { path: 'resumeRequestId' },
      },
    );
  }
  const requestId = resumeRequestId ?? key;
  return {
    value,
    ...defined({ requestId, actor, generation }),
  };
}

/** One response for every foreign token and every unknown interrupt. */
export function unknownInterrupt(): HttpAnswer {
  return problem('unknown', 'No such wait exists. Check the ids. A link may be incomplete, or from another service.');
}

/** @param outcome set when the wait was withdrawn */
export function goneInterrupt(outcome?: 'withdrawn'): HttpAnswer {
  return outcome
    ? problem('gone', 'The wait was withdrawn: no answer is needed any more.', { outcome })
    : problem('gone', 'The wait has ended, or the link has expired.');
}

/** Names the route for authenticated answers. */
export function actorRequired({ executionId, interruptId }: AnsweredInterrupt): HttpAnswer {
  return problem(
    'actor_required',
    `Only an authenticated caller may answer this wait. Send POST /executions/${executionId}/interrupts/${interruptId}.`,
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

/** How a wait ended, without the value of the answer. */
export function resolutionOnWire({ outcome, at, ...by }: ResumeEntry) {
  return { outcome, resolvedAt: iso(at), ...resolvedBy(by) };
}

/** Built from the ledger entry alone, so that a duplicate gets the bytes of the first response. */
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
      return problem('conflict', 'The wait has already been answered.', {
        resolvedAt: iso(result.entry.at),
        ...resolvedBy(result.entry),
      });
    case 'mismatch':
      return problem('mismatch', 'This request id was used with another value. Send a new one.');
    case 'gone':
      return goneInterrupt(result.entry.outcome === 'withdrawn' ? 'withdrawn' : undefined);
    case 'actorRequired':
      return actorRequired({ executionId, interruptId });
    case 'revoked':
      return revokedLink();
    case 'leaseExpired':
      return problem('lease_expired', 'The host lease of this answer has ended. Claim again and repeat the answer.');
    case 'unknown':
      return unknownInterrupt();
  }
}
