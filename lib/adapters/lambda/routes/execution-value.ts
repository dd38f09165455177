/** Reads one value of an execution part by part. */
import { z } from 'zod';
import type { HttpEvent } from '../http/body.ts';
import { type HttpAnswer, json } from '../http/respond.ts';
import { type ApiOptions, executionIdOf, queryOf, type Routes, unknownExecution } from '../http/route.ts';

const ValueParameters = z.strictObject({
  path: z.string().min(1).max(1_000).default('input'),
  from: z
    .string()
    .regex(/^\d{1,9}$/, 'expected a position')
    .default('0'),
});

export const valueRoutes: Routes = { 'GET /executions/{id}/value': read };

async function read(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const id = executionIdOf(event);
  const { path, from } = queryOf(event, ValueParameters);
  const part = await client.readValue(id, path, { from: Number(from) });
  if (!part) throw unknownExecution();
  return json(200, part);
}
