/** Callback and API over the production client and worker, as a browser and an HTTP program see them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLogNotifier, refundApproval } from '../../../functions/flows/01-refund-approval.ts';
import { createCallbackHandler } from '../../../lib/adapters/lambda/callback/callback.ts';
import { createApiHandler } from '../../../lib/adapters/lambda/routes/api.ts';
import { createInterruptLink, createMakeLink } from '../../../lib/adapters/lambda/routes/links.ts';
import { defineApp } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';
import { type RequestParts, recorder, request, tokens } from '../support.ts';

const BODY = '{"input":{"ticket":"T-1","amountCents":50000,"reason":"<b>broken</b>"}}';
const DAY = 24 * 3_600_000;

async function waiting() {
  const app = defineApp({ flows: [refundApproval], resources: { notifier: createLogNotifier } });
  const kit = createTestkit(app);
  const { log, lines } = recorder();
  const links = { tokens, baseUrl: 'http://127.0.0.1:3000', tokenLife: 2 * DAY };
  const makeLink = createMakeLink({ ...links, clock: kit.clock });
  const listedLink = createInterruptLink(links);
  const api = createApiHandler({ ...kit.ports, app, client: kit.client, makeLink, listedLink, log });
  const callback = createCallbackHandler({ client: kit.client, tokens, clock: kit.clock, log });
  const start = { path: { flow: 'refund-approval' }, headers: { 'idempotency-key': 'r-1' }, body: BODY };
  const started = await api(request('POST /flows/{flow}/executions', start));
  assert.equal(started.statusCode, 202, started.body);
  await kit.drain();
  const { items } = JSON.parse((await api(request('GET /interrupts'))).body);
  const path = { token: items[0].callbackUrl.split('/').at(-1) };
  const at = (method: string) => (parts: RequestParts) =>
    callback(request(`${method} /callbacks/{token}`, { path, ...parts }));
  const get = async () => JSON.parse((await api(request('GET /executions/{id}', { path: { id: 'r-1' } }))).body);
  return { kit, api, start, show: at('GET'), post: at('POST'), get, lines };
}

describe('the doors of a running app', () => {
  it('start once, show the question, accept the form and repeat its answer byte for byte', async () => {
    const { kit, api, start, show, post, get, lines } = await waiting();
    const again = await api(request('POST /flows/{flow}/executions', start));
    assert.deepEqual(
      { statusCode: again.statusCode, executionId: JSON.parse(again.body).executionId },
      { statusCode: 202, executionId: 'r-1' },
    );
    const other = { ...start, body: BODY.replace('T-1', 'T-2') };
    assert.equal((await api(request('POST /flows/{flow}/executions', other))).statusCode, 409);

    const page = await show({});
    assert.match(page.body, /<h1>Refund 500\.00 for ticket T-1\?<\/h1>/);
    assert.match(page.body, /&lt;b&gt;broken&lt;\/b&gt;/);
    const names = [...page.body.matchAll(/<(?:input|textarea)[^>]* name="([^"]+)"/g)].map(([, name]) => name ?? '');
    assert.deepEqual(names, ['value.note:string?', 'actor']);
    const given = names.map((name): [string, string] => [name, name === 'actor' ? 'ann' : '']);
    const form = new URLSearchParams([...given, ['value.approved:json', 'true']]);
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' };
    const submit = () => post({ headers, body: form.toString(), base64: true });

    const first = await submit();
    assert.equal(first.statusCode, 200, first.body);
    const second = await submit();
    await kit.drain();
    const closed = await get();
    assert.equal(closed.status, 'completed', JSON.stringify(closed));
    assert.deepEqual(closed.result.decision, { approved: true, by: 'manager' });
    await kit.advance(3 * DAY);
    const afterClose = await submit();
    for (const repeat of [second, afterClose]) {
      assert.equal(repeat.body, first.body);
      assert.equal(repeat.headers['idempotent-replay'], 'true');
    }

    const asProgram = await post({ body: '{"value":{"approved":true}}' });
    assert.equal(JSON.parse(asProgram.body).outcome, 'accepted');
    const denied = await post({ body: '{"value":{"approved":false}}' });
    const { code, resolvedBy } = JSON.parse(denied.body);
    assert.deepEqual(
      { statusCode: denied.statusCode, code, resolvedBy },
      { statusCode: 409, code: 'conflict', resolvedBy: 'ann' },
    );
    assert.match((await show({})).body, /By <b>ann<\/b>/);
    assert.deepEqual(lines, []);
  });

  it('refuse an answer outside the schema and keep the wait', async () => {
    const { post, get } = await waiting();
    for (const body of ['{"value":{}}', '{"value":{"approved":"yes"}}', '{"value":null}']) {
      const answer = await post({ body });
      assert.deepEqual(
        { statusCode: answer.statusCode, code: JSON.parse(answer.body).code },
        { statusCode: 422, code: 'invalid_value' },
      );
    }
    const { status, interrupts } = await get();
    assert.deepEqual({ status, interruptCount: interrupts.length }, { status: 'waiting', interruptCount: 1 });
  });

  it('are gone for an unanswered question after the token has expired', async () => {
    const { kit, show, post, get } = await waiting();
    await kit.advance(2 * DAY);
    assert.equal((await show({})).statusCode, 410);
    const answer = await post({ body: '{"value":{"approved":true}}' });
    assert.deepEqual(
      { statusCode: answer.statusCode, code: JSON.parse(answer.body).code },
      { statusCode: 410, code: 'gone' },
    );
    assert.equal((await get()).status, 'waiting');
  });
});
