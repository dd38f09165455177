/** Acts on many executions. The permission of the route is needed, and that of the action for one execution. */
import { z } from 'zod';
import { defined } from '../../../defined.ts';
import { member } from '../../../errors/thrown.ts';
import { type BulkAction, bulkAct, bulkFilter, ratePerSecond } from '../../../flow/options/bulk.ts';
import { actor } from '../../../flow/options/calls.ts';
import type { BulkRequest } from '../../../runtime/client/types.ts';
import { type HttpEvent, idempotencyKey, readJson } from '../http/body.ts';
import { callerOf } from '../http/caller.ts';
import { type HttpAnswer, json, problem } from '../http/respond.ts';
import { type ApiOptions, noQuery, type Routes } from '../http/route.ts';

const beside = { ratePerSecond: ratePerSecond.exactOptional(), actor: actor.exactOptional() };
const ByPreview = z.strictObject({ previewId: z.string(), ...beside });
const withFilter = { filter: bulkFilter, dryRun: z.boolean().exactOptional(), ...beside };
const [first, ...others] = bulkAct.options;
const ByFilter = z.discriminatedUnion('action', [
  first.extend(withFilter),
  ...others.map((act) => act.extend(withFilter)),
]);

/** The permission of each action on one execution. */
const PERMISSION: Readonly<Record<BulkAction, 'write' | 'answer' | 'admin'>> = {
  cancel: 'admin',
  close: 'admin',
  redrive: 'admin',
  pause: 'admin',
  unpause: 'admin',
  erase: 'admin',
  signal: 'write',
  resume: 'answer',
};
const ACTIONS = Object.keys(PERMISSION) as readonly BulkAction[];

export const bulkRoutes: Routes = { 'POST /bulk': bulk };

async function bulk(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  noQuery(event);
  const id = idempotencyKey(event);
  const { actor: claimed, ...request } = readRequest(event);
  const answer = await client.bulk({
    ...request,
    ...defined({ id }),
    ...callerOf(event, claimed),
    allowed: allowedTo(event),
  });
  switch (answer.kind) {
    case 'accepted':
      return json(202, {
        executionId: answer.executionId,
        ...defined({ count: answer.count, missing: answer.missing }),
      });
    case 'preview': {
      const { kind: _, ...preview } = answer;
      return json(200, preview);
    }
    case 'conflict':
      return problem('execution_conflict', 'This Idempotency-Key was used for something else. Send a new one.', {
        executionId: answer.executionId,
      });
    case 'forbidden':
      return problem(
        'forbidden',
        `The caller may send bulks, and needs the permission "${PERMISSION[answer.action]}" for the action "${answer.action}", too.`,
      );
    case 'unknown':
      return problem(
        'preview_gone',
        'There is no preview with this id. A preview is kept for an hour: make a new one with "dryRun": true.',
      );
    default:
      return answer satisfies never;
  }
}

/** @throws FlowError `invalid_request` */
function readRequest(event: HttpEvent): BulkRequest {
  const body = readJson(event, z.looseObject({}));
  // The client checks the status, of which this shape knows no names.
  return 'previewId' in body ? readJson(event, ByPreview) : (readJson(event, ByFilter) as BulkRequest);
}

/**
 * The actions that the scopes of a JWT allow. With IAM the policy of the caller names the route alone, so the right to it
 * is the right to every action.
 */
function allowedTo({ requestContext }: HttpEvent): readonly BulkAction[] {
  const jwt = member(member(requestContext, 'authorizer'), 'jwt');
  if (jwt === undefined) return ACTIONS;
  const claims = member(jwt, 'claims');
  const given = new Set([member(claims, 'scope'), member(claims, 'scp')].flatMap(wordsOf));
  const own = [...given].find((scope) => scope.endsWith('bulk')) ?? 'bulk';
  const prefix = own.slice(0, -'bulk'.length);
  return ACTIONS.filter((action) => given.has(`${prefix}${PERMISSION[action]}`));
}

/** API Gateway gives a list of a claim as text in brackets. */
function wordsOf(claim: unknown): readonly string[] {
  if (Array.isArray(claim)) return claim.map(String);
  return typeof claim === 'string' ? claim.replaceAll(/^\[|\]$/g, '').split(/[\s,]+/) : [];
}
