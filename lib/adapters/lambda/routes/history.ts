/** Reads the history of an execution, with long polling, and its summary. */
import { z } from 'zod';
import { defined } from '../../../defined.ts';
import { NAME } from '../../../flow/ids.ts';
import type { HistoryPage } from '../../../runtime/client/types.ts';
import type { HttpEvent } from '../http/body.ts';
import { Limit } from '../http/pages.ts';
import { pollFor, Wait } from '../http/poll.ts';
import { type HttpAnswer, json } from '../http/respond.ts';
import { type ApiOptions, executionIdOf, noQuery, queryOf, type Routes, unknownExecution } from '../http/route.ts';

const HistoryParameters = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,14}$/, 'expected the cursor of an earlier page')
    .default('0'),
  limit: Limit,
  wait: Wait,
  chunk: z.string().regex(NAME).exactOptional(),
});

export const historyRoutes: Routes = {
  'GET /executions/{id}/history': read,
  'GET /executions/{id}/history/summary': summary,
};

/** Answers when there are items or the history has ended, at the latest after `wait` seconds. */
async function read(event: HttpEvent, { client, clock }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  const { after, limit, wait, chunk } = queryOf(event, HistoryParameters);
  let cursor = Number(after);
  const page = await pollFor(clock, wait, async (): Promise<readonly [HistoryPage, boolean]> => {
    const found = await client.readHistory(executionId, { after: cursor, limit: Number(limit), ...defined({ chunk }) });
    if (!found) throw unknownExecution();
    // Records of other chunks are passed over once.
    cursor = found.cursor;
    return [found, found.items.length > 0 || found.ended];
  });
  return json(200, { ...page, cursor: String(page.cursor) });
}

async function summary(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  noQuery(event);
  const found = await client.historySummary(executionId);
  if (!found) throw unknownExecution();
  return json(200, { ...found, cursor: String(found.cursor) });
}
