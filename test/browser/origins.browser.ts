/** A page of another site in a browser, against the ports of `npm start` on the same machine. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Page, Response } from 'playwright-core';
import { HANG_MS } from '../limits.ts';
import { FOREIGN } from './chromium.ts';
import { openRig, type Rig, type Wait } from './rig.ts';

const INPUT = { ticket: 'T-1', amountCents: 50_000, reason: 'arrived broken' };
const STARTS = '/flows/refund-approval/executions';
/** The content type of each kind of request. */
const START = JSON.stringify({ input: { ...INPUT, ticket: 'stranger' } });

/** The parts of an answer that a page can read. */
type Seen = { readonly type: string; readonly status: number; readonly text: string } | 'refused';

describe('a page of another site in Chromium', { timeout: HANG_MS }, () => {
  let rig: Rig;
  let site: Server;
  let wait: Wait;
  let port = 0;
  before(async () => {
    rig = await openRig();
    site = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<h1>Prizes</h1>'));
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    port = (site.address() as AddressInfo).port;
    wait = await rig.waiting('refund-approval', 'T-1', INPUT);
  });
  after(async () => {
    site?.close();
    await rig?.close();
  });

  /** Another port, which counts as the same site, and another host name. */
  for (const host of ['127.0.0.1', FOREIGN]) {
    const open = async () => {
      const page = await rig.open();
      await page.goto(`http://${host}:${port}/`);
      return page;
    };

    it(`reads nothing from ${host}`, async () => {
      const page = await open();
      const answerPath = `/executions/T-1/interrupts/${wait.interruptId}`;
      for (const url of [`${rig.url}/interrupts`, `${rig.url}/executions/T-1`, `${rig.url}${answerPath}`, rig.awsUrl]) {
        assert.equal(await fetched(page, url, {}), 'refused', url);
        const [seen, status] = await watched(page, url, () => fetched(page, url, { mode: 'no-cors' }));
        assert.deepEqual({ seen, status }, { seen: OPAQUE, status: 403 }, url);
      }
    });

    it(`starts, answers and queues nothing from ${host}`, async () => {
      const page = await open();
      const answer = JSON.stringify({ value: { approved: true } });
      const queue = 'Action=CreateQueue&QueueName=stranger&Version=2012-11-05';
      const posts = [
        [`${rig.url}${STARTS}`, START],
        [`${rig.url}/executions/T-1/interrupts/${wait.interruptId}`, answer],
        [`${rig.url}/executions/T-1/cancel`, '{}'],
        [rig.awsUrl, queue],
      ] as const;
      for (const [url, body] of posts) {
        // Simple content types, which need no preflight, and JSON, which needs one.
        for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
          const init = { method: 'POST', mode: 'no-cors', headers: { 'content-type': type }, body };
          const [seen, status] = await watched(page, url, () => fetched(page, url, init));
          assert.deepEqual({ seen, status }, { seen: OPAQUE, status: 403 }, `${url} ${type}`);
        }
        const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
        assert.equal(await fetched(page, url, json), 'refused', url);
      }
      await nothingHappened();
    });

    it(`posts no form from ${host}`, async () => {
      for (const [url, name, value] of [
        [`${rig.url}${STARTS}`, START.slice(0, -1), ',"a":"="}'],
        [`${rig.url}/executions/T-1/cancel`, '{"reason":"', '"}'],
        [rig.awsUrl, 'Action', 'ListQueues'],
      ] as const) {
        const page = await open();
        const [, status] = await watched(page, url, () => submit(page, url, name, value));
        assert.equal(status, 403, url);
      }
      await nothingHappened();
    });

    it(`shows no page of a callback in a frame on ${host}`, async () => {
      const page = await open();
      const refused = page.waitForEvent('console', (message) => message.text().includes("frame-ancestors 'none'"));
      await page.evaluate(
        `(() => {
          const frame = document.createElement('iframe');
          frame.src = ${JSON.stringify(wait.callbackUrl)};
          document.body.append(frame);
        })()`,
      );
      await refused;
      assert.ok(page.frames().every((frame) => frame.url() !== wait.callbackUrl));
    });
  }

  it('is refused when its host name resolves to this machine', async () => {
    const page = await rig.open();
    for (const url of [rig.url, rig.awsUrl]) {
      const named = url.replace('127.0.0.1', FOREIGN);
      assert.equal((await page.goto(`${named}/interrupts`))?.status(), 403);
      // Same origin: the browser sends no preflight and hides no answer.
      const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: START };
      const seen = await fetched(page, `${named}${STARTS}`, json);
      assert.ok(seen !== 'refused' && seen.status === 403, JSON.stringify(seen));
    }
    await nothingHappened();
  });

  it('is refused by the host, not only by the browser', async () => {
    const page = await rig.open();
    assert.equal((await page.goto(`${rig.url}/interrupts`))?.status(), 200);
    const read = await fetched(page, `${rig.url}/executions/T-1`, {});
    assert.ok(read !== 'refused' && read.status === 200);
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: START };
    const started = await fetched(page, `${rig.url}${STARTS}`, json);
    assert.ok(started !== 'refused' && started.status === 202, JSON.stringify(started));
  });

  async function nothingHappened(): Promise<void> {
    const { items } = (await (await fetch(`${rig.url}/executions`)).json()) as { items: readonly object[] };
    assert.deepEqual(
      items.map((item) => [(item as Wait).executionId, (item as { waiting?: number }).waiting]),
      [['T-1', 1]],
    );
    const { status } = await rig.view('T-1');
    assert.equal(status, 'waiting');
  }
});

/** A page can send these requests but not read the answers. */
const OPAQUE: Seen = { type: 'opaque', status: 0, text: '' };

function fetched(page: Page, url: string, init: object): Promise<Seen> {
  return page.evaluate(
    `fetch(${JSON.stringify(url)}, ${JSON.stringify(init)}).then(
      async (answer) => ({ type: answer.type, status: answer.status, text: await answer.text() }),
      () => 'refused',
    )`,
  );
}

/** With the status that the browser received. */
async function watched<T>(page: Page, url: string, act: () => Promise<T>): Promise<readonly [T, number]> {
  const answered = page.waitForResponse((response: Response) => response.url().replace(/\/$/, '') === url);
  const seen = await act();
  return [seen, (await answered).status()];
}

/** A form can send any plain text that has an equals sign. */
async function submit(page: Page, url: string, name: string, value: string): Promise<void> {
  await page.evaluate(
    `(() => {
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', enctype: 'text/plain', action: ${JSON.stringify(url)} });
      const field = document.createElement('input');
      Object.assign(field, { type: 'hidden', name: ${JSON.stringify(name)}, value: ${JSON.stringify(value)} });
      form.append(field);
      document.body.append(form);
      form.submit();
    })()`,
  );
}
