/** The local host's verification of JWTs against an issuer on this machine. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAuthorize } from '../../../infra/local/http/jwt.ts';
import { AUDIENCE, type Issuer, seconds, startIssuer } from '../../servers/issuer.ts';

let issuer: Issuer;
let other: Issuer;
before(async () => {
  [issuer, other] = await Promise.all([startIssuer(), startIssuer()]);
});
after(() => Promise.all([issuer.close(), other.close()]));

const authorizeWith = (audience = [AUDIENCE], lines: string[] = []) =>
  createAuthorize({ issuer: issuer.url, audience }, (line) => lines.push(line));

async function statusOf(token: string | undefined, scopes: readonly string[] = ['read'], authorize = authorizeWith()) {
  const verdict = await authorize(token === undefined ? undefined : `Bearer ${token}`, scopes);
  return 'caller' in verdict ? 200 : verdict.refusal.statusCode;
}

const forged = async () => {
  const [head, , signature] = (await issuer.token({ scope: 'read' })).split('.');
  const [, body] = (await issuer.token({ scope: 'read', sub: 'mallory' })).split('.');
  return [head, body, signature].join('.');
};

const CASES: readonly (readonly [what: string, token: () => Promise<string | undefined>, status: number])[] = [
  ['a token with the scope', () => issuer.token({ scope: 'read' }), 200],
  ['one of several scopes', () => issuer.token({ scope: 'write  read openid' }), 200],
  ['scopes in scp, as a list', () => issuer.token({ scp: ['read', 'write'] }), 200],
  ['scopes in scp, as a text', () => issuer.token({ scp: 'write read' }), 200],
  ['one of several audiences', () => issuer.token({ aud: ['else', AUDIENCE], scope: 'read' }), 200],
  ['client_id where aud is missing', () => issuer.token({ aud: undefined, client_id: AUDIENCE, scope: 'read' }), 200],
  ['RS512', () => issuer.token({ scope: 'read' }, { alg: 'RS512' }), 200],
  ['no iat', () => issuer.token({ iat: undefined, scope: 'read' }), 200],
  ['no token', async () => undefined, 401],
  ['an empty token', async () => '', 401],
  ['a text that is no token', async () => 'abc', 401],
  ['two tokens', async () => `${await issuer.token({ scope: 'read' })} x`, 401],
  ['a body of another token', forged, 401],
  ['another issuer', () => other.token({ scope: 'read' }), 401],
  ['a key of another issuer', () => other.token({ iss: issuer.url, scope: 'read' }), 401],
  ['the name of another issuer', () => issuer.token({ iss: other.url, scope: 'read' }), 401],
  ['the issuer with a slash', () => issuer.token({ iss: `${issuer.url}/`, scope: 'read' }), 401],
  ['no issuer', () => issuer.token({ iss: undefined, scope: 'read' }), 401],
  ['another audience', () => issuer.token({ aud: 'shop', scope: 'read' }), 401],
  ['another audience beside the client', () => issuer.token({ aud: 'x', client_id: AUDIENCE, scope: 'read' }), 401],
  ['an audience that begins alike', () => issuer.token({ aud: `${AUDIENCE}2`, scope: 'read' }), 401],
  ['an empty list of audiences', () => issuer.token({ aud: [], client_id: AUDIENCE, scope: 'read' }), 401],
  ['no audience', () => issuer.token({ aud: undefined, scope: 'read' }), 401],
  ['one that has expired', () => issuer.token({ exp: seconds(-60), scope: 'read' }), 401],
  ['no expiry', () => issuer.token({ exp: undefined, scope: 'read' }), 401],
  ['one that is not valid yet', () => issuer.token({ nbf: seconds(600), scope: 'read' }), 401],
  ['one of the future', () => issuer.token({ iat: seconds(600), scope: 'read' }), 401],
  ['alg none', async () => issuer.unsigned({ scope: 'read' }), 401],
  ['an HMAC with the public key', () => issuer.publicSecret({ scope: 'read' }), 401],
  ['RSA-PSS, which API Gateway does not name', () => issuer.token({ scope: 'read' }, { alg: 'PS256' }), 401],
  ['no key id', () => issuer.token({ scope: 'read' }, { kid: undefined }), 401],
  ['a key id that nobody has', () => issuer.token({ scope: 'read' }, { kid: 'key-9' }), 401],
  ['another scope', () => issuer.token({ scope: 'write' }), 403],
  ['a scope that begins alike', () => issuer.token({ scope: 'read:all readonly' }), 403],
  ['the scope in capitals', () => issuer.token({ scope: 'READ' }), 403],
  ['an empty scope beside scp', () => issuer.token({ scope: '', scp: 'read' }), 403],
  ['a scope that is no text', () => issuer.token({ scope: { read: true } }), 403],
  ['no scope', () => issuer.token(), 403],
];

describe('a token', () => {
  for (const [what, token, status] of CASES) {
    it(`${status}: ${what}`, async () => assert.equal(await statusOf(await token()), status));
  }

  it('may come without "Bearer"', async () => {
    const token = await issuer.token({ scope: 'read' });
    for (const sent of [token, `bearer ${token}`]) assert.ok('caller' in (await authorizeWith()(sent, ['read'])), sent);
  });

  it('needs one of the scopes of its route, if the route has scopes', async () => {
    const token = await issuer.token({ scope: 'write' });
    assert.equal(await statusOf(token, ['read', 'write']), 200);
    assert.equal(await statusOf(token, []), 200);
  });

  it('is for one of the audiences', async () => {
    const token = await issuer.token({ aud: 'b', scope: 'read' });
    assert.equal(await statusOf(token, ['read'], authorizeWith(['a', 'b'])), 200);
  });
});

it('passes its claims to the function as texts, with the scopes', async () => {
  const exp = seconds(60);
  const token = await issuer.token({
    exp,
    scope: 'read write',
    email_verified: true,
    groups: ['a', 'b'],
    at: { x: 1 },
  });
  const verdict = await authorizeWith()(`Bearer ${token}`, ['read']);
  assert.ok('caller' in verdict);
  const { claims, scopes } = verdict.caller.jwt;
  assert.deepEqual(scopes, ['read', 'write']);
  const { iat, ...rest } = claims;
  assert.match(String(iat), /^\d+$/);
  const named = { iss: issuer.url, aud: AUDIENCE, sub: 'ann', exp: String(exp), scope: 'read write' };
  assert.deepEqual(rest, { ...named, email_verified: 'true', groups: '[a b]', at: '{"x":1}' });
});

it('is refused with a problem and a challenge that names the reason', async () => {
  const authorize = authorizeWith();
  const read = async (token: string) => {
    const verdict = await authorize(`Bearer ${token}`, ['read']);
    assert.ok('refusal' in verdict);
    const { headers, body } = verdict.refusal;
    return [headers['content-type'], headers['www-authenticate'], JSON.parse(body).code];
  };
  assert.deepEqual(await read(await issuer.token({ exp: seconds(-1) })), [
    'application/problem+json',
    'Bearer scope="read" error="invalid_token" error_description="the token has expired"',
    'unauthorized',
  ]);
  assert.deepEqual(await read(await issuer.token({ scope: 'write' })), [
    'application/problem+json',
    'Bearer scope="read" error="insufficient_scope"',
    'forbidden',
  ]);
});

it('uses keys that are fetched once; a failing issuer is asked again and logged', async () => {
  const lines: string[] = [];
  const authorize = authorizeWith([AUDIENCE], lines);
  const token = await issuer.token({ scope: 'read' });
  issuer.fail(500);
  assert.equal(await statusOf(token, ['read'], authorize), 503);
  issuer.fail(undefined);
  assert.match(lines.join('\n'), /^JWT: no keys of http:\S+: \S+ answers 500$/);
  const before = issuer.fetched();
  for (let i = 0; i < 3; i += 1) assert.equal(await statusOf(token, ['read'], authorize), 200);
  assert.equal(issuer.fetched(), before + 1);
});

it('is accepted with a new key of the issuer', async () => {
  const old = await issuer.token({ scope: 'read' });
  await issuer.rotate();
  const authorize = authorizeWith();
  assert.equal(await statusOf(await issuer.token({ scope: 'read' }), ['read'], authorize), 200);
  assert.equal(await statusOf(old, ['read'], authorize), 200, 'old keys stay valid');
});
