/** The local console of a deployed stage: what it forwards, and how it is signed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { ConsoleFiles } from '../../infra/console/files.ts';
import { createPages } from '../../infra/console/pages.ts';
import { createSigner } from '../../infra/console/signer.ts';
import { openStageServer, type StageServer } from '../../infra/console/stage-server.ts';

const html = { type: 'text/html', content: Buffer.from('<meta name="stage" content="local">') };
const FILES: ConsoleFiles = new Map([
  ['index.html', html],
  ['console.js', { type: 'text/javascript', content: Buffer.from('1') }],
]);

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('the console of a stage', () => {
  let api: Server;
  let server: StageServer;
  const seen: Seen[] = [];
  before(async () => {
    api = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        seen.push({ method, url, headers, body: Buffer.concat(parts).toString() });
        response.writeHead(202, { 'content-type': 'application/json', 'set-cookie': 'a=b' }).end('{"ok":true}');
      });
    });
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
    const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' };
    server = await openStageServer({
      port: 0,
      apiUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      pages: createPages(async () => FILES, 'dev"<'),
      sign: createSigner('eu-central-1', async () => credentials),
    });
  });
  after(async () => {
    await server?.close();
    api?.close();
  });

  const send = (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, init);

  it('signs what it forwards, and returns the answer without cookies', async () => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k', cookie: 'c=1' },
    };
    const answer = await send('/executions/a%20b/cancel?x=1', { ...init, body: '{}' });
    assert.equal(answer.status, 202);
    assert.deepEqual(await answer.json(), { ok: true });
    assert.equal(answer.headers.get('set-cookie'), null);
    const { method, url, headers, body } = seen.at(-1) ?? assert.fail('nothing was forwarded');
    assert.deepEqual([method, url, body], ['POST', '/executions/a%20b/cancel?x=1', '{}']);
    assert.match(
      headers.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-central-1\/execute-api\/aws4_request/,
    );
    assert.deepEqual(
      [headers['x-amz-security-token'], headers['idempotency-key'], headers.cookie],
      ['session', 'k', undefined],
    );
  });

  it('forwards a JWT instead of a signature', async () => {
    await send('/flows', { headers: { authorization: 'Bearer abc' } });
    assert.equal(seen.at(-1)?.headers.authorization, 'Bearer abc');
  });

  it('serves every place of the console as one page, with a strict policy and the name of the stage', async () => {
    for (const path of ['/console', '/console/executions/x?tab=raw', '/console/flows/a.b']) {
      const answer = await send(path);
      assert.equal(await answer.text(), '<meta name="stage" content="dev">');
      const policy = answer.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
      assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    }
    assert.equal((await send('/console/files/console.js')).headers.get('content-type'), 'text/javascript');
  });

  it('forwards nothing for strangers, links and bodies that are not JSON', async () => {
    const count = seen.length;
    const refused = [
      await send('/executions', { headers: { origin: 'https://elsewhere.test' } }),
      await send('/callbacks/token'),
      await send('//elsewhere.test/executions'),
      await send('/executions', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }),
    ];
    assert.deepEqual(
      refused.map(({ status }) => status),
      [403, 404, 404, 415],
    );
    assert.equal(seen.length, count);
  });
});
