/** Exports an execution as JSON Lines, in parts that fit into a response. */
import { z } from 'zod';
import type { HttpEvent } from '../http/body.ts';
import { type HttpAnswer, jsonLines } from '../http/respond.ts';
import { type ApiOptions, executionIdOf, queryOf, type Routes, unknownExecution } from '../http/route.ts';

const ExportParameters = z.strictObject({ cursor: z.string().min(1).max(8_000).exactOptional() });

export const exportRoutes: Routes = { 'GET /executions/{id}/export': read };

/** The last line is `end`, or `more` with the cursor of the next part. */
async function read(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const id = executionIdOf(event);
  const part = await client.readExport(id, queryOf(event, ExportParameters));
  if (!part) throw unknownExecution();
  const more = part.cursor === undefined ? [] : [{ type: 'more', cursor: part.cursor }];
  return jsonLines(200, [...part.lines, ...more]);
}
