/** A valid request for each route, and its mutable parts. For a new route only the path is attacked. */
import type { World } from '../world.ts';

export interface Target {
  /** Such as `POST /executions/{id}/seal`. */
  readonly routeKey: string;
  /** Whether a valid body and query are known. */
  readonly isKnown: boolean;
  readonly path: Readonly<Record<string, string>>;
  /** The allowed members of the body, with valid values; absent for a route without a body. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** The smallest valid body. */
  readonly least: Readonly<Record<string, unknown>>;
  /** Members that accept any JSON. */
  readonly free: readonly string[];
  readonly hasKey: boolean;
  /** Valid query parameters; absent if the route ignores them. */
  readonly query?: Readonly<Record<string, string>>;
}

type Known = Partial<Pick<Target, 'body' | 'least' | 'free' | 'hasKey' | 'query'>> & { readonly id?: string };

const PAGE = { limit: '5', cursor: 'x' };
const ACTOR = { actor: 'ann' };
const ANSWER: Known = {
  body: { value: { ok: true }, resumeRequestId: 'r-1', ...ACTOR },
  least: { value: { ok: true } },
  hasKey: true,
};
const OPTIONS = {
  startAt: '2026-01-02T00:00:00Z',
  autoClose: true,
  autoCloseTimeout: 1_000,
  concurrency: 2,
  hopBudget: 50,
  nowait: 'queue',
  durability: 'sync',
  interventionMode: 'auto',
  defaults: { retry: { maxAttempts: 2 } },
};

const KNOWN: Readonly<Record<string, Known>> = {
  'GET /flows': { query: {} },
  'GET /flows/{flow}': { query: { mode: 'detailed' } },
  'POST /flows/{flow}/executions': {
    body: { input: { n: 1 }, options: OPTIONS },
    least: { input: { n: 1 } },
    hasKey: true,
  },
  // An attribute may have any text, so a query by one is no attack.
  'GET /executions': {
    query: { ...PAGE, flow: 'waits', status: 'open', createdAfter: '2026-01-01T00:00:00Z' },
  },
  'POST /bulk': {
    body: { action: 'signal', name: 'go', value: 1, filter: { ids: ['none'] }, ratePerSecond: 5, dryRun: true },
    least: { action: 'pause', filter: { ids: ['none'] } },
    hasKey: true,
  },
  'GET /executions/{id}': {},
  'GET /executions/{id}/snapshot': { query: {} },
  'GET /executions/{id}/stream': { query: { after: '0', limit: '5', wait: '0' } },
  'GET /executions/{id}/value': { query: { path: 'input', from: '0' } },
  'GET /executions/{id}/graph': { query: {} },
  'GET /executions/{id}/interrupts/{interruptId}': { query: { generation: '0' } },
  'GET /executions/{id}/history': { query: { after: '0', limit: '5', wait: '0', chunk: 'a' } },
  'GET /executions/{id}/history/summary': { query: {} },
  'POST /executions/{id}/signals/{name}': {
    body: { value: 1, correlation: 'c' },
    free: ['value'],
    hasKey: true,
    query: {},
  },
  'POST /executions/{id}/seal': { body: {}, query: {} },
  'POST /executions/{id}/unseal': { body: {}, query: {} },
  'POST /executions/{id}/activations/{activationId}/due': { id: 'later', body: ACTOR, query: {} },
  'DELETE /executions/{id}': { body: {}, query: {} },
  'GET /schedules': { query: {} },
  'POST /schedules/{flow}/{id}/trigger': { body: {}, hasKey: true, query: {} },
  'POST /executions/{id}/pause': { body: {}, query: {} },
  'POST /executions/{id}/unpause': { body: {}, query: {} },
  'POST /executions/{id}/interrupts/{interruptId}/withdraw': { body: { generation: 0 }, query: {} },
  'POST /executions/{id}/cancel': { body: { reason: 'over' }, query: {} },
  'POST /executions/{id}/close': {
    body: { pendingInterrupts: 'reject' },
    least: { pendingInterrupts: 'cancel' },
    query: {},
  },
  'POST /executions/{id}/redrive': { id: 'fails', body: ACTOR, hasKey: true, query: {} },
  'POST /executions/{id}/forks': { id: 'fails', body: ACTOR, hasKey: true, query: {} },
  'POST /executions/{id}/interventions': {
    body: { payload: 1, target: 'ask', author: 'ann', note: 'n' },
    least: { payload: 1 },
    free: ['payload'],
    hasKey: true,
    query: {},
  },
  'POST /executions/{id}/interrupts/{interruptId}': { ...ANSWER, query: {} },
  'POST /executions/{id}/interrupts/{interruptId}/links': {
    body: { to: 'ann', generation: 0 },
    hasKey: true,
    query: {},
  },
  'DELETE /executions/{id}/interrupts/{interruptId}/links/{linkId}': { query: {} },
  'GET /interrupts': { query: PAGE },
  'POST /callbacks/{token}': ANSWER,
};

export function targetOf(routeKey: string, world: World): Target {
  const known = KNOWN[routeKey] ?? {};
  const isKnown = Object.hasOwn(KNOWN, routeKey);
  const values: Readonly<Record<string, string>> = {
    flow: 'waits',
    id: known.id ?? 'waits',
    interruptId: world.interruptId,
    activationId: world.activationId,
    token: world.token,
    name: 'go',
  };
  const names = Array.from(routeKey.matchAll(/\{(\w+)\}/g), ([, name = '']) => name);
  const path = Object.fromEntries(names.map((name) => [name, values[name] ?? 'none']));
  const { body, least = {}, free = [], hasKey = false, query } = known;
  return { routeKey, isKnown, path, least, free, hasKey, ...(body && { body }), ...(query && { query }) };
}
