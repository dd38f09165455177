import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FlowError, type FlowErrorCode } from '../../../lib/errors/errors.ts';
import type { Client } from '../../../lib/runtime/client/types.ts';
import { callApi, type RequestParts, refusalOf } from '../support.ts';

const call = (parts: RequestParts, intervene?: Client['intervene']) =>
  callApi(
    'POST /executions/{id}/interventions',
    { path: { id: 'x-1' }, body: '{"payload":{"hint":1}}', ...parts },
    intervene ? { intervene } : {},
  );

describe('interventions over HTTP', () => {
  it('pass payload, texts and id on and return the version', async () => {
    const seen: unknown[] = [];
    const take: Client['intervene'] = async (...given) => {
      seen.push(given);
      return { kind: 'accepted', version: 3, status: 'pending' };
    };
    const body = JSON.stringify({ payload: null, target: 'review', author: 'ann', note: 'look' });
    const answer = await call({ headers: { 'idempotency-key': 'i-1' }, body }, take);
    const told = { executionId: 'x-1', interventionId: 'i-1', version: 3, status: 'pending' };
    assert.deepEqual({ statusCode: answer.statusCode, json: answer.json }, { statusCode: 202, json: told });
    assert.equal((await call({}, take)).json.interventionId, 'made-1');
    assert.deepEqual(seen, [
      ['x-1', null, { target: 'review', author: 'ann', note: 'look', requestId: 'i-1' }],
      ['x-1', { hint: 1 }, { requestId: 'made-1' }],
    ]);
  });

  it('map errors of the client by the table', async () => {
    const rows: readonly (readonly [FlowErrorCode, number])[] = [
      ['interventions_off', 409],
      ['interventions_closed', 409],
      ['mismatch', 422],
    ];
    for (const [code, status] of rows) {
      const answer = await call({}, () => Promise.reject(new FlowError(code, 'why')));
      assert.deepEqual(refusalOf(answer).slice(0, 2), [status, code]);
    }
    const missing = await call({}, async () => ({ kind: 'unknown' }));
    assert.deepEqual(refusalOf(missing).slice(0, 2), [404, 'unknown_execution']);
  });

  it('are refused before calling the client when malformed', async () => {
    const bodies = ['', '{}', '{"payload":1,"x":2}', '{"payload":1,"target":"a b"}', '{"payload":1,"note":""}'];
    const bad: RequestParts[] = [...bodies.map((body) => ({ body })), { query: { a: '1' } }];
    for (const parts of bad) assert.deepEqual(refusalOf(await call(parts)), [400, 'invalid_request', []]);
    assert.deepEqual(refusalOf(await call({ path: { id: 'a b' } })), [404, 'unknown_execution', []]);
  });
});
