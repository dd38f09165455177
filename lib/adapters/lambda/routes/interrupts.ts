/** Lists waits, accepts answers of authenticated callers, and makes links for others. */
import { z } from 'zod';
import { defined } from '../../../defined.ts';
import { schemaJson } from '../../../flow/checks/definition.ts';
import { ID, WAIT_ID } from '../../../flow/ids.ts';
import { actor, generation } from '../../../flow/options/calls.ts';
import type { InterruptView } from '../../../runtime/client/types.ts';
import { type HttpEvent, idempotencyKey, readOptionalJson } from '../http/body.ts';
import { callerOf } from '../http/caller.ts';
import { PageParameters, pageOnWire, toPageQuery } from '../http/pages.ts';
import { type HttpAnswer, json, problem } from '../http/respond.ts';
import { type ApiOptions, noQuery, pathParameter, queryOf, type Routes } from '../http/route.ts';
import {
  type AnsweredInterrupt,
  answerOnWire,
  goneInterrupt,
  readAnswer,
  resolutionOnWire,
  unknownInterrupt,
} from './answers.ts';

const ShowParameters = z.strictObject({
  generation: z
    .string()
    .regex(/^\d{1,9}$/, 'expected a number')
    .transform(Number)
    .exactOptional(),
});
const WithdrawBody = z.strictObject({ actor: actor.optional(), generation: generation.optional() });
const LinkBody = z.strictObject({ to: actor.optional(), generation: generation.optional() });

export const interruptRoutes: Routes = {
  'GET /interrupts': list,
  'GET /executions/{id}/interrupts/{interruptId}': show,
  'POST /executions/{id}/interrupts/{interruptId}': answer,
  'POST /executions/{id}/interrupts/{interruptId}/withdraw': withdraw,
  'POST /executions/{id}/interrupts/{interruptId}/links': addLink,
  'DELETE /executions/{id}/interrupts/{interruptId}/links/{linkId}': revokeLink,
};

async function list(event: HttpEvent, { client, listedLink }: ApiOptions): Promise<HttpAnswer> {
  const query = toPageQuery(queryOf(event, PageParameters));
  const found = await client.interrupts(query);
  const onWire = async (view: InterruptView) => ({
    ...interruptOnWire(view),
    ...(listedLink ? { callbackUrl: await listedLink(view) } : {}),
  });
  return json(200, await pageOnWire(found, onWire));
}

/** One wait with the schema of its answer, or who answered it. */
async function show(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const wait = waitOf(event);
  const { generation } = queryOf(event, ShowParameters);
  const found = wait && (await client.lookup(wait.executionId, wait.interruptId, generation));
  if (!found || found.kind === 'revoked') return unknownInterrupt();
  if (found.kind === 'resolved') return json(200, { ...wait, ...resolutionOnWire(found.entry) });
  const schema = found.schema ? { schema: schemaJson(found.schema) } : {};
  return json(200, { ...interruptOnWire(found.interrupt), outcome: 'pending', ...schema });
}

async function answer(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const wait = waitOf(event);
  if (!wait) return unknownInterrupt();
  noQuery(event);
  const { actor, generation, ...given } = readAnswer(event);
  const { executionId, interruptId } = wait;
  const caller = callerOf(event, actor);
  // Without a generation the answer is for the first wait: the caller may not know of a later one.
  const result = await client.resume(executionId, interruptId, { ...given, ...caller, generation: generation ?? 0 });
  const isStale = generation === undefined && (result.kind === 'conflict' || result.kind === 'gone');
  if (!isStale || result.newest === undefined) return answerOnWire(result, wait);
  return problem(
    'asked_again',
    `This interrupt id has a newer wait. Read the wait of generation ${result.newest}, and answer with "generation": ${result.newest}.`,
    { generation: result.newest },
  );
}

async function withdraw(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const wait = waitOf(event);
  if (!wait) return unknownInterrupt();
  noQuery(event);
  const { actor, generation } = readOptionalJson(event, WithdrawBody);
  const options = { ...callerOf(event, actor), ...defined({ generation }) };
  const outcome = await client.withdraw(wait.executionId, wait.interruptId, options);
  if (outcome === 'unknown') return unknownInterrupt();
  return outcome === 'gone' ? goneInterrupt() : json(202, { ...wait, outcome });
}

async function addLink(event: HttpEvent, { client, makeLink, entropy }: ApiOptions): Promise<HttpAnswer> {
  const wait = waitOf(event);
  if (!wait) return unknownInterrupt();
  noQuery(event);
  const linkId = idempotencyKey(event) ?? entropy.id();
  const { to, generation } = readOptionalJson(event, LinkBody);
  const found = await client.lookup(wait.executionId, wait.interruptId, generation, linkId);
  if (!found) return unknownInterrupt();
  if (found.kind !== 'pending') return goneInterrupt();
  const named = to === undefined ? {} : { to };
  const link = await makeLink(found.interrupt, { id: linkId, ...named });
  return json(201, { ...wait, generation: found.interrupt.generation ?? 0, linkId, ...named, ...link });
}

async function revokeLink(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const wait = waitOf(event);
  const linkId = pathParameter(event, 'linkId');
  if (!wait || !ID.test(linkId)) return unknownInterrupt();
  noQuery(event);
  const outcome = await client.revokeLink(wait.executionId, wait.interruptId, linkId);
  switch (outcome) {
    case 'revoked':
    case 'already':
      return json(200, { ...wait, linkId, outcome });
    case 'full':
      return problem(
        'too_many_links',
        'This wait has reached the limit of revoked links. Let the flow pause again, or cancel the execution.',
      );
    case 'gone':
      return goneInterrupt();
    case 'unknown':
      return unknownInterrupt();
  }
}

function waitOf(event: HttpEvent): AnsweredInterrupt | undefined {
  const [executionId, interruptId] = [pathParameter(event, 'id'), pathParameter(event, 'interruptId')];
  return ID.test(executionId) && WAIT_ID.test(interruptId) ? { executionId, interruptId } : undefined;
}

/** No callback URL: the right to read must not imply the right to answer. */
export function interruptOnWire(view: InterruptView) {
  const { executionId, interruptId, flow, type, payload, resumeTo, createdAt, expiresAt, generation = 0 } = view;
  const rest = { ...defined({ onExpiry: view.onExpiry }), ...(view.requireActor ? { requireActor: true } : {}) };
  return { executionId, interruptId, flow, type, payload, resumeTo, createdAt, expiresAt, generation, ...rest };
}
