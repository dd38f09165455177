/** Shows the schedules of flows, and starts a flow as one of them would. */
import { z } from 'zod';
import { defined } from '../../../defined.ts';
import { actor } from '../../../flow/options/calls.ts';
import { nextTimeOf } from '../../../runtime/client/starts/next-time.ts';
import { type HttpEvent, idempotencyKey, readOptionalJson } from '../http/body.ts';
import { callerOf } from '../http/caller.ts';
import { type HttpAnswer, json } from '../http/respond.ts';
import { type ApiOptions, noQuery, pathParameter, type Routes } from '../http/route.ts';
import { startAnswer } from './executions.ts';

const TriggerBody = z.strictObject({ actor: actor.optional() });

export const scheduleRoutes: Routes = {
  'GET /schedules': list,
  'POST /schedules/{flow}/{id}/trigger': trigger,
};

async function list(event: HttpEvent, { client, clock }: ApiOptions): Promise<HttpAnswer> {
  noQuery(event);
  const now = clock.now();
  const items = (await client.schedules()).map((schedule) => {
    const last = schedule.last && Date.parse(schedule.last.at);
    const next = nextTimeOf(schedule, now, last);
    return { ...schedule, ...(next === undefined ? {} : { nextAt: new Date(next).toISOString() }) };
  });
  return json(200, { items });
}

async function trigger(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  noQuery(event);
  const given = readOptionalJson(event, TriggerBody);
  const options = { ...callerOf(event, given.actor), ...defined({ id: idempotencyKey(event) }) };
  return startAnswer(await client.trigger(pathParameter(event, 'flow'), pathParameter(event, 'id'), options));
}
