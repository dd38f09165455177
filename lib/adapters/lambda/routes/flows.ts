/** Shows the flows for new executions: names, versions and graphs. */
import { z } from 'zod';
import { toMermaid } from '../../../flow/mermaid/mermaid.ts';
import { type App, currentFlow, currentFlows } from '../../../runtime/app/app.ts';
import type { HttpEvent } from '../http/body.ts';
import { type HttpAnswer, json } from '../http/respond.ts';
import { type ApiOptions, noQuery, queryOf, type Routes } from '../http/route.ts';

const FlowParameters = z.strictObject({ mode: z.enum(['simplified', 'detailed']).default('simplified') });

export const flowRoutes: Routes = { 'GET /flows': list, 'GET /flows/{flow}': show };

async function list(event: HttpEvent, { app }: ApiOptions): Promise<HttpAnswer> {
  noQuery(event);
  const items = currentFlows(app).map(({ name, fingerprint }) => ({ flow: name, fingerprint }));
  const tasks = (app.taskFlows ?? []).map(taskFlowOnWire);
  return json(200, { items: [...items, ...tasks] });
}

async function show(event: HttpEvent, { app }: ApiOptions): Promise<HttpAnswer> {
  const { mode } = queryOf(event, FlowParameters);
  const wanted = event.pathParameters?.flow ?? '';
  const tasks = app.taskFlows?.find((each) => each.name === wanted);
  if (tasks) return json(200, taskFlowOnWire(tasks));
  const flow = currentFlow(app, wanted);
  const { name, fingerprint, graph } = flow;
  return json(200, { flow: name, fingerprint, graph, mermaid: toMermaid(flow, { mode }) });
}

/** A task flow has no graph before its start, so its task kinds are shown. */
function taskFlowOnWire({ name, kinds }: NonNullable<App['taskFlows']>[number]) {
  const known = Object.entries(kinds).map(([kind, code]) => ({
    kind,
    sideEffect: typeof code === 'object' && code.sideEffect === true,
  }));
  return { flow: name, kinds: known };
}
