/** The pages of links that cannot be answered, have ended, or name their recipient. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { HANG_MS } from '../limits.ts';
import { openRig, picture, type Rig, send, type Wait } from './rig.ts';

const MARKUP = `<script>document.title='run'</script><b>bold</b> <img src=x onerror="document.title='run'">&amp;`;

describe('links in Chromium', { timeout: HANG_MS }, () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig({ FLOW_APP: 'test/browser/app.ts' });
  });
  after(() => rig?.close());

  const asking = (id: string, question = 'Go on?', requireActor = false) =>
    rig.waiting('asks', id, { question, requireActor });

  async function post(path: string, body?: unknown, method = 'POST') {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${rig.url}${path}`, { method, headers, ...content });
    const text = await response.text();
    assert.ok(response.ok, text);
    return JSON.parse(text) as Record<string, string>;
  }
  const linksOf = ({ executionId, interruptId }: Wait) => `/executions/${executionId}/interrupts/${interruptId}/links`;

  it('show text of an execution escaped', async () => {
    const { callbackUrl } = await asking('markup', MARKUP);
    const page = await rig.open();
    await page.goto(callbackUrl);
    assert.equal(await page.locator('h1').textContent(), MARKUP);
    assert.equal(await page.locator('dd').textContent(), MARKUP);
    assert.equal(await page.title(), MARKUP);
    assert.equal(await page.locator('script, img, h1 b, dd b').count(), 0);
    await picture(page, 'markup');
  });

  it('name the API as the place to answer where an authenticated caller is required', async () => {
    const { callbackUrl, interruptId } = await asking('authenticated', 'Pay?', true);
    const page = await rig.open();
    await page.goto(callbackUrl);
    await says(page, 403, `POST /executions/authenticated/interrupts/${interruptId}`);
    await picture(page, 'actor-required');
  });

  it('name their recipient until they are revoked', async () => {
    const wait = await asking('for-ann');
    const links = linksOf(wait);
    const { callbackUrl = '', linkId } = await post(links, { to: 'ann' });
    const [page, open] = [await rig.open(), await rig.open()];
    for (const tab of [page, open]) await tab.goto(callbackUrl);
    assert.match((await page.locator('main').textContent()) ?? '', /This link was made for ann/);
    await picture(page, 'made-for-ann');

    await post(`${links}/${linkId}`, undefined, 'DELETE');
    await page.goto(callbackUrl);
    await says(page, 410, 'This link has been revoked.');
    await picture(page, 'revoked');
    await send(open, 'Approve');
    await says(open, 410, 'This link has been revoked.');
    assert.equal((await rig.view('for-ann')).lifecycle, 'open');
  });

  it('say when the wait has ended', async () => {
    const { callbackUrl } = await asking('cancelled');
    const page = await rig.open();
    await page.goto(callbackUrl);
    await post('/executions/cancelled/cancel', {});
    await send(page, 'Approve');
    await says(page, 410, 'No answer is needed any more');
    await page.goto(callbackUrl);
    await says(page, 410, 'No answer is needed any more');
    await picture(page, 'gone');
  });

  it('explain a link that a mail program has truncated', async () => {
    const { callbackUrl } = await asking('cut');
    const page = await rig.open();
    await page.goto(callbackUrl.slice(0, -5));
    await says(page, 404, 'The link is incomplete');
    await picture(page, 'cut');
  });
});

/** A page without a form. */
async function says(page: Page, status: number, text: string): Promise<void> {
  assert.equal(await page.evaluate('performance.getEntriesByType("navigation")[0].responseStatus'), status);
  const body = (await page.locator('body').textContent()) ?? '';
  assert.ok(body.includes(text), body);
  assert.equal(await page.locator('form').count(), 0);
}
