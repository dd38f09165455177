/** Authenticated callers, links with a recipient, and answers to repeated questions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCallbackHandler } from '../../../lib/adapters/lambda/callback/callback.ts';
import type { Client } from '../../../lib/runtime/client/types.ts';
import { callApi, clock, ENTRY, fakeClient, INTERRUPT, recorder, request, tokens } from '../support.ts';

const path = { id: 'x-1', interruptId: 'i-1' };
const ARN = 'arn:aws:sts::111111111111:assumed-role/people/ann';
const IAM = { iam: { userArn: ARN, callerId: 'AIDA:ann' } };
const identities: readonly (readonly [unknown, string])[] = [
  [IAM, ARN],
  [{ iam: { callerId: 'AIDA:ann' } }, 'AIDA:ann'],
  [{ jwt: { claims: { sub: 's-1', email: 'ann@example.com' }, scopes: [] } }, 's-1'],
  [{ jwt: { claims: { email: 'ann@example.com' } } }, 'ann@example.com'],
];

/** Calls the route and returns the arguments of the client. */
async function seenBy(name: keyof Client, routeKey: string, body: object, authorizer?: unknown) {
  const seen: unknown[] = [];
  const method = async (...given: unknown[]) => {
    seen.push(given.at(-1));
    return { kind: 'unknown' };
  };
  await callApi(routeKey, { path, body: JSON.stringify(body), authorizer }, { [name]: method as never });
  return Object(seen[0]);
}

describe('the authenticated identity', () => {
  const acts: readonly (readonly [keyof Client, string, object, 'actor' | 'author'])[] = [
    ['resume', 'POST /executions/{id}/interrupts/{interruptId}', { value: 1, actor: 'bob' }, 'actor'],
    ['redrive', 'POST /executions/{id}/redrive', { actor: 'bob' }, 'actor'],
    ['fork', 'POST /executions/{id}/forks', { actor: 'bob' }, 'actor'],
    ['rerun', 'POST /executions/{id}/rerun', { from: 'a', actor: 'bob' }, 'actor'],
    ['cancel', 'POST /executions/{id}/cancel', { actor: 'bob' }, 'actor'],
    ['intervene', 'POST /executions/{id}/interventions', { payload: 1, author: 'bob' }, 'author'],
  ];
  for (const [name, route, body, key] of acts) {
    it(`takes precedence over the name in the body: ${route}`, async () => {
      for (const [authorizer, identity] of identities) {
        const { [key]: actor, verified, claimed } = await seenBy(name, route, body, authorizer);
        assert.deepEqual({ actor, verified, claimed }, { actor: identity, verified: true, claimed: 'bob' });
      }
      const { [key]: actor, ...rest } = await seenBy(name, route, body);
      assert.deepEqual(
        { actor, hasVerified: 'verified' in rest, hasClaimed: 'claimed' in rest },
        { actor: 'bob', hasVerified: false, hasClaimed: false },
      );
    });
  }

  it('is shown to later callers', async () => {
    const entry = { ...ENTRY, actor: ARN, verified: true, claimed: 'bob' };
    const resume: Client['resume'] = async () => ({ kind: 'conflict', entry });
    const { json } = await callApi(
      'POST /executions/{id}/interrupts/{interruptId}',
      { path, body: '{"value":1}' },
      { resume },
    );
    assert.deepEqual(
      { resolvedBy: json.resolvedBy, verified: json.verified, claimed: json.claimed },
      { resolvedBy: ARN, verified: true, claimed: 'bob' },
    );
  });
});

describe('an answer to a repeated question', () => {
  const ROUTE = 'POST /executions/{id}/interrupts/{interruptId}';

  it('is refused with 409 without a generation, and never applied to the next question', async () => {
    for (const kind of ['conflict', 'gone'] as const) {
      const seen: unknown[] = [];
      const resume: Client['resume'] = async (_, __, answer) => {
        seen.push(answer.generation);
        return { kind, entry: ENTRY, newest: 2 };
      };
      const open = await callApi(ROUTE, { path, body: '{"value":1}' }, { resume });
      assert.deepEqual(
        { statusCode: open.statusCode, code: open.json.code, generation: open.json.generation },
        { statusCode: 409, code: 'asked_again', generation: 2 },
      );
      const named = await callApi(ROUTE, { path, body: '{"value":1,"generation":1}' }, { resume });
      assert.deepEqual({ code: named.json.code, seen }, { code: kind, seen: [0, 1] });
    }
  });

  it('accepts whole numbers from 0', async () => {
    for (const generation of [-1, 1.5, '0', null]) {
      const answer = await callApi(ROUTE, { path, body: JSON.stringify({ value: 1, generation }) });
      assert.deepEqual({ statusCode: answer.statusCode, calls: answer.calls }, { statusCode: 400, calls: [] });
    }
  });
});

