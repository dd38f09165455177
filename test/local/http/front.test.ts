import assert from 'node:assert/strict';
import { request } from 'node:http';
import { afterEach, test } from 'node:test';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type HttpFront, openFront } from '../../../infra/local/http/front.ts';
import type { Route } from '../../../infra/local/service/service.ts';

const ROUTES: Route[] = [
  { method: 'POST', path: '/flows/{flow}/executions', fn: 'api' },
  { method: 'GET', path: '/executions/{id}', fn: 'api' },
  { method: 'GET', path: '/executions/newest', fn: 'newest' },
  { method: 'ANY', path: '/files/{path+}', fn: 'files' },
  { method: 'POST', path: '/callbacks/{token}', fn: 'callback' },
];

let fronts: HttpFront[] = [];
afterEach(async () => {
  await Promise.all(fronts.map((front) => front.close()));
  fronts = [];
});

interface Served {
  readonly front: HttpFront;
  readonly events: { readonly fn: string; readonly event: APIGatewayProxyEventV2 }[];
  readonly lines: string[];
}

async function serve(answer: unknown = { statusCode: 204 }): Promise<Served> {
  const lines: string[] = [];
  const front = await openFront(0, (line) => lines.push(line));
  fronts.push(front);
  const events: Served['events'] = [];
  front.serve(ROUTES, async (fn, event) => {
    events.push({ fn, event: event as APIGatewayProxyEventV2 });
    return typeof answer === 'function' ? answer() : answer;
  });
  return { front, events, lines };
}

/** Sends the target unchanged; `fetch` normalizes it. */
function rawGet(front: HttpFront, path: string): Promise<number | undefined> {
  return new Promise((done, failed) => {
    const sent = request(front.url, { path }, (response) => done(response.resume().statusCode));
    sent.on('error', failed).end();
  });
}

test('an event has the shape of payload format 2.0', async () => {
  const { front, events } = await serve();
  await fetch(`${front.url}/flows/a%2Fb%20c/executions?x=1&y=2&x=3&empty=`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'K', cookie: 'a=1; b=2' },
    body: '{"ö":1}',
  });
  const [{ fn, event } = assert.fail('no event')] = events;
  assert.equal(fn, 'api');
  assert.equal(event.version, '2.0');
  assert.equal(event.routeKey, 'POST /flows/{flow}/executions');
  assert.deepEqual(event.pathParameters, { flow: 'a/b c' });
  assert.equal(event.rawQueryString, 'x=1&y=2&x=3&empty=');
  assert.deepEqual(event.queryStringParameters, { x: '1,3', y: '2', empty: '' });
  assert.equal(event.headers['idempotency-key'], 'K');
  assert.equal(event.headers.cookie, undefined);
  assert.deepEqual(event.cookies, ['a=1', 'b=2']);
  assert.equal(event.body, '{"ö":1}');
  assert.equal(event.isBase64Encoded, false);
  assert.equal(event.requestContext.http.method, 'POST');
  assert.equal(event.requestContext.http.sourceIp, '127.0.0.1');
  assert.equal(event.requestContext.stage, '$default');
});

test('absent parts have no key', async () => {
  const { front, events } = await serve();
  await fetch(`${front.url}/executions/newest`);
  const [{ fn, event } = assert.fail('no event')] = events;
  assert.equal(fn, 'newest', 'the literal route wins');
  for (const key of ['body', 'cookies', 'pathParameters', 'queryStringParameters']) assert.ok(!(key in event), key);
  assert.equal(event.rawQueryString, '');
  assert.equal(event.isBase64Encoded, false);
});

test('a greedy parameter takes the rest of the path, for any method', async () => {
  const { front, events } = await serve();
  await fetch(`${front.url}/files/a/b`, { method: 'DELETE' });
  assert.deepEqual(events[0]?.event.pathParameters, { path: 'a/b' });
  assert.equal(events[0]?.event.routeKey, 'ANY /files/{path+}');
});

test('forms of a callback arrive in base64, JSON as text', async () => {
  const { front, events } = await serve();
  const post = (type: string, body: string) =>
    fetch(`${front.url}/callbacks/x`, { method: 'POST', headers: { 'content-type': type }, body });
  await post('application/x-www-form-urlencoded', 'a=%C3%B6');
  await post('application/json', '{"a":"ö"}');
  const [form, json] = events.map(({ event }) => event);
  assert.equal(form?.isBase64Encoded, true);
  assert.equal(Buffer.from(form?.body ?? '', 'base64').toString(), 'a=%C3%B6');
  assert.deepEqual(
    { isBase64Encoded: json?.isBase64Encoded, body: json?.body },
    { isBase64Encoded: false, body: '{"a":"ö"}' },
  );
});

