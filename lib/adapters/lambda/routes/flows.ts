/** Shows flows: names, versions, graphs and contracts. */
import { z } from 'zod';
import type { AnyFlow } from '../../../flow/authoring/flow.ts';
import { contractJson, resumesJson } from '../../../flow/graph/contract-json.ts';
import { toMermaid } from '../../../flow/mermaid/mermaid.ts';
import { type App, currentFlow, currentFlows } from '../../../runtime/app/app.ts';
import type { HttpEvent } from '../http/body.ts';
import { type HttpAnswer, json } from '../http/respond.ts';
import { type ApiOptions, executionIdOf, noQuery, queryOf, type Routes, unknownExecution } from '../http/route.ts';

const FlowParameters = z.strictObject({ mode: z.enum(['simplified', 'detailed']).default('simplified') });

export const flowRoutes: Routes = {
  'GET /flows': list,
  'GET /flows/{flow}': show,
  'GET /executions/{id}/graph': ofExecution,
};

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
  const schedules = flow.schedules.length > 0 ? { schedules: flow.schedules } : {};
  return json(200, { ...definitionOnWire(flow), ...schedules, mermaid: toMermaid(flow, { mode }) });
}

/** The graph of the version that the execution runs, also of an earlier one or of a task flow. */
async function ofExecution(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const id = executionIdOf(event);
  noQuery(event);
  const flow = await client.definition(id);
  if (!flow) throw unknownExecution();
  return json(200, definitionOnWire(flow));
}

function definitionOnWire(flow: AnyFlow) {
  const { name, fingerprint, graph, contract } = flow;
  return {
    ...{ flow: name, fingerprint, graph },
    contract: contractJson(contract),
    resumes: resumesJson(flow),
    predicates: namesOf(flow.predicates),
  };
}

/** Names of the predicate functions that have one, by position. */
function namesOf(codes: AnyFlow['predicates']): Readonly<Record<string, string>> {
  return Object.fromEntries([...codes].flatMap(([at, { name }]) => (name === '' ? [] : [[at, name] as const])));
}

/** A task flow has no graph before its start, so its task kinds are shown. */
function taskFlowOnWire({ name, kinds }: NonNullable<App['taskFlows']>[number]) {
  const known = Object.entries(kinds).map(([kind, code]) => ({
    kind,
    sideEffect: typeof code === 'object' && code.sideEffect === true,
  }));
  return { flow: name, kinds: known };
}
