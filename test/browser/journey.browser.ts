/** The refund of the README in a browser: the link is opened, read, answered with its form, and opened again. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page, Request } from 'playwright-core';
import { until } from '../crash/door.ts';
import { HANG_MS } from '../limits.ts';
import { isPost, openRig, picture, type Rig, send } from './rig.ts';

const REFUND = { amountCents: 50_000, reason: 'arrived broken' };

describe('the refund of the README, in Chromium', { timeout: HANG_MS }, () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
  });
  after(() => rig?.close());

  const refund = (ticket: string) => rig.waiting('refund-approval', ticket, { ticket, ...REFUND });
  const closed = (id: string) =>
    until(async () => {
      const view = await rig.view(id);
      return view.lifecycle === 'closed' ? view : undefined;
    }, `the end of ${id}`);

  it('is read, approved with the form and completed', async () => {
    const { callbackUrl } = await refund('T-1');
    const page = await rig.open();
    const complaints = complaintsOf(page);
    const opened = await page.goto(callbackUrl);
    assert.equal(opened?.status(), 200);
    assert.equal(await page.locator('h1').textContent(), 'Refund 500.00 for ticket T-1?');
    assert.deepEqual(await page.locator('dt').allTextContents(), ['ticket', 'amountCents', 'reason', 'score']);
    assert.deepEqual(await page.locator('dd').allTextContents(), ['T-1', '50000', 'arrived broken', '10']);
    assert.equal(
      await page.evaluate('getComputedStyle(document.body).maxWidth'),
      '640px',
      'the policy allows the style',
    );
    await picture(page, 'question');

    await page.getByLabel('approved').selectOption('yes');
    await page.getByLabel('note').fill('fine');
    await page.getByLabel('your name').fill('ann');
    const posted = await send(page);
    const { origin, referer, 'content-type': type } = await posted.allHeaders();
    // The referrer policy of the page makes the browser send `Origin: null`.
    assert.deepEqual(
      { origin, referer, type },
      { origin: 'null', referer: undefined, type: 'application/x-www-form-urlencoded' },
    );
    assert.equal((await posted.response())?.status(), 200);
    assert.equal(await page.locator('h1').textContent(), 'Your answer is recorded');
    await picture(page, 'answered');

    const { status, result } = await closed('T-1');
    assert.deepEqual(
      { status, result },
      { status: 'completed', result: { decision: { approved: true, note: 'fine', by: 'manager' } } },
    );
    assert.deepEqual(complaints, []);
  });

  it('shows the first answer when the link is opened again', async () => {
    const { callbackUrl } = await refund('T-2');
    const [first, second] = [await rig.open(), await rig.open()];
    for (const page of [first, second]) await page.goto(callbackUrl);
    await first.getByLabel('approved').selectOption('no');
    await first.getByLabel('your name').fill('ann');
    await send(first);
    await first.goto(callbackUrl);
    assert.equal(await first.locator('h1').textContent(), 'Already answered');
    assert.match((await first.locator('p').textContent()) ?? '', /^Answered at .* UTC by ann\.$/);
    assert.equal(await first.locator('form').count(), 0);
    await picture(first, 'opened-again');

    // The first tab still shows the form.
    await second.getByLabel('approved').selectOption('yes');
    const late = await send(second);
    assert.equal((await late.response())?.status(), 409);
    assert.match((await second.locator('body').textContent()) ?? '', /already been answered[\s\S]*ann/);
    await picture(second, 'answered-by-another');
    const { result } = await closed('T-2');
    assert.deepEqual(result, { decision: { approved: false, by: 'manager' } });
  });

  it('treats a form sent again by a reload as the same answer', async () => {
    const { callbackUrl } = await refund('T-3');
    const page = await rig.open();
    await page.goto(callbackUrl);
    await page.getByLabel('approved').selectOption('yes');
    await send(page);
    const text = await page.locator('body').textContent();
    const again = page.waitForRequest(isPost);
    await page.reload();
    const response = await (await again).response();
    assert.deepEqual(
      { status: response?.status(), idempotentReplay: response?.headers()['idempotent-replay'] },
      { status: 200, idempotentReplay: 'true' },
    );
    assert.equal(await page.locator('body').textContent(), text);
  });

  it('does not send a form without a required answer', async () => {
    const { callbackUrl } = await refund('T-4');
    const page = await rig.open();
    const posts: Request[] = [];
    page.on('request', (request) => isPost(request) && posts.push(request));
    await page.goto(callbackUrl);
    await page.getByRole('button').click();
    assert.equal(await page.locator('select:invalid').count(), 1);
    assert.equal(await page.locator('h1').textContent(), 'Refund 500.00 for ticket T-4?');
    assert.deepEqual(posts, []);
  });
});

/** Errors in the browser's console, such as a style that the content security policy blocks. */
function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}
