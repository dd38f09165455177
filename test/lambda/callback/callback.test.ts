import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createCallbackHandler } from '../../../lib/adapters/lambda/callback/callback.ts';
import { FlowError } from '../../../lib/errors/errors.ts';
import { createTokens } from '../../../lib/runtime/client/callback-token.ts';
import type { Client, InterruptLookup, ResumeAnswer } from '../../../lib/runtime/client/types.ts';
import {
  clock,
  ENTRY,
  fakeClient,
  INTERRUPT,
  memoryKeys,
  NOW,
  type RequestParts,
  recorder,
  request,
  tokens,
} from '../support.ts';

const claims = { executionId: 'x-1', interruptId: 'i-1', generation: 0, expiresAt: NOW + 1 };
const token = await tokens.sign(claims);
const schema = z.object({ approved: z.boolean(), note: z.string().optional() });
const FORM = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html,*/*;q=0.8' };

async function call(method: string, parts: RequestParts & { readonly token?: string }, methods: Partial<Client> = {}) {
  const { client, calls } = fakeClient(methods);
  const { log, lines } = recorder();
  const handler = createCallbackHandler({ client, tokens, clock, log });
  const answer = await handler(
    request(`${method} /callbacks/{token}`, { path: { token: parts.token ?? token }, ...parts }),
  );
  return { answer, calls, lines, type: answer.headers['content-type'] };
}

async function post(parts: RequestParts & { readonly token?: string }, result: ResumeAnswer) {
  const seen: unknown[] = [];
  const resume: Client['resume'] = async (executionId, interruptId, answer) => {
    assert.deepEqual({ executionId, interruptId }, { executionId: 'x-1', interruptId: 'i-1' });
    seen.push(answer);
    return result;
  };
  return { ...(await call('POST', { body: '{"value":{"approved":true}}', ...parts }, { resume })), seen };
}

const accepted: ResumeAnswer = { kind: 'accepted', requestId: 'q-1', entry: ENTRY };
const show = (found: InterruptLookup | undefined, parts: Parameters<typeof call>[1] = {}, method = 'GET') =>
  call(method, parts, { lookup: async () => found });

describe('a callback without a valid signature', () => {
  it('gets the same 404 for any request, and nothing is read', async () => {
    const foreign = createTokens(memoryKeys('a'), { audience: 'callback', tenant: 'other' });
    const bad = ['', 'x', 'v1.a.b.c', `${token}x`, token.slice(0, -1), await foreign.sign(claims), 'x'.repeat(9_999)];
    const bodies = [undefined, '', 'not json', 'x'.repeat(300_000), '{"value":1}'];
    const seen = new Set<string>();
    for (const [i, each] of bad.entries()) {
      const body = bodies[i % bodies.length];
      for (const method of ['GET', 'POST']) {
        const parts = { token: each, headers: { 'idempotency-key': '#' }, ...(body === undefined ? {} : { body }) };
        const { answer, calls, lines } = await call(method, parts);
        assert.deepEqual({ statusCode: answer.statusCode, calls, lines }, { statusCode: 404, calls: [], lines: [] });
        seen.add(JSON.stringify(answer));
      }
    }
    assert.equal(seen.size, 1);
    const { answer } = await post({}, { kind: 'unknown' });
    assert.equal(JSON.stringify(answer), [...seen][0]);
    assert.equal(JSON.parse(answer.body).code, 'unknown');
  });

  it('gets it as a page in a browser', async () => {
    const headers = { accept: 'text/html' };
    const forged = await call('GET', { token: 'x', headers });
    const unknown = await show(undefined, { headers });
    assert.equal(forged.type, 'text/html; charset=utf-8');
    assert.deepEqual(forged.answer, unknown.answer);
  });
});

describe('looking at a callback', () => {
  it('shows question, payload, deadline and form, and writes nothing', async () => {
    const interrupt = { ...INTERRUPT, expiresAt: '2026-03-02T08:30:00.000Z' };
    const { answer, calls, type } = await show({ kind: 'pending', interrupt, schema });
    assert.equal(answer.statusCode, 200);
    assert.equal(type, 'text/html; charset=utf-8');
    assert.match(answer.body, /<h1>Refund 500\.00\?<\/h1>/);
    assert.match(answer.body, /<dt>Ticket<\/dt><dd>T-1<\/dd>/);
    assert.match(answer.body, /Until <time datetime="[^"]+">2 March 2026, 08:30 UTC<\/time>/);
    assert.match(answer.body, /<button name="value\.approved:json" value="true" class="yes">Approve<\/button>/);
    assert.match(answer.body, /<button name="value\.approved:json" value="false">Reject<\/button>/);
    assert.match(answer.body, /<textarea [^>]*name="value\.note:string\?"/);
    assert.ok(answer.body.indexOf('<textarea') < answer.body.indexOf('<button'), 'fields come before buttons');
    assert.match(answer.body, /<button disabled hidden>.*Approve/, 'Enter in a field presses a disabled button');
    assert.deepEqual(calls, ['lookup']);
  });

  it('is not stored, framed, referred or scripted', async () => {
    const { answer } = await show({ kind: 'pending', interrupt: INTERRUPT });
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers['referrer-policy'], 'no-referrer');
    assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
    assert.equal(answer.headers['x-robots-tag'], 'noindex, nofollow');
    assert.equal(answer.headers['x-frame-options'], 'DENY');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    const policy = answer.headers['content-security-policy'] ?? '';
    assert.match(policy, /^default-src 'none'; style-src 'sha256-[^' ]+'; form-action 'self'; base-uri 'none';/);
    assert.doesNotMatch(policy, /script|unsafe/);
    const style = /<style>(.*)<\/style>/s.exec(answer.body)?.[1] ?? '';
    assert.ok(policy.includes(`'sha256-${createHash('sha256').update(style).digest('base64')}'`));
    assert.doesNotMatch(answer.body, /<script|<img|<link|https?:|\son\w+=/i);
  });

  it('escapes all text of an execution', async () => {
    const evil = `"><script>alert('x')</script><img src=x onerror=alert(1)>&`;
    const payload = { question: evil, askedBy: evil, [evil]: evil, nested: { [evil]: [evil] }, list: [evil] };
    const shape = z.object({ [evil]: z.enum([evil]).describe(evil), other: z.string(), choice: z.enum([evil, 'b']) });
    const answered = JSON.stringify({ value: { [evil]: evil } });
    const lookup = async (): Promise<InterruptLookup> => ({ kind: 'pending', interrupt: INTERRUPT, schema: shape });
    const resume = () =>
      Promise.reject(new FlowError('invalid_value', `value.other: ${evil}`, { details: { path: 'value.other' } }));
    const refused = new URLSearchParams({ 'value.other:string': evil, actor: evil }).toString();
    const pages = [
      await show({ kind: 'pending', interrupt: { ...INTERRUPT, type: evil, payload, expiresAt: evil }, schema: shape }),
      await show({ kind: 'pending', interrupt: { ...INTERRUPT, type: evil, payload: evil } }),
      await show({ kind: 'resolved', entry: { ...ENTRY, actor: evil } }),
      await post({ headers: { accept: 'text/html' } }, { kind: 'conflict', entry: { ...ENTRY, actor: evil } }),
      await post(
        { headers: { accept: 'text/html' }, body: answered },
        { kind: 'accepted', requestId: evil, entry: ENTRY },
      ),
      await call('POST', { headers: FORM, body: new URLSearchParams({ [evil]: evil }).toString() }, { lookup }),
      await call('POST', { headers: FORM, body: refused }, { lookup, resume }),
    ];
    for (const { answer } of pages) {
      assert.match(answer.body, /&lt;script&gt;/);
      assert.doesNotMatch(answer.body, /<script|<img|alert\('|onerror=alert\(1\)>/);
    }
  });

  it('shows who answered and when instead of a form', async () => {
    const { answer } = await show({ kind: 'resolved', entry: ENTRY });
    assert.equal(answer.statusCode, 200);
    assert.match(answer.body, /By <b>ann<\/b>, <time [^>]+>1 March 2026, 11:59 UTC<\/time>/);
    assert.doesNotMatch(answer.body, /<form/);
  });

  it('shows 410 for an expired token, and for an interrupt that expired, was cancelled or withdrawn', async () => {
    const late = await tokens.sign({ ...claims, expiresAt: NOW });
    const gone = [
      [await show({ kind: 'pending', interrupt: INTERRUPT }, { token: late }), 'This link has expired'],
      [await show({ kind: 'resolved', entry: { ...ENTRY, outcome: 'expired' } }), 'The time for an answer is over'],
      [await show({ kind: 'resolved', entry: { ...ENTRY, outcome: 'cancelled' } }), 'No answer is needed any more'],
      [await show({ kind: 'resolved', entry: { ...ENTRY, outcome: 'withdrawn' } }), 'No answer is needed any more'],
      [await show({ kind: 'revoked' }), 'This link no longer works'],
    ] as const;
    for (const [{ answer, type }, title] of gone) {
      assert.deepEqual({ statusCode: answer.statusCode, type }, { statusCode: 410, type: 'text/html; charset=utf-8' });
      assert.ok(answer.body.includes(`<h1>${title}</h1>`), answer.body);
      assert.doesNotMatch(answer.body, /<form/);
    }
    const resolved = await show({ kind: 'resolved', entry: ENTRY }, { token: late });
    assert.equal(resolved.answer.statusCode, 200);
  });

  it('shows the question, and no form, where an authenticated caller is required', async () => {
    const { answer } = await show({ kind: 'pending', interrupt: { ...INTERRUPT, requireActor: true }, schema });
    assert.equal(answer.statusCode, 403);
    assert.match(answer.body, /<h1>Refund 500\.00\?<\/h1>/);
    assert.match(answer.body, /POST \/executions\/x-1\/interrupts\/i-1/);
    assert.doesNotMatch(answer.body, /<form|<button/);
  });

  it('has no body for HEAD and accepts no other methods', async () => {
    const found: InterruptLookup = { kind: 'pending', interrupt: INTERRUPT, schema };
    const get = await show(found);
    const head = await show(found, {}, 'HEAD');
    assert.deepEqual(head.answer, { ...get.answer, body: '' });
    const missing = await show(undefined, { headers: { accept: 'text/html' } }, 'HEAD');
    assert.deepEqual(
      { statusCode: missing.answer.statusCode, body: missing.answer.body },
      { statusCode: 404, body: '' },
    );
    for (const method of ['OPTIONS', 'PUT', 'DELETE', 'PATCH']) {
      const { answer, calls } = await call(method, {});
      assert.deepEqual({ statusCode: answer.statusCode, calls }, { statusCode: 404, calls: [] });
    }
  });
});

const BY_LINK = { verified: false, via: 'link' } as const;

describe('answering a callback', () => {
  it('passes the answer on and shows the decision', async () => {
    const body = JSON.stringify({ value: { approved: true }, resumeRequestId: 'q-1', actor: 'ann' });
    const { answer, seen } = await post({ body }, accepted);
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(seen, [{ value: { approved: true }, generation: 0, requestId: 'q-1', actor: 'ann', ...BY_LINK }]);
    assert.equal(
      answer.body,
      '{"outcome":"accepted","executionId":"x-1","interruptId":"i-1","resumeRequestId":"q-1",' +
        '"resolvedAt":"2026-03-01T11:59:59.000Z"}',
    );
    assert.equal(answer.headers['idempotent-replay'], undefined);
  });

  it('gives a repeat the same bytes and marks it, also as a page', async () => {
    for (const headers of [{}, { accept: 'text/html' }]) {
      const first = await post({ headers }, accepted);
      const again = await post({ headers }, { ...accepted, kind: 'duplicate' });
      assert.equal(again.answer.body, first.answer.body);
      assert.deepEqual(again.answer.headers, { ...first.answer.headers, 'idempotent-replay': 'true' });
      assert.equal(again.answer.statusCode, 200);
    }
  });

  const refusals: readonly (readonly [ResumeAnswer, number, object, string])[] = [
    [
      { kind: 'conflict', entry: ENTRY },
      409,
      { resolvedAt: '2026-03-01T11:59:59.000Z', resolvedBy: 'ann' },
      'Already answered',
    ],
    [{ kind: 'mismatch', entry: ENTRY }, 422, {}, 'The request id was used with another value'],
    [{ kind: 'gone', entry: { ...ENTRY, outcome: 'expired' } }, 410, {}, 'The time for an answer is over'],
    [{ kind: 'gone', entry: { ...ENTRY, outcome: 'withdrawn' } }, 410, { outcome: 'withdrawn' }, 'No answer is needed'],
    [{ kind: 'unknown' }, 404, {}, 'This link does not work'],
  ];
  for (const [result, status, extra, words] of refusals) {
    it(`answers ${status} for ${result.kind}, in a browser as a page: ${words}`, async () => {
      const { answer, type } = await post({}, result);
      const { type: _, title: _title, detail: _detail, ...rest } = JSON.parse(answer.body);
      assert.deepEqual(
        { statusCode: answer.statusCode, rest },
        { statusCode: status, rest: { status, code: result.kind, ...extra } },
      );
      assert.equal(type, 'application/problem+json');
      const page = await post({ headers: { accept: 'text/html' } }, result);
      assert.deepEqual(
        { statusCode: page.answer.statusCode, type: page.type },
        { statusCode: status, type: 'text/html; charset=utf-8' },
      );
      assert.ok(page.answer.body.includes(`<h1>${words}`), page.answer.body);
    });
  }

  it('shows what was answered, from the request itself', async () => {
    const shown = async (value: object) =>
      (await post({ headers: { accept: 'text/html' }, body: JSON.stringify({ value }) }, accepted)).answer.body;
    assert.match(await shown({ approved: true }), /<h1>You approved it<\/h1>/);
    const rejected = await shown({ approved: false, why: 'Booked twice' });
    assert.match(rejected, /<h1>You rejected it<\/h1>/);
    assert.match(rejected, /<dt>Why<\/dt><dd>Booked twice<\/dd>/);
    assert.match(await shown({ level: 'low' }), /<h1>Your answer is recorded<\/h1>/);
  });

  it('shows a refused form again, with what was written and what is wrong', async () => {
    const shape = z.object({ approved: z.boolean(), note: z.string() });
    const refuse = (code: 'invalid_value' | 'invalid_request', path: string) => () =>
      Promise.reject(new FlowError(code, `${path}: say why you reject.`, { details: { path } }));
    const fields = { 'value.note:string': 'a <b>\r\nc', 'value.approved:json': 'false', actor: 'ann' };
    const parts = { headers: FORM, body: new URLSearchParams(fields).toString() };
    const pending = async (): Promise<InterruptLookup> => ({ kind: 'pending', interrupt: INTERRUPT, schema: shape });
    const resume = refuse('invalid_value', 'value.note');
    const { answer, calls } = await call('POST', parts, { resume, lookup: pending });
    assert.deepEqual([answer.statusCode, calls], [422, ['resume', 'lookup']]);
    assert.match(answer.body, /role="alert"><b>Your answer was not taken yet\.<\/b>say why you reject\./);
    assert.match(answer.body, /<textarea [^>]*aria-invalid="true" aria-describedby="problem">\r?\na &lt;b&gt;\r?\nc</);
    assert.match(answer.body, /name="actor"[^>]* value="ann"/);
    assert.match(answer.body, /Approve<\/button>/);
    const program = await call('POST', { ...parts, headers: { ...FORM, accept: 'application/json' } }, { resume });
    assert.deepEqual([program.answer.statusCode, JSON.parse(program.answer.body).path], [422, 'value.note']);
    const ended = await call('POST', parts, { resume, lookup: async () => undefined });
    assert.deepEqual([ended.answer.statusCode, /<form/.test(ended.answer.body)], [422, false]);
  });

  it('shows an answer without a known actor', async () => {
    const { actor: _, ...anonymous } = ENTRY;
    const { answer } = await post({}, { kind: 'conflict', entry: anonymous });
    assert.equal(JSON.parse(answer.body).resolvedBy, null);
  });

  it('refuses a value outside the resume schema with 422 and its path', async () => {
    const error = new FlowError('invalid_value', 'value.approved: expected boolean', {
      details: { path: 'value.approved' },
    });
    const { answer } = await call('POST', { body: '{"value":{}}' }, { resume: () => Promise.reject(error) });
    const { status, code, path } = JSON.parse(answer.body);
    assert.deepEqual(
      { statusCode: answer.statusCode, status, code, path },
      { statusCode: 422, status: 422, code: 'invalid_value', path: 'value.approved' },
    );
  });

  it('answers from the ledger after the token has expired', async () => {
    const late = await tokens.sign({ ...claims, expiresAt: NOW });
    const { answer, seen } = await post({ token: late }, { ...accepted, kind: 'duplicate' });
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(seen, [{ value: { approved: true }, generation: 0, expired: true, ...BY_LINK }]);
  });

  it('takes the request id from header or body; two different ids are refused', async () => {
    const headers = { 'Idempotency-Key': 'q-1' };
    const fromHeader = await post({ headers }, accepted);
    assert.deepEqual(fromHeader.seen, [{ value: { approved: true }, generation: 0, requestId: 'q-1', ...BY_LINK }]);
    const both = await post({ headers, body: '{"value":null,"resumeRequestId":"q-1"}' }, accepted);
    assert.deepEqual(both.seen, [{ value: null, generation: 0, requestId: 'q-1', ...BY_LINK }]);
    const different = await post({ headers, body: '{"value":null,"resumeRequestId":"q-2"}' }, accepted);
    assert.deepEqual({ statusCode: different.answer.statusCode, seen: different.seen }, { statusCode: 400, seen: [] });
  });

  it('refuses bad bodies before calling the client', async () => {
    const bad = [
      '',
      'no',
      '[]',
      '{}',
      '{"value":1,"x":1}',
      '{"value":1,"resumeRequestId":"a b"}',
      '{"value":1,"actor":""}',
      `{"value":1,"actor":"${'x'.repeat(257)}"}`,
      '{"value":{"__proto__":1}}',
      `{"value":${'['.repeat(40)}${']'.repeat(40)}}`,
    ];
    for (const body of bad) {
      const { answer, seen } = await post({ body }, accepted);
      assert.deepEqual(
        { statusCode: answer.statusCode, code: JSON.parse(answer.body).code, seen },
        { statusCode: 400, code: 'invalid_request', seen: [] },
        body,
      );
    }
    const large = await post({ body: JSON.stringify({ value: 'x'.repeat(256 * 1024) }) }, accepted);
    assert.deepEqual({ statusCode: large.answer.statusCode, seen: large.seen }, { statusCode: 413, seen: [] });
  });

  it('logs no tokens, values, actors or ids', async () => {
    const body = JSON.stringify({ value: 'canary', actor: 'canary', resumeRequestId: 'canary' });
    const resume = () => Promise.reject(new Error(`canary ${token}`));
    const { answer, lines } = await call('POST', { body, headers: { authorization: 'canary' } }, { resume });
    assert.equal(answer.statusCode, 500);
    assert.equal(lines.length, 1);
    assert.doesNotMatch(`${lines}${answer.body}`, /canary|v1\./);
  });
});
