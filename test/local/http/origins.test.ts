/** A web page on the same machine against every port of the local host. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Host, startHost } from '../../../infra/local/host.ts';

let dataDir: string;
let host: Host;
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flow-origins-'));
  host = await startHost({ port: 0, dataDir });
});
after(async () => {
  await host.close();
  await rm(dataDir, { recursive: true, force: true });
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** `fetch` always sets Host itself, so it cannot be used. */
function send(url: string, { method = 'GET', path = '/', headers = {}, body = '' }: Sent): Promise<Got> {
  return new Promise((done, failed) => {
    const sent = request(url, { method, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString() }),
      );
    });
    sent.on('error', failed).end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const START = {
  method: 'POST',
  path: '/flows/refund-approval/executions',
  body: JSON.stringify({ input: { ticket: 'T-1', amountCents: 1, reason: 'x' } }),
};

const PAGES: readonly (readonly [what: string, sent: Sent, status: number])[] = [
  ['a name that was pointed at this machine', { headers: { host: 'evil.example:3000' } }, 403],
  ['a start by a page of another origin', { ...START, headers: { ...JSON_TYPE, origin: 'https://evil.example' } }, 403],
  ['a start by a page without an origin', { ...START, headers: { ...JSON_TYPE, origin: 'null' } }, 403],
  ['a start as plain text', { ...START, headers: { 'content-type': 'text/plain' } }, 415],
  ['a start as a form', { ...START, headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
  ['an image of another site', { path: '/executions', headers: { 'sec-fetch-site': 'cross-site' } }, 403],
  ['a page of another port', { path: '/executions', headers: { 'sec-fetch-site': 'same-site' } }, 403],
  ['a question before the request', { method: 'OPTIONS', path: '/executions', headers: { origin: 'http://a.b' } }, 403],
  ['an answer by a page', { method: 'POST', path: '/executions/x/interrupts/y', headers: { origin: 'http://a' } }, 403],
];

describe('the API', () => {
  for (const [what, sent, status] of PAGES) {
    it(`refuses ${what}`, async () => {
      const got = await send(host.url, { path: '/executions', ...sent });
      assert.equal(got.status, status, got.text);
      assert.match(String(got.headers['content-type']), /^application\/problem\+json/);
      assert.equal(got.headers['access-control-allow-origin'], undefined);
    });
  }

  it('has started no execution for them', async () => {
    const { text } = await send(host.url, { path: '/executions' });
    assert.deepEqual(JSON.parse(text), { items: [] });
  });

  it('accepts its own pages and programs', async () => {
    const { host: authority } = new URL(host.url);
    for (const headers of [{}, { origin: host.url }, { host: authority.replace('127.0.0.1', 'localhost') }]) {
      assert.equal((await send(host.url, { path: '/executions', headers })).status, 200);
    }
  });

  it('starts a flow without an input with {}', async () => {
    const { status, text } = await send(host.url, {
      ...START,
      path: '/flows/orchestration/executions',
      body: '{}',
      headers: JSON_TYPE,
    });
    const { code } = JSON.parse(text) as { code?: string };
    assert.ok(status === 202 || code === 'invalid_input', text);
  });

  it('accepts callbacks from any page by their token', async () => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'null',
      'sec-fetch-site': 'cross-site',
    };
    const { status } = await send(host.url, { method: 'POST', path: '/callbacks/none', headers, body: 'value=1' });
    assert.equal(status, 404, 'the token decides');
    const link = await send(host.url, { path: '/callbacks/none', headers: { 'sec-fetch-site': 'cross-site' } });
    assert.equal(link.status, 404);
  });
});

describe('the embedded servers', () => {
  const target = { 'x-amz-target': 'DynamoDB_20120810.ListTables', 'content-type': 'application/x-amz-json-1.0' };
  const requests: readonly (readonly [string, Sent])[] = [
    ['a page of another origin', { method: 'POST', headers: { ...target, origin: 'http://evil.example' }, body: '{}' }],
    ['a page of the API', { method: 'POST', headers: { ...target, origin: 'http://127.0.0.1:3000' }, body: '{}' }],
    [
      'a name that was pointed at this machine',
      { method: 'POST', headers: { ...target, host: 'evil.example' }, body: '{}' },
    ],
    ['a question before the request', { method: 'OPTIONS', headers: { origin: 'http://evil.example' } }],
    ['an image', { headers: { 'sec-fetch-site': 'cross-site' } }],
  ];
  for (const [what, sent] of requests) {
    it(`refuse ${what}`, async () => {
      const got = await send(host.endpoint, sent);
      assert.equal(got.status, 403);
      assert.equal(got.headers['access-control-allow-origin'], undefined);
    });
  }
});

describe('requests that are cut off', () => {
  it('stop no server', async () => {
    for (const url of [host.url, host.endpoint]) {
      const { hostname, port, host: authority } = new URL(url);
      for (const head of [
        `POST /flows/refund-approval/executions HTTP/1.1\r\nHost: ${authority}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"in`,
        `POST / HTTP/1.1\r\nHost: ${authority}\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 100\r\n\r\n{`,
        `POST / HTTP/1.1\r\nHost: ${authority}\r\nX-Amz-Target: AmazonSQS.ListQueues\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 100\r\n\r\n{`,
        `GET /executions HTTP/1.1\r\nHost: ${authority}\r\n`,
      ]) {
        await new Promise<void>((done, failed) => {
          const socket = connect(Number(port), hostname, () => socket.write(head, () => socket.resetAndDestroy()));
          socket.on('close', () => done()).on('error', failed);
        });
      }
    }
    assert.equal((await send(host.url, { path: '/executions' })).status, 200);
  });
});
