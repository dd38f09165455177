import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeCursor, encodeCursor } from '../../../lib/adapters/lambda/http/page-cursor.ts';
import { FlowError } from '../../../lib/errors/errors.ts';
import { DEFAULTS } from '../../../lib/runtime/app/parameters.ts';
import type { Client } from '../../../lib/runtime/client/types.ts';
import { callApi, EXECUTION, INTERRUPT, link, type RequestParts, SUMMARY, tokens } from '../support.ts';

const START = 'POST /flows/{flow}/executions';
const start = (parts: RequestParts, methods?: Partial<Client>) =>
  callApi(START, { path: { flow: 'refund-approval' }, body: '{"input":{"n":1}}', ...parts }, methods);

describe('starting over HTTP', () => {
  it('passes flow, input and id on, and answers 202 for the first start and a repeat', async () => {
    for (const kind of ['started', 'existing'] as const) {
      const seen: unknown[] = [];
      const answer = await start(
        { headers: { 'Idempotency-Key': 'r-1' } },
        {
          start: async (...given) => {
            seen.push(...given);
            return { kind, executionId: 'r-1', status: 'running' };
          },
        },
      );
      assert.equal(answer.statusCode, 202);
      assert.equal(answer.body, '{"executionId":"r-1","status":"running"}');
      assert.equal(answer.headers['cache-control'], 'no-store');
      assert.deepEqual(seen, ['refund-approval', { n: 1 }, { id: 'r-1' }]);
    }
  });

  it('passes options on', async () => {
    const options = {
      autoClose: false,
      autoCloseTimeout: null,
      concurrency: 2,
      nowait: 'inline',
      interventionMode: 'auto',
      defaults: { retry: { maxAttempts: 1 }, timeout: 50, onError: 'skip' },
    };
    const seen: unknown[] = [];
    const take: Client['start'] = async (...given) => {
      seen.push(...given);
      return { kind: 'started', executionId: 'r-1', status: 'running' };
    };
    await start(
      { headers: { 'idempotency-key': 'r-1' }, body: JSON.stringify({ input: 1, options }) },
      { start: take },
    );
    assert.deepEqual(seen, ['refund-approval', 1, { ...options, id: 'r-1' }]);
    for (const wrong of [
      { autoClose: 1 },
      { concurrency: 0 },
      { autoCloseTimeout: -1 },
      { nowait: 'later' },
      { interventionMode: 'x' },
      { defaults: { retry: { maxAttempts: 0 } } },
      { defaults: { onError: { handler: 'a' } } },
      { id: 'x' },
    ]) {
      const answer = await start({ body: JSON.stringify({ input: 1, options: wrong }) });
      assert.deepEqual(
        { statusCode: answer.statusCode, code: answer.json.code, calls: answer.calls },
        { statusCode: 400, code: 'invalid_request', calls: [] },
      );
      assert.match(answer.json.path, /^body\.options/);
    }
  });

  it('lets the client choose the id without a key', async () => {
    const answer = await start(
      {},
      {
        start: async (_flow, _input, options) => {
          assert.deepEqual(options, {});
          return { kind: 'started', executionId: 'made', status: 'running' };
        },
      },
    );
    assert.equal(answer.json.executionId, 'made');
  });

  it('refuses another input for the same id with 409', async () => {
    const answer = await start({}, { start: async () => ({ kind: 'conflict', executionId: 'r-1' }) });
    assert.deepEqual(
      { statusCode: answer.statusCode, code: answer.json.code, executionId: answer.json.executionId },
      { statusCode: 409, code: 'execution_conflict', executionId: 'r-1' },
    );
  });

  it('maps errors of the client by the table', async () => {
    const rows = [
      ['unknown_flow', 404],
      ['invalid_input', 400],
      ['contention', 503],
      ['missing_resource', 500],
    ] as const;
    for (const [code, status] of rows) {
      const answer = await start({}, { start: () => Promise.reject(new FlowError(code, 'why')) });
      assert.equal(answer.statusCode, status);
    }
    const unexpected = await start({}, { start: () => Promise.reject(new Error('canary')) });
    assert.equal(unexpected.statusCode, 500);
    assert.ok(!`${unexpected.body}${unexpected.lines}`.includes('canary'));
  });

  it('refuses bad bodies and keys before calling the client', async () => {
    const bad: RequestParts[] = [
      { body: 'no' },
      { body: '{"input":1,"x":2}' },
      { body: '{"input":{"__proto__":1}}' },
      { headers: { 'idempotency-key': 'a b' } },
    ];
    for (const parts of bad) {
      const answer = await start(parts);
      assert.deepEqual(
        { statusCode: answer.statusCode, code: answer.json.code, calls: answer.calls },
        { statusCode: 400, code: 'invalid_request', calls: [] },
      );
    }
    const large = await start({ body: `{"input":"${'x'.repeat(256 * 1024)}"}` });
    assert.deepEqual(
      { statusCode: large.statusCode, code: large.json.code },
      { statusCode: 413, code: 'body_too_large' },
    );
  });
});

