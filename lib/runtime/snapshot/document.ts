/** The snapshot document: its shape, its checks, and the report on required resources. */
import type { Head, LedgerEntry, ScopeId } from '../../engine/head.ts';
import { mapValues, refsOf } from '../../engine/values/value-refs.ts';
import type { WorkspaceRef } from '../../flow/authoring/facilities.ts';
import type { Requirement } from '../../flow/authoring/requirements.ts';
import { checkJson, type Json } from '../../flow/json.ts';
import type { App } from '../app/app.ts';
import { iso } from '../app/checks/times.ts';
import { findFlow } from '../app/definitions.ts';
import { PARTED_LIST, SNAPSHOT, type SNAPSHOT_FORMAT } from './shape.ts';

/** Deepest accepted JSON: values of the greatest depth, assembled from parts, inside the rows of a head. */
const DEPTH = 256;

/** A saved execution, as JSON: its head, the values stored outside it, and its spilled ledger entries. */
export interface Snapshot {
  readonly schemaVersion: typeof SNAPSHOT_FORMAT;
  readonly executionId: string;
  readonly flow: string;
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly savedAt: string;
  readonly head: Head;
  readonly values: { readonly [ref: string]: Json };
  /** Values stored outside the document. */
  readonly artifacts?: { readonly space: string; readonly values: { readonly [ref: string]: WorkspaceRef } };
  readonly ledger: readonly LedgerEntry[];
  /** Shared data by flow. */
  readonly flowData: { readonly [flow: string]: { readonly [key: string]: Json } };
  /** Ids of outbox writes that `flowData` already contains. */
  readonly flowDataMade?: readonly string[];
  readonly requirements: readonly Requirement[];
  /** Resources that the flow could use where it was saved. */
  readonly resources: readonly string[];
}

export interface SaveOptions {
  /** Values larger than this many bytes of JSON are stored as artifacts. Default: all values stay in the document. */
  readonly compactOver?: number;
}

export interface InspectOptions {
  /** Keys of further resources that will be available. */
  readonly resources?: readonly string[];
  /** Owner of the load: its own host lease is no conflict. */
  readonly owner?: string;
}

export interface LoadOptions extends InspectOptions {
  /** Id of the new execution; default: the id of the saved one. */
  readonly id?: string;
  /** With `owner`: TTL in milliseconds of a host lease that starts with the load. */
  readonly ttl?: number;
}

export interface LoadAnswer {
  readonly executionId: string;
  readonly report: LoadReport;
  /** Fence of the host lease that `owner` and `ttl` requested. */
  readonly fence?: number;
}

export interface LoadReport {
  readonly status: 'ready' | 'pending_resources' | 'missing_resources' | 'invalid_snapshot';
  readonly ready: boolean;
  /** Required keys that are absent, including those a resolver can make. */
  readonly missing: readonly string[];
  readonly pendingResolvers: readonly string[];
  /** Absent required keys with `failPolicy: 'open'`: the load continues without them. */
  readonly unresolved: readonly string[];
  readonly resolved: readonly string[];
  readonly diagnostics: readonly { readonly code: string; readonly detail: string }[];
}

type Diagnostic = LoadReport['diagnostics'][number];

interface Invalid {
  readonly invalid: Diagnostic;
}

/** Returns the document if it is valid and its flow is in this app, else the problem. */
export function readSnapshot(
  app: App,
  document: unknown,
  { now, owner }: { readonly now: number; readonly owner?: string | undefined },
): { readonly snapshot: Snapshot } | Invalid {
  const plain = readPlain(document);
  if ('invalid' in plain) return plain;
  const { error } = SNAPSHOT.safeParse(plain.json);
  if (error) return wrongShape(error.issues[0]);
  const snapshot = plain.json as unknown as Snapshot;
  return (
    definitionProblem(app, snapshot) ?? headProblem(snapshot) ?? leaseProblem(snapshot, now, owner) ?? { snapshot }
  );
}

/** Converts to plain JSON: a caller in the same process may pass any object. */
function readPlain(document: unknown): { readonly json: Json } | Invalid {
  try {
    return { json: checkJson(document, 'snapshot', { deepest: DEPTH }) };
  } catch (error) {
    return wrong('invalid_section', error instanceof Error ? error.message : 'The snapshot is not JSON.');
  }
}

function wrongShape(issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): Invalid {
  const { path = [], message = 'does not match a saved snapshot' } = issue ?? {};
  const detail = `${path.map(String).join('.') || 'snapshot'}: ${message}.`;
  switch (path[0]) {
    case undefined:
    case 'schemaVersion':
      return wrong('invalid_schema_version', detail);
    case 'fingerprint':
      return wrong('definition_missing', detail);
    default:
      return wrong('invalid_section', detail);
  }
}

function definitionProblem(app: App, { flow, fingerprint, head }: Snapshot): Invalid | undefined {
  if (head.flow !== flow || head.fingerprint !== fingerprint) {
    return wrong('definition_mismatch', 'flow and fingerprint differ from those of the head.');
  }
  if (findFlow(app, head)) return undefined;
  return wrong(
    'definition_mismatch',
    `This app has no flow "${flow}" with the fingerprint ${fingerprint}. Deploy that version.`,
  );
}

