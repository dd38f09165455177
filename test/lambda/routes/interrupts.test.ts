/** Answers by IAM: what a callback answers to the same JSON, byte for byte. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createCallbackHandler } from '../../../lib/adapters/lambda/callback/callback.ts';
import { FlowError } from '../../../lib/errors/errors.ts';
import type { Client, InterruptView, ResumeAnswer } from '../../../lib/runtime/client/types.ts';
import { callApi, clock, ENTRY, fakeClient, NOW, type RequestParts, recorder, request, tokens } from '../support.ts';

const ROUTE = 'POST /executions/{id}/interrupts/{interruptId}';
const path = { id: 'x-1', interruptId: 'i-1' };
const token = await tokens.sign({ executionId: 'x-1', interruptId: 'i-1', generation: 0, expiresAt: NOW + 1 });

function resumeWith(result: ResumeAnswer | Error) {
  const seen: unknown[] = [];
  const resume: Client['resume'] = async (...given) => {
    seen.push(given);
    if (result instanceof Error) throw result;
    return result;
  };
  return { resume, seen };
}

async function byIam(parts: RequestParts, result: ResumeAnswer | Error) {
  const { resume, seen } = resumeWith(result);
  return { ...(await callApi(ROUTE, { path, ...parts }, { resume })), seen };
}

async function byToken(parts: RequestParts, result: ResumeAnswer | Error) {
  const { resume, seen } = resumeWith(result);
  const { client } = fakeClient({ resume });
  const handler = createCallbackHandler({ client, tokens, clock, log: recorder().log });
  return { ...(await handler(request('POST /callbacks/{token}', { path: { token }, ...parts }))), seen };
}

const YES = '{"value":{"approved":true}}';
const RESULTS: readonly (readonly [ResumeAnswer | Error, number])[] = [
  [{ kind: 'accepted', requestId: 'q-1', entry: ENTRY }, 200],
  [{ kind: 'duplicate', requestId: 'q-1', entry: ENTRY }, 200],
  [{ kind: 'conflict', entry: ENTRY }, 409],
  [{ kind: 'mismatch', entry: ENTRY }, 422],
  [{ kind: 'gone', entry: { ...ENTRY, outcome: 'expired' } }, 410],
  [{ kind: 'unknown' }, 404],
  [new FlowError('invalid_value', 'value.approved: expected boolean', { details: { path: 'value.approved' } }), 422],
  [new FlowError('contention', 'busy'), 503],
  [new Error('canary'), 500],
];

const BODIES = [
  '',
  'no',
  '{}',
  '{"value":1,"x":1}',
  '{"value":1,"resumeRequestId":"a b"}',
  '{"value":1,"actor":""}',
  '{"value":{"__proto__":1}}',
  `{"value":"${'x'.repeat(256 * 1024)}"}`,
];

describe('answering over the API', () => {
  it('passes value, request id and actor on', async () => {
    const body = '{"value":null,"resumeRequestId":"q-1","actor":"ann"}';
    const { seen } = await byIam({ body }, { kind: 'unknown' });
    assert.deepEqual(seen, [['x-1', 'i-1', { value: null, requestId: 'q-1', actor: 'ann', generation: 0 }]]);
    const plain = await byIam({ body: YES, headers: { 'Idempotency-Key': 'q-2' } }, { kind: 'unknown' });
    assert.deepEqual(plain.seen, [['x-1', 'i-1', { value: { approved: true }, requestId: 'q-2', generation: 0 }]]);
  });

  it('returns the same bytes as a callback', async () => {
    for (const [result, status] of RESULTS) {
      const iam = await byIam({ body: YES }, result);
      const callback = await byToken({ body: YES }, result);
      assert.equal(iam.statusCode, status);
      assert.deepEqual(
        { statusCode: iam.statusCode, body: iam.body },
        { statusCode: callback.statusCode, body: callback.body },
      );
      for (const name of ['content-type', 'idempotent-replay', 'retry-after', 'cache-control']) {
        assert.equal(iam.headers[name], callback.headers[name], name);
      }
    }
  });

  it('refuses the same requests as a callback, with the same bytes', async () => {
    for (const body of BODIES) {
      const iam = await byIam({ body }, { kind: 'unknown' });
      const callback = await byToken({ body }, { kind: 'unknown' });
      assert.deepEqual(
        { statusCode: iam.statusCode, body: iam.body, seen: iam.seen },
        { statusCode: callback.statusCode, body: callback.body, seen: [] },
      );
    }
  });

  it('refuses invalid ids, queries and forms', async () => {
    const unknown = await byIam({ body: YES }, { kind: 'unknown' });
    const ids = ['', 'a b', 'a/b', 'a#b'];
    const paths = [
      ...[...ids, 'x'.repeat(129)].map((id) => ({ id, interruptId: 'i-1' })),
      ...[...ids, 'x'.repeat(257)].map((interruptId) => ({ id: 'x-1', interruptId })),
    ];
    for (const each of paths) {
      const answer = await byIam({ path: each, body: YES }, { kind: 'unknown' });
      assert.deepEqual(
        { statusCode: answer.statusCode, body: answer.body, seen: answer.seen },
        { statusCode: 404, body: unknown.body, seen: [] },
      );
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const parts of [
      { body: YES, query: { a: '1' } },
      { body: 'value:string=x', headers },
    ]) {
      const answer = await byIam(parts, { kind: 'unknown' });
      assert.deepEqual(
        { statusCode: answer.statusCode, code: answer.json.code, seen: answer.seen },
        { statusCode: 400, code: 'invalid_request', seen: [] },
      );
    }
  });
});

describe('a wait over the API', () => {
  const SHOW = 'GET /executions/{id}/interrupts/{interruptId}';

  it('is shown with the schema of its answer, then with who answered', async () => {
    const interrupt: InterruptView = {
      ...{ executionId: 'x-1', interruptId: 'i-1', flow: 'f', type: 'approval', payload: null },
      ...{ resumeTo: 'next', createdAt: new Date(NOW).toISOString() },
    };
    const schema = z.object({ approved: z.boolean() });
    const open = await callApi(SHOW, { path }, { lookup: async () => ({ kind: 'pending', interrupt, schema }) });
    assert.equal(open.json.outcome, 'pending');
    assert.deepEqual(open.json.schema.required, ['approved']);
    const query = { generation: '2' };
    const seen: unknown[] = [];
    const lookup: Client['lookup'] = async (...given) => {
      seen.push(given);
      return { kind: 'resolved', entry: { ...ENTRY, actor: 'ann', valueHash: 'secret' } };
    };
    const ended = await callApi(SHOW, { path, query }, { lookup });
    assert.deepEqual(seen, [['x-1', 'i-1', 2]]);
    assert.deepEqual(
      [ended.json.outcome, ended.json.resolvedBy, ended.json.valueHash],
      [ENTRY.outcome, 'ann', undefined],
    );
    assert.equal((await callApi(SHOW, { path }, { lookup: async () => undefined })).statusCode, 404);
  });
});

describe('a wait withdrawn over HTTP', () => {
  const WITHDRAW = 'POST /executions/{id}/interrupts/{interruptId}/withdraw';
  for (const [outcome, status] of [
    ['withdrawn', 202],
    ['already', 202],
    ['gone', 410],
    ['unknown', 404],
  ] as const) {
    it(`answers ${status} when it is ${outcome}`, async () => {
      const seen: unknown[] = [];
      const withdraw: Client['withdraw'] = async (...given) => {
        seen.push(given);
        return outcome;
      };
      const answer = await callApi(WITHDRAW, { path, body: '{"actor":"ann"}' }, { withdraw });
      assert.equal(answer.statusCode, status);
      assert.deepEqual(seen, [['x-1', 'i-1', { actor: 'ann' }]]);
    });
  }

  it('tells a later answer what became of the wait', async () => {
    const entry = { ...ENTRY, outcome: 'withdrawn' } as const;
    const answer = await byIam({ body: YES }, { kind: 'gone', entry });
    assert.deepEqual([answer.statusCode, answer.json.outcome], [410, 'withdrawn']);
  });
});
