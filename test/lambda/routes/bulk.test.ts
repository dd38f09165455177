import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BulkAnswer, Client } from '../../../lib/runtime/client/types.ts';
import { callApi, type RequestParts, refusalOf } from '../support.ts';

const ALL = ['cancel', 'close', 'redrive', 'pause', 'unpause', 'erase', 'signal', 'resume'];
const ACCEPTED: BulkAnswer = { kind: 'accepted', executionId: 'b-1', count: 3 };

async function send(body: unknown, parts: RequestParts = {}, outcome: BulkAnswer = ACCEPTED) {
  const seen: unknown[] = [];
  const bulk: Client['bulk'] = async (request) => {
    seen.push(request);
    return outcome;
  };
  return { ...(await callApi('POST /bulk', { body: JSON.stringify(body), ...parts }, { bulk })), seen };
}

describe('bulk over HTTP', () => {
  it('passes action, filter, caller and id on', async () => {
    const filter = { flow: 'orders', status: 'failed', attributes: { customer: 'acme' } };
    const headers = { 'Idempotency-Key': 'k-1' };
    const authorizer = { iam: { userArn: 'arn:ann' } };
    const body = { action: 'cancel', reason: 'enough', filter, ratePerSecond: 5, actor: 'Ann' };
    const answer = await send(body, { headers, authorizer });
    assert.deepEqual([answer.statusCode, answer.json], [202, { executionId: 'b-1', count: 3 }]);
    const who = { actor: 'arn:ann', verified: true, claimed: 'Ann' };
    const act = { action: 'cancel', reason: 'enough' };
    assert.deepEqual(answer.seen, [{ ...act, filter, ratePerSecond: 5, id: 'k-1', ...who, allowed: ALL }]);
  });

  it('answers a preview, and runs it by its id', async () => {
    const preview = { previewId: 'p', count: 2, sample: ['a', 'b'], byError: { 'Error: no': 2 }, expiresAt: 'soon' };
    const body = { action: 'redrive', filter: { ids: ['a', 'b'] }, dryRun: true };
    const answer = await send(body, {}, { kind: 'preview', ...preview });
    assert.deepEqual([answer.statusCode, answer.json], [200, preview]);
    assert.deepEqual(answer.seen, [{ ...body, allowed: ALL }]);
    const run = await send({ previewId: 'p', ratePerSecond: 2 });
    assert.deepEqual(run.seen, [{ previewId: 'p', ratePerSecond: 2, allowed: ALL }]);
    const keyed = await send({ previewId: 'p' }, { headers: { 'Idempotency-Key': 'k-1' } });
    assert.deepEqual(keyed.seen, [{ previewId: 'p', id: 'k-1', allowed: ALL }]);
  });

  it('says of a preview that is over what to do', async () => {
    const { statusCode, json } = await send({ previewId: 'p' }, {}, { kind: 'unknown' });
    assert.deepEqual([statusCode, json.code], [410, 'preview_gone']);
    assert.match(`${json.title}. ${json.detail}`, /no such preview.*make a new one with "dryRun": true/);
  });

  it('names ids without an execution', async () => {
    const body = { action: 'cancel', filter: { ids: ['a', 'b'] } };
    const answer = await send(body, {}, { kind: 'accepted', executionId: 'b-1', count: 1, missing: ['b'] });
    assert.deepEqual(answer.json, { executionId: 'b-1', count: 1, missing: ['b'] });
  });

  it('allows the actions that the scopes of a JWT name', async () => {
    const rows = [
      [{ scope: 'bulk write' }, ['signal']],
      [{ scope: 'flows/bulk flows/answer write' }, ['resume']],
      [{ scp: '[bulk admin]' }, ['cancel', 'close', 'redrive', 'pause', 'unpause', 'erase']],
      [{ scope: 'bulk' }, []],
    ] as const;
    for (const [claims, allowed] of rows) {
      const answer = await send({ action: 'redrive', filter: { flow: 'f' } }, { authorizer: { jwt: { claims } } });
      assert.deepEqual((answer.seen[0] as { allowed: string[] }).allowed, allowed);
    }
    const refused = await send({ previewId: 'p' }, {}, { kind: 'forbidden', action: 'signal' });
    assert.deepEqual([refused.statusCode, refused.json.code], [403, 'forbidden']);
    assert.match(refused.json.detail, /"write"/);
  });

  it('refuses what is no request before it calls the client', async () => {
    const filter = { flow: 'orders' };
    for (const body of [
      {},
      { action: 'cancel' },
      { action: 'cancel', filter: {} },
      { action: 'tickle', filter },
      { action: 'cancel', filter, name: 'x' },
      { action: 'signal', filter },
      { action: 'cancel', filter, ratePerSecond: 101 },
      { action: 'cancel', filter: { ...filter, createdAfter: 'soon' } },
      { action: 'cancel', filter, allowed: ['cancel'] },
      { previewId: 'p', filter },
      { previewId: 5 },
    ])
      assert.deepEqual(refusalOf(await send(body)), [400, 'invalid_request', []], JSON.stringify(body));
    const cases: readonly (readonly [body: object, detail: string])[] = [
      [{}, 'body.action: use one of cancel, close, redrive, pause, unpause, erase, signal, resume'],
      [{ action: 'cancel' }, 'body.filter: required'],
      [{ action: 'signal', filter }, 'body.name: required'],
      [{ action: 'resume', filter }, 'body.value: required'],
      [{ action: 'pause', filter, dryrun: true }, 'body: "dryrun" is not known; probably "dryRun" is meant'],
      [{ action: 'pause', filter, dryRun: 'yes' }, 'body.dryRun: use true or false'],
      [{ action: 'pause', filter, ratePerSecond: 0 }, 'body.ratePerSecond: use a whole number from 1 to 100'],
      [{ action: 'pause', filter: { ids: [] } }, 'body.filter.ids: use a list of 1 to 10000 ids of executions'],
      [
        { action: 'pause', filter: { ids: [...Array.from({ length: 9_999 }, (_, i) => `e-${i}`), 'a b'] } },
        'body.filter.ids.9999 is "a b": use an id of 1 to 128 letters, digits or any of _ . : @ = -, and not only dots',
      ],
      [
        { action: 'pause', filter: { createdAfter: 'soon' } },
        'body.filter.createdAfter is "soon": use an ISO 8601 time, such as 2026-03-01T09:00:00Z',
      ],
      [{ previewId: 'p', filter }, 'body: "filter" is not known; use previewId, ratePerSecond, actor'],
    ];
    for (const [body, detail] of cases) assert.equal((await send(body)).json.detail, detail);
    const conflict = await send({ previewId: 'p' }, {}, { kind: 'conflict', executionId: 'p' });
    assert.deepEqual([conflict.statusCode, conflict.json.code], [409, 'execution_conflict']);
  });
});
