/** Requests as API Gateway sends them, a client that answers what it is told, and a logger that keeps its lines. */
import assert from 'node:assert/strict';
import type { HttpEvent } from '../../lib/adapters/lambda/http/body.ts';
import { createApiHandler } from '../../lib/adapters/lambda/routes/api.ts';
import { createInterruptLink, createMakeLink } from '../../lib/adapters/lambda/routes/links.ts';
import type { ResumeEntry } from '../../lib/engine/head.ts';
import { defineApp } from '../../lib/index.ts';
import type { Clock, KeyRing, Logger, SigningKey } from '../../lib/ports/system.ts';
import type { App } from '../../lib/runtime/app/app.ts';
import { DEFAULTS } from '../../lib/runtime/app/parameters.ts';
import { createTokens } from '../../lib/runtime/client/callback-token.ts';
import type { Client, ExecutionSummary, ExecutionView, InterruptView } from '../../lib/runtime/client/types.ts';

export const NOW = Date.parse('2026-03-01T12:00:00.000Z');
export const clock: Clock = { now: () => NOW, sleep: () => assert.fail('must not wait') };

export function memoryKeys(current: string, ...kids: readonly string[]): KeyRing {
  const keys = new Map<string, SigningKey>();
  for (const kid of [current, ...kids]) keys.set(kid, { kid, secret: new Uint8Array(32).fill(kid.charCodeAt(0)) });
  const key = keys.get(current);
  assert.ok(key);
  return { current: async () => key, find: async (kid) => keys.get(kid) };
}

export const tokens = createTokens(memoryKeys('a'), { audience: 'callback', tenant: 'test' });

const LINKS = { tokens, baseUrl: 'https://cb.example/base/', tokenLife: DEFAULTS.tokenLife };
export const link = createInterruptLink(LINKS);
export const makeLink = createMakeLink({ ...LINKS, clock });

export interface RequestParts {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly base64?: boolean;
  /** The identity that API Gateway authenticated. */
  readonly authorizer?: unknown;
}

export function request(routeKey: string, parts: RequestParts = {}): HttpEvent {
  return {
    version: '2.0',
    routeKey,
    rawPath: '/',
    rawQueryString: '',
    headers: { host: 'evil.example', ...parts.headers },
    requestContext: { authorizer: parts.authorizer } as unknown as HttpEvent['requestContext'],
    isBase64Encoded: parts.base64 ?? false,
    ...(parts.path ? { pathParameters: parts.path } : {}),
    ...(parts.query ? { queryStringParameters: parts.query } : {}),
    ...(parts.body === undefined
      ? {}
      : { body: parts.base64 ? Buffer.from(parts.body).toString('base64') : parts.body }),
  };
}

/** Every method that is not given fails the test that calls it. */
export function fakeClient(methods: Partial<Client> = {}): { readonly client: Client; readonly calls: string[] } {
  const calls: string[] = [];
  const client = new Proxy(methods, {
    get(target, name: keyof Client & string) {
      calls.push(name);
      const method = target[name];
      return method ?? assert.fail(`${name} must not be called`);
    },
  });
  return { client: client as Client, calls };
}

export interface ApiCall {
  readonly app?: App;
  readonly clock?: Clock;
  /** As on the local host. */
  readonly isLocal?: boolean;
}

/** A request to the API over a client that has these methods; ids that it makes are `made-1`, `made-2`, … */
export async function callApi(
  routeKey: string,
  parts: RequestParts,
  methods: Partial<Client> = {},
  options: ApiCall = {},
) {
  const { client, calls } = fakeClient(methods);
  const { log, lines } = recorder();
  const { app = defineApp({ flows: [], resources: {} }), clock: time = clock, isLocal = false } = options;
  let made = 0;
  const entropy = {
    id: () => {
      made += 1;
      return `made-${made}`;
    },
  };
  const handler = createApiHandler({
    app,
    client,
    makeLink,
    ...(isLocal ? { listedLink: link } : {}),
    clock: time,
    entropy,
    log,
  });
  const answer = await handler(request(routeKey, parts));
  const isJson = answer.headers['content-type']?.endsWith('json') && !answer.headers['content-type'].endsWith('ndjson');
  return { ...answer, json: isJson ? JSON.parse(answer.body) : undefined, calls, lines };
}

/** Status and code of a problem, and what the client was asked before it. */
export function refusalOf({ statusCode, json, calls }: Awaited<ReturnType<typeof callApi>>) {
  return [statusCode, json.code, calls];
}

export function recorder(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const write: Logger['info'] = (message, fields) => {
    lines.push(JSON.stringify({ message, ...fields }));
  };
  return { log: { info: write, warn: write, error: write }, lines };
}

export const INTERRUPT: InterruptView = {
  executionId: 'x-1',
  interruptId: 'i-1',
  flow: 'refund-approval',
  type: 'approval',
  payload: { question: 'Refund 500.00?', ticket: 'T-1' },
  resumeTo: 'next',
  createdAt: '2026-03-01T10:00:00.000Z',
};

export const EXECUTION: ExecutionView = {
  executionId: 'x-1',
  flow: 'refund-approval',
  status: 'waiting',
  lifecycle: 'open',
  autoClose: true,
  state: { n: 1 },
  interrupts: [INTERRUPT],
  createdAt: '2026-03-01T09:00:00.000Z',
};

export const ENTRY: ResumeEntry = { kind: 'resume', id: 'i-1', outcome: 'accepted', at: NOW - 1_000, actor: 'ann' };

/** Small, seeded, good enough to mutate with. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const { payload: _, ...WAIT } = INTERRUPT;
const { executionId, flow, status, lifecycle, autoClose, createdAt } = EXECUTION;
export const SUMMARY: ExecutionSummary = {
  ...{ executionId, flow, status, lifecycle, autoClose, createdAt },
  title: executionId,
  now: 'waits for an answer (approval)',
  interrupts: [WAIT],
  waiting: 1,
};
