/** The API behind IAM: start executions, look at them, list what waits. */
import { z } from 'zod';
import { FlowError } from '../../errors.ts';
import type { Position } from '../../ports/execution-store.ts';
import type { Logger } from '../../ports/system.ts';
import type { Client, ExecutionView, InterruptView, Page, PageQuery } from '../../runtime/views.ts';
import { checkShape, type HttpEvent, ID, idempotencyKey, readJson } from './body.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { InterruptLink } from './links.ts';
import { failure, type HttpAnswer, json, problem } from './respond.ts';

export interface ApiOptions {
  readonly client: Pick<Client, 'start' | 'get' | 'list' | 'interrupts'>;
  readonly link: InterruptLink;
  readonly log: Logger;
}

type Route = (event: HttpEvent, options: ApiOptions) => Promise<HttpAnswer>;

const StartBody = z.strictObject({ input: z.unknown() });
const PageParameters = z.strictObject({
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, 'expected 1 to 100')
    .default('50'),
  cursor: z.string().transform(decodeCursor).optional(),
});
const ListParameters = PageParameters.extend({
  flow: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,128}$/)
    .optional(),
  status: z.enum(['open', 'closed', 'failed']).optional(),
});

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['POST /flows/{flow}/executions', start],
  ['GET /executions/{id}', get],
  ['GET /executions', list],
  ['GET /interrupts', interrupts],
]);

/** Answers every request, also malformed ones, and never throws. */
export function createApiHandler(options: ApiOptions): (event: HttpEvent) => Promise<HttpAnswer> {
  return async (event) => {
    try {
      const route = ROUTES.get(event.routeKey);
      return route ? await route(event, options) : problem('unknown_route', 'There is no such route.');
    } catch (error) {
      return failure(error, options.log);
    }
  };
}

async function start(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const id = idempotencyKey(event);
  const { input } = readJson(event, StartBody);
  const answer = await client.start(event.pathParameters?.flow ?? '', input, id === undefined ? {} : { id });
  if (answer.kind !== 'conflict') return json(202, { executionId: answer.executionId, status: answer.status });
  return problem('execution_conflict', 'This Idempotency-Key started an execution with another input or flow.', {
    executionId: answer.executionId,
  });
}

async function get(event: HttpEvent, { client, link }: ApiOptions): Promise<HttpAnswer> {
  const id = event.pathParameters?.id ?? '';
  const view = ID.test(id) ? await client.get(id) : undefined;
  if (!view) throw new FlowError('unknown_execution', 'There is no such execution.');
  return json(200, await executionOnWire(view, link));
}

async function list(event: HttpEvent, { client, link }: ApiOptions): Promise<HttpAnswer> {
  const { flow, status, ...page } = checkShape(ListParameters, event.queryStringParameters ?? {}, 'query');
  const found = await client.list({
    ...toQuery(page),
    ...(flow === undefined ? {} : { flow }),
    ...(status === undefined ? {} : { listing: status }),
  });
  return json(200, await pageOnWire(found, (view) => executionOnWire(view, link)));
}

async function interrupts(event: HttpEvent, { client, link }: ApiOptions): Promise<HttpAnswer> {
  const page = checkShape(PageParameters, event.queryStringParameters ?? {}, 'query');
  const found = await client.interrupts(toQuery(page));
  return json(200, await pageOnWire(found, (view) => interruptOnWire(view, link)));
}

function toQuery({ limit, cursor }: { limit: string; cursor?: Position | undefined }): PageQuery {
  return { limit: Number(limit), ...(cursor ? { after: cursor } : {}) };
}

async function pageOnWire<Item>({ items, next }: Page<Item>, onWire: (item: Item) => Promise<object>) {
  return { items: await Promise.all(items.map(onWire)), ...(next ? { cursor: encodeCursor(next) } : {}) };
}

async function executionOnWire(view: ExecutionView, link: InterruptLink) {
  const { executionId, flow, status, lifecycle, state, result, error, createdAt, closedAt } = view;
  const waits = await Promise.all(view.interrupts.map((interrupt) => interruptOnWire(interrupt, link)));
  return { executionId, flow, status, lifecycle, state, interrupts: waits, result, error, createdAt, closedAt };
}

async function interruptOnWire(view: InterruptView, link: InterruptLink) {
  const { executionId, interruptId, flow, type, payload, createdAt, expiresAt } = view;
  return { executionId, interruptId, flow, type, payload, createdAt, expiresAt, callbackUrl: await link(view) };
}
