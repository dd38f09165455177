/** Shows the flows that new executions of this app run: their names, versions and graphs. */
import { z } from 'zod';
import { toMermaid } from '../../flow/mermaid.ts';
import { currentFlow } from '../../runtime/app.ts';
import type { HttpEvent } from './body.ts';
import { type HttpAnswer, json } from './respond.ts';
import { type ApiOptions, noQuery, queryOf, type Routes } from './route.ts';

const FlowParameters = z.strictObject({ mode: z.enum(['simplified', 'detailed']).default('simplified') });

export const flowRoutes: Routes = { 'GET /flows': list, 'GET /flows/{flow}': show };

async function list(event: HttpEvent, { app }: ApiOptions): Promise<HttpAnswer> {
  noQuery(event);
  const names = new Set(app.flows.map(({ name }) => name));
  const items = Array.from(names, (flow) => ({ flow, fingerprint: currentFlow(app, flow).fingerprint }));
  return json(200, { items });
}

async function show(event: HttpEvent, { app }: ApiOptions): Promise<HttpAnswer> {
  const { mode } = queryOf(event, FlowParameters);
  const flow = currentFlow(app, event.pathParameters?.flow ?? '');
  const { name, fingerprint, graph } = flow;
  return json(200, { flow: name, fingerprint, graph, mermaid: toMermaid(flow, { mode }) });
}