describe('looking over HTTP', () => {
  it('shows an execution without callback tokens', async () => {
    const get: Client['get'] = async () => ({ ...EXECUTION, result: { done: true }, closedAt: EXECUTION.createdAt });
    const one = await callApi('GET /executions/{id}', { path: { id: 'x-1' } }, { get });
    const two = await callApi('GET /executions/{id}', { path: { id: 'x-1' } }, { get });
    assert.equal(one.statusCode, 200);
    assert.equal(one.body, two.body);
    const { state: _, ...closed } = (await get('x-1')) ?? assert.fail();
    assert.deepEqual(one.json, { ...closed, interrupts: [{ ...INTERRUPT, generation: 0 }] });
  });

  it('limits a token to the expiry of its interrupt', async () => {
    const url = await link({ ...INTERRUPT, expiresAt: '2026-03-02T00:00:00.000Z' });
    const claims = await tokens.verify(url.split('/').at(-1) ?? '');
    assert.equal(claims?.expiresAt, Date.parse('2026-03-02T00:00:00.000Z'));
  });

  it('answers 404 for unknown executions, and looks up only valid ids', async () => {
    const missing = await callApi('GET /executions/{id}', { path: { id: 'x-2' } }, { get: async () => undefined });
    assert.deepEqual(
      { statusCode: missing.statusCode, code: missing.json.code },
      { statusCode: 404, code: 'unknown_execution' },
    );
    for (const id of ['a#b', '', 'x'.repeat(129), 'a/../b']) {
      const answer = await callApi('GET /executions/{id}', { path: { id } });
      assert.equal(answer.body, missing.body);
      assert.deepEqual(answer.calls, []);
    }
    for (const route of ['GET /nothing', 'constructor', '', '$default', 'PUT /executions/{id}']) {
      const answer = await callApi(route, {});
      assert.deepEqual(
        { statusCode: answer.statusCode, code: answer.json.code },
        { statusCode: 404, code: 'unknown_route' },
      );
    }
  });

  it('lists executions by flow and status, page by page', async () => {
    const next = { createdAt: 5, id: 'x-9' };
    const seen: unknown[] = [];
    const list: Client['list'] = async (query) => {
      seen.push(query);
      return { items: [SUMMARY], next };
    };
    const first = await callApi('GET /executions', {}, { list });
    const query = { flow: 'refund-approval', status: 'failed', limit: '7', cursor: first.json.cursor };
    await callApi('GET /executions', { query }, { list });
    const found = {
      'attr.customer': 'acme',
      'attr.cents': '5',
      status: 'waiting',
      createdAfter: '2026-01-01T00:00:00Z',
    };
    await callApi('GET /executions', { query: found }, { list });
    const attributes = { customer: 'acme', cents: '5' };
    assert.deepEqual(seen, [
      { limit: 50 },
      { limit: 7, after: next, flow: 'refund-approval', status: 'failed' },
      { limit: 50, status: 'waiting', createdAfter: '2026-01-01T00:00:00Z', attributes },
    ]);
    assert.deepEqual(first.json.items, [SUMMARY]);
  });

  it('lists pending waits', async () => {
    const view = { ...INTERRUPT, expiresAt: '2026-03-02T00:00:00.000Z' };
    const interrupts: Client['interrupts'] = async (query) => {
      assert.deepEqual(query, { limit: 100 });
      return { items: [view] };
    };
    const answer = await callApi('GET /interrupts', { query: { limit: '100' } }, { interrupts });
    assert.deepEqual(answer.json, { items: [{ ...view, generation: 0 }] });
  });

  it('lists the same callback URLs each time on the local host', async () => {
    const interrupts: Client['interrupts'] = async () => ({ items: [{ ...INTERRUPT, generation: 3 }] });
    const list = () => callApi('GET /interrupts', {}, { interrupts }, { isLocal: true });
    const { json, body } = await list();
    assert.equal((await list()).body, body);
    const { callbackUrl, ...rest } = json.items[0];
    assert.deepEqual(rest, { ...INTERRUPT, generation: 3 });
    assert.match(callbackUrl, /^https:\/\/cb\.example\/base\/callbacks\/v1\./);
    const claims = await tokens.verify(callbackUrl.split('/').at(-1));
    const expiresAt = Date.parse(INTERRUPT.createdAt) + DEFAULTS.tokenLife;
    assert.deepEqual(claims, { executionId: 'x-1', interruptId: 'i-1', generation: 3, expiresAt });
  });

  it('refuses unknown parameters', async () => {
    const bad = [
      ...['0', '101', '-1', '1.5', 'x', '', '1e2'].map((limit) => ({ limit })),
      { status: 'tired' },
      { createdAfter: 'soon' },
      { 'attr.': 'x' },
      { 'attr.a b': 'x' },
      { 'attr.__proto__': 'x' },
      { 'attr.constructor': 'x' },
      { 'attr.customer': '' },
      { state: 'open' },
      { flow: '' },
      { flow: 'a#open' },
      { cursor: 'x' },
      { cursor: 'x'.repeat(600) },
    ];
    for (const query of bad) {
      const answer = await callApi('GET /executions', { query });
      assert.deepEqual(
        { statusCode: answer.statusCode, code: answer.json.code, calls: answer.calls },
        { statusCode: 400, code: 'invalid_request', calls: [] },
      );
      assert.match(answer.json.path, /^query/);
    }
  });
});

