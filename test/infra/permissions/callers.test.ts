/** The callers of each route: by the IAM policy of a role and by the scopes of a JWT, for every route of the template. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { type Host, startHost } from '../../../infra/local/host.ts';
import { parseCloudFormation } from '../../../infra/local/service/intrinsics.ts';
import { importHandler } from '../../../infra/local/triggers/functions.ts';
import { ROOT } from '../../../infra/roots.ts';
import { until } from '../../local/support.ts';
import { AUDIENCE, type Claims, type Issuer, seconds, startIssuer } from '../../servers/issuer.ts';
import { isOpen, OPEN, PERMISSIONS, type Permission } from '../api-routes.ts';
import { allows, fill, Statement } from './iam.ts';

const ALL: readonly Permission[] = ['read', 'write', 'answer', 'admin', 'bulk'];
const ROUTES = Object.keys(PERMISSIONS);

/** The calls that each policy of `infra/caller-policies.yml` allows. */
const ROLES: Readonly<Record<string, readonly Permission[]>> = {
  Reader: ['read'],
  Operator: ['read', 'write'],
  Answerer: ['read', 'answer'],
  Bulk: ['read', 'bulk'],
  Admin: ALL,
};

/** The route with these values for its parameters, in turn. */
const pathOf = (route: string, ids: readonly string[]): string => {
  let next = -1;
  return route.replaceAll(/\{\w+\}/g, () => {
    next += 1;
    return ids[next % ids.length] ?? '';
  });
};

describe('by IAM', () => {
  const Document = z.object({ Statement: z.array(Statement) });
  const Resources = z.record(z.string(), z.object({ Properties: z.object({ PolicyDocument: Document }) }));
  const [ACCOUNT, REGION, API] = ['111111111111', 'eu-central-1', 'a1b2c3'];
  const policies = new Map<string, readonly Statement[]>();
  const arnOf = (request: string, api = API) => {
    const [method = '', path = ''] = request.split(' ');
    return `arn:aws:execute-api:${REGION}:${ACCOUNT}:${api}/$default/${method}${path}`;
  };
  const may = (role: string, request: string, api?: string) =>
    allows(policies.get(role) ?? [], { action: 'execute-api:Invoke', resource: arnOf(request, api) });

  before(async () => {
    const text = await readFile(join(ROOT, 'infra/caller-policies.yml'), 'utf8');
    const { Resources: resources } = z.object({ Resources: z.unknown() }).parse(parseCloudFormation(text));
    const given = { Service: 's', Stage: 'dev', ApiId: API, 'AWS::Partition': 'aws', 'AWS::Region': REGION };
    const filled = Resources.parse(fill(resources, { ...given, 'AWS::AccountId': ACCOUNT }));
    for (const [role, { Properties }] of Object.entries(filled))
      policies.set(role, Properties.PolicyDocument.Statement);
  });

  it('there is a policy for each role', () => assert.deepEqual([...policies.keys()], Object.keys(ROLES)));

  for (const [role, permissions] of Object.entries(ROLES)) {
    it(`${role} is allowed ${permissions.join(', ')} and nothing else`, () => {
      for (const [route, permission] of Object.entries(PERMISSIONS)) {
        const request = pathOf(route, ['o-1', 'n.2', 'k:3']);
        assert.equal(may(role, request), permissions.includes(permission), `${role}: ${request}`);
        assert.equal(may(role, request, `${API}4`), false, `${role} on another API: ${request}`);
      }
    });

    it(`${role} gains no permission from ids that look like parts of routes`, () => {
      const words = [...new Set(ROUTES.flatMap((route) => route.split(/[ /]/)).filter((part) => /^\w+$/.test(part)))];
      for (const [route, permission] of Object.entries(PERMISSIONS)) {
        if (permissions.includes(permission)) continue;
        for (const one of words) {
          for (const two of words) {
            for (const three of route.split('{').length > 3 ? words : ['x']) {
              const request = pathOf(route, [one, two, three]);
              assert.equal(may(role, request), false, `${role}: ${request}`);
            }
          }
        }
      }
    });
  }
});

