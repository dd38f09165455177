import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createWebhookExchange } from '../../lib/exchange.ts';
import { HANG_MS } from '../limits.ts';

const KEY = Buffer.alloc(24, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;
const NOW = Date.parse('2026-03-01T12:00:00.250Z');
const TOLD = {
  id: 'a-1',
  executionId: 'x-1',
  interruptId: 'i-1',
  flow: 'refund',
  type: 'approval',
  payload: { question: 'Grüße?' },
  createdAt: '2026-03-01T11:00:00.000Z',
  callbackUrl: 'https://cb.example/callbacks/v1',
} as const;

describe('the webhook exchange', () => {
  const seen: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  let answer: { readonly status: number; readonly location?: string } | 'silence' = { status: 204 };
  let server: Server;
  let url = '';

  before(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        seen.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
        if (answer === 'silence') return;
        response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('posts the end of a withdrawn wait', async () => {
    const { payload: _, createdAt: __, callbackUrl: ___, ...wait } = TOLD;
    const told = { ...wait, withdrawnAt: '2026-03-01T11:30:00.000Z' };
    await createWebhookExchange({ url, secret: SECRET, now: () => NOW }).withdrawn?.(told);
    const [{ headers, body }] = seen.splice(0) as [(typeof seen)[number]];
    const { id, ...data } = told;
    assert.deepEqual(JSON.parse(body), { type: 'interrupt.withdrawn', timestamp: new Date(NOW).toISOString(), data });
    assert.equal(headers['webhook-id'], id);
  });

  it('posts the announcement, signed over id, time and body', async () => {
    await createWebhookExchange({ url, secret: SECRET, now: () => NOW }).announce(TOLD);
    const [{ headers, body }] = seen.splice(0) as [(typeof seen)[number]];
    const { id, ...data } = TOLD;
    assert.deepEqual(JSON.parse(body), { type: 'interrupt.pending', timestamp: new Date(NOW).toISOString(), data });
    const time = String(Math.floor(NOW / 1_000));
    assert.deepEqual(
      { webhookId: headers['webhook-id'], webhookTimestamp: headers['webhook-timestamp'] },
      { webhookId: id, webhookTimestamp: time },
    );
    const mac = createHmac('sha256', KEY).update(`${id}.${time}.${body}`).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${mac}`);
  });

  it('accepts only a 2xx response in time from that address as an acknowledgement', async () => {
    const patient = createWebhookExchange({ url, secret: SECRET, timeout: HANG_MS });
    for (const refusal of [{ status: 500 }, { status: 404 }, { status: 302, location: '/elsewhere' }] as const) {
      answer = refusal;
      await assert.rejects(patient.announce(TOLD));
    }
    assert.equal(seen.length, 3, 'a redirect is not followed');
    answer = { status: 200 };
    await patient.announce(TOLD);
    answer = 'silence';
    await assert.rejects(createWebhookExchange({ url, secret: SECRET, timeout: 200 }).announce(TOLD));
  });

  it('refuses unusable addresses and secrets', () => {
    for (const options of [
      { url: 'nowhere', secret: SECRET },
      { url: 'ftp://a/b', secret: SECRET },
      { url, secret: 'whsec_c2hvcnQ=' },
    ]) {
      assert.throws(() => createWebhookExchange(options), /url|URL|secret/);
    }
  });
});
