/** Lists who waits for what, and takes answers from whoever IAM lets in. */
import { ID } from '../../flow/ids.ts';
import type { InterruptView } from '../../runtime/views.ts';
import { answerOnWire, readAnswer, unknownInterrupt } from './answers.ts';
import type { HttpEvent } from './body.ts';
import type { InterruptLink } from './links.ts';
import { PageParameters, pageOnWire, toPageQuery } from './pages.ts';
import { type HttpAnswer, json } from './respond.ts';
import { type ApiOptions, noQuery, pathParameter, queryOf, type Routes } from './route.ts';

/** Longer than ids that chunks choose: those of waits in a `forEach` end with the positions of their items. */
const INTERRUPT_ID = /^(?!\.+$)[A-Za-z0-9_.:@=-]{1,256}$/;

export const interruptRoutes: Routes = {
  'GET /interrupts': list,
  'POST /executions/{id}/interrupts/{interruptId}': answer,
};

async function list(event: HttpEvent, { client, link }: ApiOptions): Promise<HttpAnswer> {
  const query = toPageQuery(queryOf(event, PageParameters));
  const found = await client.interrupts(query);
  return json(200, await pageOnWire(found, (view) => interruptOnWire(view, link)));
}

async function answer(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const [executionId, interruptId] = [pathParameter(event, 'id'), pathParameter(event, 'interruptId')];
  if (!ID.test(executionId) || !INTERRUPT_ID.test(interruptId)) return unknownInterrupt();
  noQuery(event);
  const given = readAnswer(event);
  const result = await client.resume(executionId, interruptId, given);
  return answerOnWire(result, { executionId, interruptId });
}

export async function interruptOnWire(view: InterruptView, link: InterruptLink) {
  const { executionId, interruptId, flow, type, payload, resumeTo, createdAt, expiresAt } = view;
  return {
    executionId,
    interruptId,
    flow,
    type,
    payload,
    resumeTo,
    createdAt,
    expiresAt,
    callbackUrl: await link(view),
  };
}