describe('ids in paths', () => {
  const id = 'tenant@eu:order=7.2';
  for (const path of [id, encodeURIComponent(id)]) {
    it(`reach the client as ${path}`, async () => {
      const seen: unknown[] = [];
      const methods: Partial<Client> = {
        cancel: async (...given) => {
          seen.push(given[0]);
          return 'applied';
        },
        resume: async (...given) => {
          seen.push(given[0], given[1]);
          return { kind: 'unknown' };
        },
      };
      await callApi('POST /executions/{id}/cancel', { path: { id: path } }, methods);
      const body = '{"value":1}';
      await callApi(
        'POST /executions/{id}/interrupts/{interruptId}',
        { path: { id: path, interruptId: path }, body },
        methods,
      );
      assert.deepEqual(seen, [id, id, id]);
    });
  }

  for (const path of ['..', 'a%2Fb', 'a%23b', '%zz', 'a b']) {
    it(`are unknown as ${path}`, async () => {
      const answer = await callApi('POST /executions/{id}/cancel', { path: { id: path } });
      assert.deepEqual(
        { statusCode: answer.statusCode, code: answer.json.code },
        { statusCode: 404, code: 'unknown_execution' },
      );
    });
  }
});

describe('cursors', () => {
  it('return the position and refuse other texts', () => {
    for (const createdAt of [1_772_000_000_000, -9_000_000_000_000_000, 9_000_000_000_000_000]) {
      const position = { createdAt, id: 'a@b:r=1.2' };
      assert.deepEqual(decodeCursor(encodeCursor(position)), position);
    }
    const bad = [null, 1, {}, [1], [1, 'a', 2], [1.5, 'a'], [1e300, 'a'], [1, 'a#b'], [1, ''], ['1', 'a']];
    for (const fields of bad) {
      const cursor = Buffer.from(JSON.stringify(fields)).toString('base64url');
      assert.throws(() => decodeCursor(cursor), { code: 'invalid_request' });
    }
  });
});

describe('snapshots over HTTP', () => {
  const call = (parts: RequestParts, save?: Client['save']) =>
    callApi('GET /executions/{id}/snapshot', { path: { id: 'x-1' }, ...parts }, save ? { save } : {});

  it('return the saved document', async () => {
    const saved = { schemaVersion: 1, executionId: 'x-1' } as Awaited<ReturnType<Client['save']>>;
    const answer = await call({}, async (id) => (id === 'x-1' ? saved : undefined));
    assert.deepEqual({ statusCode: answer.statusCode, json: answer.json }, { statusCode: 200, json: saved });
  });

  it('are refused when missing or too large for an answer', async () => {
    const missing = await call({}, async () => undefined);
    assert.deepEqual(
      { statusCode: missing.statusCode, code: missing.json.code },
      { statusCode: 404, code: 'unknown_execution' },
    );
    const large = { values: { a: 'x'.repeat(5 * 1024 * 1024) } } as unknown as Awaited<ReturnType<Client['save']>>;
    const refused = await call({}, async () => large);
    assert.deepEqual(
      { statusCode: refused.statusCode, code: refused.json.code },
      { statusCode: 413, code: 'value_too_large' },
    );
    assert.deepEqual((await call({ query: { a: '1' } })).json.code, 'invalid_request');
    assert.equal((await call({ path: { id: 'a b' } })).json.code, 'unknown_execution');
  });
});
