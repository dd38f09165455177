/** Accepts context that people add to a running execution. */
import { z } from 'zod';
import { NAME } from '../../../flow/ids.ts';
import type { Json } from '../../../flow/json.ts';
import { actor, note } from '../../../flow/options/calls.ts';
import { type HttpEvent, idempotencyKey, readJson } from '../http/body.ts';
import { callerOf } from '../http/caller.ts';
import { type HttpAnswer, json } from '../http/respond.ts';
import { type ApiOptions, executionIdOf, noQuery, type Routes, unknownExecution } from '../http/route.ts';

const Intervention = z.strictObject({
  payload: z.custom<Json>((value) => value !== undefined, 'required'),
  target: z.string().regex(NAME).exactOptional(),
  author: actor.exactOptional(),
  note: note.exactOptional(),
});

export const interventionRoutes: Routes = { 'POST /executions/{id}/interventions': intervene };

async function intervene(event: HttpEvent, { client, entropy }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  noQuery(event);
  const interventionId = idempotencyKey(event) ?? entropy.id();
  const { payload, author: named, ...options } = readJson(event, Intervention);
  const { actor: author, ...how } = callerOf(event, named);
  const by = author === undefined ? {} : { author, ...how };
  const answer = await client.intervene(executionId, payload, { ...options, ...by, requestId: interventionId });
  if (answer.kind === 'unknown') throw unknownExecution();
  const { version, status } = answer;
  return json(202, { executionId, interventionId, version, status });
}
