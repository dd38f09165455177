/** Starts and shows executions. */
import { z } from 'zod';
import { defined } from '../../../defined.ts';
import { FLOW } from '../../../flow/ids.ts';
import { attributeName, attributes } from '../../../flow/options/attributes.ts';
import { httpOptions } from '../../../flow/options/execution.ts';
import { checkStartLimits } from '../../../runtime/client/starts/start-limits.ts';
import type { ExecutionView, StartAnswer } from '../../../runtime/client/types.ts';
import { LISTED_STATUSES } from '../../../runtime/view/search.ts';
import { checkShape, type HttpEvent, idempotencyKey, readJson } from '../http/body.ts';
import { callerOf } from '../http/caller.ts';
import { PageParameters, pageOnWire, toPageQuery } from '../http/pages.ts';
import { Wait } from '../http/poll.ts';
import { type HttpAnswer, json, MAX_ANSWER_BYTES, problem } from '../http/respond.ts';
import { type ApiOptions, executionIdOf, noQuery, queryOf, type Routes, unknownExecution } from '../http/route.ts';
import { interruptOnWire } from './interrupts.ts';

/** `input` may be absent: a flow without an input is started with `{}`. */
const StartBody = z.strictObject({ input: z.unknown().optional(), options: httpOptions.default({}) });
const time = z.iso.datetime({ offset: true, error: 'expected an ISO 8601 time, such as 2026-03-01T09:00:00Z' });
const ListParameters = PageParameters.extend({
  flow: z.string().regex(FLOW).exactOptional(),
  status: z.enum(LISTED_STATUSES).exactOptional(),
  createdAfter: time.exactOptional(),
  createdBefore: time.exactOptional(),
  attributes,
});

const ATTRIBUTE = 'attr.';
const ViewParameters = z.strictObject({ wait: Wait });

/** Most bytes of the values in a view: the rest of the view, with callback URLs, must fit into the response too. */
const MOST_OF_VIEW = 3_000_000;

export const executionRoutes: Routes = {
  'POST /flows/{flow}/executions': start,
  'GET /executions/{id}': get,
  'GET /executions/{id}/snapshot': snapshot,
  'GET /executions': list,
};

async function start(event: HttpEvent, { app, client }: ApiOptions): Promise<HttpAnswer> {
  const id = idempotencyKey(event);
  const { input, options } = readJson(event, StartBody);
  const flow = event.pathParameters?.flow ?? '';
  checkStartLimits(app, flow, options, 'body.options');
  const given = { ...options, ...defined({ id }) };
  const startedBy = callerOf(event);
  const by = startedBy.actor === undefined ? {} : { startedBy };
  return startAnswer(await client.start(flow, input ?? null, { ...given, ...by }));
}

/** The response to a start. */
export function startAnswer(answer: StartAnswer): HttpAnswer {
  if (answer.kind === 'ignored') {
    return problem('ignored', 'The execution was sealed or closed before its start. Unseal it, or start another one.', {
      executionId: answer.executionId,
    });
  }
  if (answer.kind !== 'conflict') return json(202, { executionId: answer.executionId, status: answer.status });
  return problem(
    'execution_conflict',
    'This Idempotency-Key started an execution with another input or flow. Send a new one.',
    {
      executionId: answer.executionId,
    },
  );
}

/** With `wait` it answers when the execution has closed or failed or waits, at the latest after so many seconds. */
async function get(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const id = executionIdOf(event);
  const { wait } = queryOf(event, ViewParameters);
  const view = await client.get(id, { most: MOST_OF_VIEW, wait });
  if (!view) throw unknownExecution();
  return json(200, executionOnWire(view));
}

/** The whole execution as one document, if it fits into a response. */
async function snapshot(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const id = executionIdOf(event);
  noQuery(event);
  const saved = await client.save(id);
  if (!saved) throw unknownExecution();
  const answer = json(200, saved);
  if (answer.statusCode === 200) return answer;
  return problem('value_too_large', `The snapshot exceeds ${MAX_ANSWER_BYTES} bytes. Use client.save.`);
}

async function list(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const { limit, cursor, attributes: wanted, ...rest } = checkShape(ListParameters, listQueryOf(event), 'query');
  const byAttribute = Object.keys(wanted).length > 0 ? { attributes: wanted } : {};
  const found = await client.list({ ...toPageQuery({ limit, cursor }), ...defined(rest), ...byAttribute });
  return json(200, await pageOnWire(found, async (summary) => summary));
}

/** Collects the `attr.<name>` parameters. */
function listQueryOf({ queryStringParameters = {} }: HttpEvent): Readonly<Record<string, unknown>> {
  const isAttribute = ([name]: readonly [string, unknown]) => name.startsWith(ATTRIBUTE);
  const given = Object.entries(queryStringParameters);
  const found = given.filter(isAttribute).map(([name, value]) => [attributeOf(name), value]);
  return { ...Object.fromEntries(given.filter((each) => !isAttribute(each))), attributes: Object.fromEntries(found) };
}

/** A record would drop a name such as `__proto__`, and with it the condition. */
function attributeOf(parameter: string): string {
  return checkShape(attributeName, parameter.slice(ATTRIBUTE.length), `query.${parameter}`);
}

function executionOnWire(view: ExecutionView) {
  const waits = view.interrupts.map(interruptOnWire);
  const { state, ...rest } = view;
  // Once closed, the result contains the state, which is not sent twice.
  return { ...rest, ...(view.result === undefined ? { state } : {}), interrupts: waits };
}
