/** Reads the stream of an execution, with long polling. */
import { z } from 'zod';
import type { StreamPage } from '../../../runtime/client/types.ts';
import type { HttpEvent } from '../http/body.ts';
import { Limit } from '../http/pages.ts';
import { pollFor, Wait } from '../http/poll.ts';
import { type HttpAnswer, json } from '../http/respond.ts';
import { type ApiOptions, executionIdOf, queryOf, type Routes, unknownExecution } from '../http/route.ts';

const StreamParameters = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,14}$/, 'expected a position')
    .default('0'),
  limit: Limit,
  wait: Wait,
});

/** Most bytes of the items on one page. */
const MAX_ITEM_BYTES = 3_500_000;

export const streamRoutes: Routes = { 'GET /executions/{id}/stream': read };

/** Polls the store with backoff until there are items, the stream has ended, or the wait time is up. */
async function read(event: HttpEvent, { client, clock }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  const { after, limit, wait } = queryOf(event, StreamParameters);
  const query = { after: Number(after), limit: Number(limit) };
  const page = await pollFor(clock, wait, async (): Promise<readonly [StreamPage, boolean]> => {
    const found = await client.readStream(executionId, query);
    if (!found) throw unknownExecution();
    return [found, found.items.length > 0 || found.ended];
  });
  return json(200, fitting(page));
}

/** Keeps as many items as fit into a response, at least one. */
function fitting(page: StreamPage): StreamPage {
  let room = MAX_ITEM_BYTES;
  const over = page.items.findIndex((item, i) => {
    room -= Buffer.byteLength(JSON.stringify(item));
    return room < 0 && i > 0;
  });
  if (over < 0) return page;
  const items = page.items.slice(0, over);
  return { items, cursor: items.at(-1)?.seq ?? page.cursor, ended: false };
}
