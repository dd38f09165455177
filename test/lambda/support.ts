/** Requests as API Gateway sends them, a client that answers what it is told, and a logger that keeps its lines. */
import assert from 'node:assert/strict';
import type { HttpEvent } from '../../lib/adapters/lambda/body.ts';
import type { ResumeEntry } from '../../lib/engine/head.ts';
import type { KeyRing, Logger, SigningKey } from '../../lib/ports/system.ts';
import { createTokens } from '../../lib/runtime/token.ts';
import type { Client, ExecutionView, InterruptView } from '../../lib/runtime/views.ts';

export const NOW = Date.parse('2026-03-01T12:00:00.000Z');
export const clock = { now: () => NOW };

export function memoryKeys(current: string, ...kids: readonly string[]): KeyRing {
  const keys = new Map<string, SigningKey>();
  for (const kid of [current, ...kids]) keys.set(kid, { kid, secret: new Uint8Array(32).fill(kid.charCodeAt(0)) });
  const key = keys.get(current);
  assert.ok(key);
  return { current: async () => key, find: async (kid) => keys.get(kid) };
}

export const tokens = createTokens(memoryKeys('a'), { audience: 'callback', tenant: 'test' });

export interface RequestParts {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly base64?: boolean;
}

export function request(routeKey: string, parts: RequestParts = {}): HttpEvent {
  return {
    version: '2.0',
    routeKey,
    rawPath: '/',
    rawQueryString: '',
    headers: { host: 'evil.example', ...parts.headers },
    requestContext: {} as HttpEvent['requestContext'],
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
  createdAt: '2026-03-01T10:00:00.000Z',
};

export const EXECUTION: ExecutionView = {
  executionId: 'x-1',
  flow: 'refund-approval',
  status: 'waiting',
  lifecycle: 'open',
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