describe('links', () => {
  const ROUTE = 'POST /executions/{id}/interrupts/{interruptId}/links';
  const lookup: Client['lookup'] = async () => ({ kind: 'pending', interrupt: INTERRUPT });

  async function made(body: object) {
    const answer = await callApi(ROUTE, { path, body: JSON.stringify(body) }, { lookup });
    assert.equal(answer.statusCode, 201, answer.body);
    return { ...answer.json, token: String(answer.json.callbackUrl).split('/').at(-1) ?? '' };
  }

  async function follow(token: string, method: 'GET' | 'POST', methods: Partial<Client>, body = '{"value":1}') {
    const handler = createCallbackHandler({ client: fakeClient(methods).client, tokens, clock, log: recorder().log });
    return handler(request(`${method} /callbacks/{token}`, { path: { token }, body }));
  }

  it('name their recipient, whatever the answer claims', async () => {
    const { token, linkId, to, generation } = await made({ to: 'ann' });
    assert.deepEqual({ linkId, to, generation }, { linkId: 'made-1', to: 'ann', generation: 0 });
    const seen: unknown[] = [];
    const resume: Client['resume'] = async (_, __, answer) => {
      seen.push(answer);
      return { kind: 'unknown' };
    };
    await follow(token, 'POST', { resume }, '{"value":1,"actor":"bob"}');
    const by = { actor: 'ann', claimed: 'bob', verified: false, via: 'link', link: 'made-1', generation: 0 };
    assert.deepEqual(seen, [{ value: 1, ...by }]);
    const page = await follow(token, 'GET', { lookup });
    assert.match(page.body, /This link was made for <b>ann<\/b>/);
    assert.doesNotMatch(page.body, /name="actor"/);
    const other = await follow(token, 'POST', {}, '{"value":1,"generation":1}');
    assert.equal(other.statusCode, 400);
  });

  it('show and answer nothing once revoked', async () => {
    const { token } = await made({});
    const shown = await follow(token, 'GET', { lookup: async () => ({ kind: 'revoked' }) });
    const answer = await follow(token, 'POST', { resume: async () => ({ kind: 'revoked' }) });
    assert.deepEqual(
      { shownStatusCode: shown.statusCode, answerStatusCode: answer.statusCode, code: JSON.parse(answer.body).code },
      { shownStatusCode: 410, answerStatusCode: 410, code: 'gone' },
    );
  });

  it('to a wait that requires an actor name the API as the place to answer', async () => {
    const { token } = await made({});
    const guarded: Client['lookup'] = async () => ({
      kind: 'pending',
      interrupt: { ...INTERRUPT, requireActor: true },
    });
    const page = await follow(token, 'GET', { lookup: guarded });
    assert.equal(page.statusCode, 403);
    assert.match(page.body, /POST \/executions\/x-1\/interrupts\/i-1/);
    assert.doesNotMatch(page.body, /<form/);
    const answer = await follow(token, 'POST', { resume: async () => ({ kind: 'actorRequired' }) });
    assert.deepEqual(
      { statusCode: answer.statusCode, code: JSON.parse(answer.body).code },
      { statusCode: 403, code: 'actor_required' },
    );
  });

  it('are created for pending waits only', async () => {
    for (const [found, status] of [
      [undefined, 404],
      [{ kind: 'resolved', entry: ENTRY }, 410],
    ] as const) {
      const answer = await callApi(ROUTE, { path, body: '{}' }, { lookup: async () => found });
      assert.equal(answer.statusCode, status);
    }
    for (const body of ['{"to":""}', '{"to":1}', '{"x":1}']) {
      assert.equal((await callApi(ROUTE, { path, body })).statusCode, 400);
    }
  });

  it('are revoked by their id', async () => {
    const route = 'DELETE /executions/{id}/interrupts/{interruptId}/links/{linkId}';
    for (const [outcome, status] of [
      ['revoked', 200],
      ['already', 200],
      ['gone', 410],
      ['full', 409],
      ['unknown', 404],
    ] as const) {
      const answer = await callApi(route, { path: { ...path, linkId: 'l-1' } }, { revokeLink: async () => outcome });
      assert.equal(answer.statusCode, status);
    }
    assert.equal((await callApi(route, { path: { ...path, linkId: 'a b' } })).statusCode, 404);
  });
});
