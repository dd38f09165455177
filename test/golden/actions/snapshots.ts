/** Save, load and the resources that a loaded execution requires. */
import type { Execution } from '../../../lib/host/execution.ts';
import type { Host as EngineHost, HandleOptions } from '../../../lib/host/host.ts';
import { FlowError } from '../../../lib/index.ts';
import type { LoadReport } from '../../../lib/runtime/snapshot/document.ts';
import { type Action, GoldenError, isObject, type Json, type JsonObject, NotBuilt, text } from '../format.ts';
import type { Act, Host } from '../play/host.ts';
import { requirement } from '../program/program.ts';
import { settingsOf } from './lifecycle.ts';

/** Fields of the original's documents and their names here. */
const FIELDS: Readonly<Record<string, string>> = {
  schema_version: 'schemaVersion',
  execution_id: 'executionId',
  definition_fingerprint: 'fingerprint',
  flow_definition_fingerprint: 'fingerprint',
  flow_name: 'flow',
};

export const save: Act = async (host, action) => {
  const document = JSON.parse(JSON.stringify(await host.handle(action).held.save())) as JsonObject;
  const changed: Record<string, Json> = { ...document, ...renamed(action.mutate) };
  for (const field of dropped(action.drop)) delete changed[nameOf(field)];
  host.saved.set(text(action.as, 'as'), changed);
  return undefined;
};

function renamed(mutate: Json | undefined): JsonObject {
  if (!isObject(mutate)) return {};
  return Object.fromEntries(Object.entries(mutate).map(([field, value]) => [nameOf(field), value]));
}

function dropped(drop: Json | undefined): readonly string[] {
  if (drop === undefined) return [];
  return (Array.isArray(drop) ? drop : [drop]).map(String);
}

function nameOf(field: string): string {
  return Object.hasOwn(FIELDS, field) ? (FIELDS[field] ?? field) : field;
}

export const inspectLoad: Act = async (host, action) => {
  const { host: engine } = host.process(planOf(action));
  const resources = isObject(action.runtime_resources) ? Object.keys(action.runtime_resources) : [];
  return { inspect: seen(engine.inspectLoad(document(host, action), { resources })) };
};

/** A restart: all objects are built anew, and a new handle replaces the old one. */
export const load: Act = async (host, action) => {
  const saved = document(host, action);
  await host.restart();
  const { load_options: how } = action;
  const { mode, runtime_resources: given, ...rest } = isObject(how) ? how : {};
  const [unknown] = Object.keys(rest).filter((key) => key !== 'require_resources');
  if (unknown !== undefined) throw new NotBuilt(`load option ${unknown}`);
  const settings = settingsOf(action);
  const handle = host.open(action.as ?? action.ex ?? 'ex', settings, planOf(action));
  const live = { ...settings.handle.resources, ...(isObject(given) ? given : {}) };
  const options = { ...settings.handle, id: handle.id, resources: live };
  const { host: engine } = handle.process;
  if (mode !== 'async_load') {
    handle.execution = await refused(() => engine.load(saved, options));
    return undefined;
  }
  handle.execution = await refused(
    () => engine.asyncLoad(saved, options),
    async (id) => {
      handle.execution = await open(engine, id, options);
    },
  );
  return { load: { status: 'ready', ready: true } };
};

async function open(engine: EngineHost, id: string, { resources = {} }: HandleOptions): Promise<Execution> {
  const execution = await engine.execution(id, { resources });
  if (!execution) throw new GoldenError('no_execution');
  return execution;
}

/** Errors of a load, in the codes of the format. */
async function refused(
  attempt: () => Promise<Execution>,
  held: (id: string) => Promise<void> = async () => undefined,
): Promise<Execution> {
  try {
    return await attempt();
  } catch (error) {
    if (!FlowError.is(error)) throw new GoldenError('resolver_failed', String(error));
    if (error.code !== 'missing_resource') throw new GoldenError(error.code, error.message);
    await held(String(error.details.executionId));
    throw new GoldenError('load_missing_resources', error.message);
  }
}

export const declareRequirement: Act = async (host, { do: _, ex, ...given }) => {
  const { key, options } = requirement(given as JsonObject);
  await host
    .handle(ex === undefined ? { do: 'observe' } : { do: 'observe', ex })
    .held.declareResourceRequirement(key, options);
  return undefined;
};

export const setResource: Act = async (host, action) => {
  host.handle(action).held.resources[text(action.key, 'key')] = action.value ?? null;
  return undefined;
};

export const claimLease: Act = async (host, action) => {
  const ttl = Number(action.lease_ttl ?? 60) * 1_000;
  await host.handle(action).held.claim(text(action.owner_id, 'owner_id'), ttl);
  return undefined;
};

function planOf({ flow }: Action): string | undefined {
  return flow === undefined ? undefined : text(flow, 'flow');
}

function document({ saved }: Host, { from }: Action): Json {
  return structuredClone(saved.get(text(from, 'from')) ?? null);
}

function seen(report: LoadReport): Json {
  return {
    status: report.status,
    ready: report.ready,
    missing: [...report.missing],
    pending_resolvers: [...report.pendingResolvers],
    unresolved: [...report.unresolved],
    resolved: [...report.resolved],
    diagnostics: report.diagnostics.map(({ code }) => code),
  };
}