it('the policy that the page on security shows starts one flow, and reads executions', async () => {
  const page = await readFile(join(ROOT, 'infra/SECURITY.md'), 'utf8');
  const [, text = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  const { Statement: statements } = z.object({ Statement: z.array(Statement) }).parse(JSON.parse(text));
  const allowed = ROUTES.map((route) => pathOf(route.replace('{flow}', 'refund-approval'), ['x'])).filter((request) =>
    allows(statements, {
      action: 'execute-api:Invoke',
      resource: `arn:aws:execute-api:eu-central-1:111111111111:a1b2c3/$default/${request.replace(' ', '')}`,
    }),
  );
  assert.deepEqual(allowed, [
    ...['GET /executions/x', 'GET /executions/x/snapshot', 'GET /executions/x/stream', 'GET /executions/x/value'],
    'GET /executions/x/graph',
    ...['GET /executions/x/interrupts/x', 'GET /executions/x/history', 'GET /executions/x/history/summary'],
    'GET /executions/x/export',
    'POST /flows/refund-approval/executions',
  ]);
});

describe('by JWT', () => {
  let issuer: Issuer;
  let other: Issuer;
  let dataDir: string;
  let host: Host;
  /** HTTP events that reached a function. */
  const reached: { routeKey: string; requestContext: { authorizer?: unknown } }[] = [];
  before(async () => {
    [issuer, other] = await Promise.all([startIssuer(), startIssuer()]);
    dataDir = await mkdtemp(join(tmpdir(), 'flow-callers-'));
    host = await startHost({
      port: 0,
      dataDir,
      jwt: { issuer: issuer.url, audience: AUDIENCE, scopePrefix: 'flows/' },
      async load(_, file, exported) {
        const handler = await importHandler(file, exported);
        return (event, context) => {
          if ((event as { routeKey?: string }).routeKey) reached.push(event as (typeof reached)[number]);
          return handler(event, context);
        };
      },
    });
  });
  after(async () => {
    await host.close();
    await Promise.all([issuer.close(), other.close()]);
    await rm(dataDir, { recursive: true, force: true });
  });

  const scope = (...permissions: readonly Permission[]): Claims => ({
    scope: permissions.map((permission) => `flows/${permission}`).join(' '),
  });
  const send = async (request: string, token: string | undefined, body: unknown = {}) => {
    const [method = '', path = ''] = request.split(' ');
    const answer = await fetch(path.startsWith('http') ? path : `${host.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.json() };
  };
  /** Refused before a function receives the request. */
  const refused = async (route: string, token: string | undefined, status: number, what: string) => {
    const before = reached.length;
    const answer = await send(pathOf(route, ['x']), token);
    assert.equal(answer.status, status, `${route}: ${what}`);
    assert.equal(answer.type, 'application/problem+json', `${route}: ${what}`);
    assert.equal(reached.length, before, `${route}: ${what}`);
  };

  const every = scope(...ALL);
  const BAD: readonly (readonly [what: string, token: () => Promise<string | undefined>])[] = [
    ['no token', async () => undefined],
    ['a bad signature', async () => (await issuer.token(every)).replace(/\.[^.]{9}(?=[^.]*$)/, '.AAAAAAAAA')],
    ['another issuer', () => other.token(every)],
    ['another issuer under the name of ours', () => other.token({ ...every, iss: issuer.url })],
    ['another audience', () => issuer.token({ ...every, aud: 'shop' })],
    ['expired', () => issuer.token({ ...every, exp: seconds(-1) })],
    ['not valid yet', () => issuer.token({ ...every, nbf: seconds(600) })],
    ['alg none', async () => issuer.unsigned(every)],
    ['HS256 with the public key', () => issuer.publicSecret(every)],
  ];

  for (const route of ROUTES) {
    it(`${route} refuses every invalid token`, async () => {
      for (const [what, token] of BAD) await refused(route, await token(), 401, what);
    });

    it(`${route} accepts its scope and no set of other scopes`, async () => {
      const { [route]: permission } = PERMISSIONS;
      assert.ok(permission);
      const others = ALL.filter((each) => each !== permission);
      await refused(route, await issuer.token(scope(...others)), 403, others.join(' '));
      await refused(route, await issuer.token({ scope: ALL.join(' ') }), 403, 'scopes without the prefix');
      const { status } = await send(pathOf(route, ['x']), await issuer.token(scope(permission)));
      assert.ok(status !== 401 && status !== 403 && status < 500, `${route}: ${status}`);
      assert.equal(reached.at(-1)?.routeKey, route);
      const { authorizer } = reached.at(-1)?.requestContext ?? {};
      const { jwt } = z
        .object({ jwt: z.object({ claims: z.looseObject({}), scopes: z.array(z.string()) }) })
        .parse(authorizer);
      assert.deepEqual(
        { sub: jwt.claims.sub, iss: jwt.claims.iss, scopes: jwt.scopes },
        { sub: 'ann', iss: issuer.url, scopes: [`flows/${permission}`] },
      );
    });
  }

  for (const route of OPEN) {
    it(`${route} requires no JWT and receives no claims`, async () => {
      assert.ok(isOpen(route));
      for (const token of [undefined, 'nonsense', await issuer.token(every)]) {
        assert.equal((await send(pathOf(route, ['none']), token)).status, 404);
        assert.equal(reached.at(-1)?.routeKey, route);
        assert.equal(reached.at(-1)?.requestContext.authorizer, undefined);
      }
    });
  }

  it('a refund passes three people, each with a scope of their own', async () => {
    const [reader, starter, answerer] = await Promise.all(
      (['read', 'write', 'answer'] as const).map((permission) =>
        issuer.token({ ...scope(permission), sub: permission }),
      ),
    );
    const input = { ticket: 'T-1', amountCents: 50_000, reason: 'broken' };
    const started = await send('POST /flows/refund-approval/executions', starter, { input });
    assert.equal(started.status, 202);
    const { executionId } = z.object({ executionId: z.string() }).parse(started.body);
    const View = z.object({ status: z.string(), interrupts: z.array(z.object({ interruptId: z.string() })) });
    const view = async () => View.parse((await send(`GET /executions/${executionId}`, reader)).body);
    await until(async () => (await view()).interrupts.length > 0, 'a question');
    const [{ interruptId } = assert.fail('no question')] = (await view()).interrupts;
    const answer = `POST /executions/${executionId}/interrupts/${interruptId}`;
    const body = { value: { approved: true, note: 'fine' } };
    for (const token of [reader, starter]) assert.equal((await send(answer, token, body)).status, 403);
    assert.equal((await send(answer, answerer, body)).status, 200);
    await until(async () => (await view()).status === 'completed', 'the end');
  });
});