test('an answer carries status, headers, cookies and base64 bodies', async () => {
  const body = Buffer.from([1, 2, 255]).toString('base64');
  const headers = { 'content-type': 'image/png', 'x-n': 5 };
  const { front } = await serve({ statusCode: 201, headers, cookies: ['a=1', 'b=2'], body, isBase64Encoded: true });
  const response = await fetch(`${front.url}/executions/1`);
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('content-type'), 'image/png');
  assert.equal(response.headers.get('x-n'), '5');
  assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
  assert.deepEqual([...new Uint8Array(await response.arrayBuffer())], [1, 2, 255]);
});

test('a result without a status code is the JSON body', async () => {
  const { front } = await serve({ fine: true });
  const response = await fetch(`${front.url}/executions/1`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.deepEqual(await response.json(), { fine: true });
});

test('unknown paths and methods answer 404', async () => {
  const { front, events } = await serve();
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/executions'],
    ['GET', '/executions/'],
    ['GET', '/executions/1/more'],
    ['PUT', '/executions/1'],
    ['OPTIONS', '/executions/1'],
  ] as const) {
    const response = await fetch(front.url + path, { method });
    assert.equal(response.status, 404, `${method} ${path}`);
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.equal(((await response.json()) as { code: string }).code, 'unknown_route');
  }
  assert.equal(await rawGet(front, '//executions/1'), 404);
  assert.equal(await rawGet(front, '/files/../executions/1'), 204, 'dots are not resolved');
  assert.equal(await rawGet(front, '/executions/%zz'), 400);
  assert.deepEqual(
    events.map(({ fn }) => fn),
    ['files'],
  );
});

test('a crash or a malformed answer is a plain 500, logged by route without the path', async () => {
  const answers = [
    () => {
      throw new Error('secret');
    },
    { statusCode: 'no' },
    { statusCode: 200, body: {} },
    { statusCode: 200, headers: { 'x-bad': 'a\nb' } },
  ];
  for (const answer of answers) {
    const { front, lines } = await serve(answer);
    const response = await fetch(`${front.url}/executions/token`);
    assert.equal(response.status, 500);
    assert.equal(((await response.json()) as { code: string }).code, 'internal');
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^GET \/executions\/\{id\}: /);
    assert.doesNotMatch(lines[0] ?? '', /executions\/token/);
  }
});

test('a body over 10 MB is refused without an invocation', async () => {
  const { front, events } = await serve();
  const headers = { 'content-type': 'application/json' };
  const send = (size: number) => fetch(`${front.url}/files/x`, { method: 'POST', headers, body: Buffer.alloc(size) });
  assert.equal((await send(10 * 1024 * 1024)).status, 204);
  assert.equal((await send(10 * 1024 * 1024 + 1)).status, 413);
  assert.equal(events.length, 1);
});

test('before it is ready it answers 503 with Retry-After', async () => {
  const front = await openFront(0, () => undefined);
  fronts.push(front);
  const response = await fetch(`${front.url}/executions/1`);
  assert.deepEqual(
    { status: response.status, retryAfter: response.headers.get('retry-after') },
    { status: 503, retryAfter: '1' },
  );
  assert.equal(((await response.json()) as { code: string }).code, 'unavailable');
});

test('a port in use is a clear error', async () => {
  const { front } = await serve();
  const port = Number(new URL(front.url).port);
  await assert.rejects(
    openFront(port, () => undefined),
    new RegExp(`Port ${port} is taken.*PORT`),
  );
});

test('close waits for the request in flight', async () => {
  let finish: (answer: unknown) => void = () => undefined;
  let invoked: () => void = () => undefined;
  const begun = new Promise<void>((done) => {
    invoked = done;
  });
  const { front } = await serve(() => {
    invoked();
    return new Promise((done) => {
      finish = done;
    });
  });
  const response = fetch(`${front.url}/executions/1`);
  await begun;
  const closed = front.close();
  finish({ statusCode: 202 });
  assert.equal((await response).status, 202);
  await closed;
});