function headProblem({ head, artifacts, values }: Snapshot): Invalid | undefined {
  const loop = Object.keys(head.frames).find((scope) => isInsideItself(head, scope));
  if (loop !== undefined) return wrong('invalid_section', `head.frames.${loop}: the frame is nested in itself.`);
  if (!hasSoundValues(head)) return wrong('invalid_section', 'head: a value in it is malformed.');
  const kept = { ...artifacts?.values, ...values };
  const lost = [...refsOf(structuredClone(head))].find((ref) => !Object.hasOwn(kept, ref));
  return lost === undefined ? undefined : wrong('invalid_section', `values: ${lost} is missing.`);
}

function leaseProblem({ head: { hostLease } }: Snapshot, now: number, owner?: string): Invalid | undefined {
  if (!hostLease || hostLease.until <= now || hostLease.owner === owner) return undefined;
  return wrong('lease_conflict', `Host "${hostLease.owner}" holds the lease until ${iso(hostLease.until)}.`);
}

/** Whether following the parents of a frame leads back to it. */
function isInsideItself({ frames }: Head, scope: ScopeId): boolean {
  return (['home', 'scope'] as const).some((way) => {
    const passed = new Set<ScopeId>();
    for (let at: ScopeId | undefined = scope; at !== undefined && Object.hasOwn(frames, at); ) {
      if (passed.has(at)) return true;
      passed.add(at);
      at = frames[at]?.parent[way];
    }
    return false;
  });
}

function hasSoundValues(head: Head): boolean {
  try {
    let sound = true;
    mapValues(structuredClone(head), (value) => {
      sound &&= isValue(value);
      return value;
    });
    return sound;
  } catch {
    return false;
  }
}

function isValue(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { v, ref, of, list, parts } = value as { readonly [key: string]: unknown };
  if (parts !== undefined) return PARTED_LIST.safeParse(value).success;
  if (ref !== undefined) return typeof ref === 'string';
  if (list !== undefined) return Array.isArray(list) && list.every(isValue);
  if (of !== undefined) return typeof of === 'object' && of !== null && Object.values(of).every(isValue);
  return v !== undefined;
}

function wrong(code: string, detail: string): Invalid {
  return { invalid: { code, detail } };
}

export function invalidReport(invalid: Diagnostic): LoadReport {
  const none = { missing: [], pendingResolvers: [], unresolved: [], resolved: [] };
  return { status: 'invalid_snapshot', ready: false, ...none, diagnostics: [invalid] };
}

/** @param here keys of available resources; @param validated keys whose resolvers have run */
export function reportOn(
  snapshot: Snapshot,
  here: ReadonlySet<string>,
  resolvers: ReadonlySet<string>,
  validated: ReadonlySet<string> = new Set(),
): LoadReport {
  const found = {
    missing: [] as string[],
    pendingResolvers: [] as string[],
    unresolved: [] as string[],
    resolved: [] as string[],
  };
  const diagnostics: Diagnostic[] = [];
  for (const requirement of requirementsOf(snapshot)) {
    const { key } = requirement;
    switch (conditionOf(requirement, here, resolvers, validated)) {
      case 'here':
        found.resolved.push(key);
        break;
      case 'optional':
        break;
      case 'unresolved':
        found.unresolved.push(key);
        diagnostics.push({
          code: 'missing_resource',
          detail: `Resource "${key}" is absent; the load continues without it.`,
        });
        break;
      case 'pending':
        found.missing.push(key);
        found.pendingResolvers.push(key);
        diagnostics.push({
          code: 'resolver_pending',
          detail: `Resource "${key}" is absent; asyncLoad makes it with the resolver ${requirement.resolver}.`,
        });
        break;
      case 'missing':
        found.missing.push(key);
        diagnostics.push({
          code: 'missing_resource',
          detail: `Resource "${key}" is required and absent. Give defineApp a factory for it.`,
        });
    }
  }
  const isMissing = found.missing.length > found.pendingResolvers.length;
  const status = isMissing ? 'missing_resources' : found.missing.length > 0 ? 'pending_resources' : 'ready';
  return { status, ready: status === 'ready', ...found, diagnostics };
}

/** The declared requirements plus the resources available at the save, sorted by key. */
export function requirementsOf({ requirements, resources }: Snapshot): readonly Requirement[] {
  const live = resources.map((key): Requirement => ({ key, required: true, failPolicy: 'closed' }));
  const all = new Map([...live, ...requirements].map((each) => [each.key, each]));
  return [...all.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function conditionOf(
  { key, required, resolver, failPolicy, health, stateRef }: Requirement,
  here: ReadonlySet<string>,
  resolvers: ReadonlySet<string>,
  validated: ReadonlySet<string>,
): 'here' | 'optional' | 'unresolved' | 'pending' | 'missing' {
  const forbidden = health === 'policy_forbidden';
  // A resource with a `stateRef` counts only once its resolver has validated that state.
  if (!forbidden && (validated.has(key) || (stateRef === undefined && here.has(key)))) return 'here';
  if (!required) return 'optional';
  if (!forbidden && resolver !== undefined && resolvers.has(resolver)) return 'pending';
  return failPolicy === 'open' ? 'unresolved' : 'missing';
}

export function resolverNames({ resolvers = {} }: App): ReadonlySet<string> {
  return new Set(Object.keys(resolvers));
}
