/** The refund of the README in a browser: the link is opened, read, answered with its form, and opened again. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Request } from 'playwright-core';
import { until } from '../crash/door.ts';
import { HANG_MS } from '../limits.ts';
import { complaintsOf, faultsOf } from './checks.ts';
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
    assert.deepEqual(await page.locator('dt').allTextContents(), ['Ticket', 'Amount cents', 'Reason', 'Score']);
    assert.deepEqual(await page.locator('dd').allTextContents(), ['T-1', '50,000', 'arrived broken', '10']);
    assert.equal(
      await page.evaluate('getComputedStyle(document.body).marginTop'),
      '0px',
      'the policy allows the style',
    );
    await picture(page, 'question');

    await page.getByLabel('Note').fill('fine');
    await page.getByLabel('Your name').fill('ann');
    const posted = await send(page, 'Approve');
    const { origin, referer, 'content-type': type } = await posted.allHeaders();
    // The referrer policy of the page makes the browser send `Origin: null`.
    assert.deepEqual(
      { origin, referer, type },
      { origin: 'null', referer: undefined, type: 'application/x-www-form-urlencoded' },
    );
    assert.equal((await posted.response())?.status(), 200);
    assert.equal(await page.locator('h1').textContent(), 'You approved it');
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
    await first.getByLabel('Your name').fill('ann');
    await send(first, 'Reject');
    await first.goto(callbackUrl);
    assert.equal(await first.locator('h1').textContent(), 'Already answered');
    assert.match((await first.locator('p').textContent()) ?? '', /^By ann, .* UTC\./);
    assert.equal(await first.locator('form').count(), 0);
    await picture(first, 'opened-again');

    // The first tab still shows the form.
    const late = await send(second, 'Approve');
    assert.equal((await late.response())?.status(), 409);
    assert.match((await second.locator('body').textContent()) ?? '', /Already answered[\s\S]*ann/);
    await picture(second, 'answered-by-another');
    const { result } = await closed('T-2');
    assert.deepEqual(result, { decision: { approved: false, by: 'manager' } });
  });

  it('treats a form sent again by a reload as the same answer', async () => {
    const { callbackUrl } = await refund('T-3');
    const page = await rig.open();
    await page.goto(callbackUrl);
    await send(page, 'Approve');
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

  it('does not decide when Enter is pressed in a field', async () => {
    const { callbackUrl } = await refund('T-4');
    const page = await rig.open();
    const posts: Request[] = [];
    page.on('request', (request) => isPost(request) && posts.push(request));
    await page.goto(callbackUrl);
    await page.getByLabel('Your name').fill('ann');
    await page.getByLabel('Your name').press('Enter');
    assert.equal(await page.locator('h1').textContent(), 'Refund 500.00 for ticket T-4?');
    await page.getByRole('button', { name: 'Reject' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'You rejected it' }).waitFor();
    assert.equal(posts.length, 1);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1440, 390]) {
      it(`has its buttons in view and no fault that axe finds, ${colorScheme}, ${width} px wide`, async () => {
        const { callbackUrl } = await refund('T-5');
        const page = await rig.open();
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 844 });
        await page.goto(callbackUrl);
        await picture(page, `page-${width}-${colorScheme}`, false);
        assert.deepEqual(await faultsOf(page), []);
        // The buttons stay in a window that is too low for the rest.
        await page.setViewportSize({ width, height: 600 });
        const box = await page.getByRole('button', { name: 'Approve' }).boundingBox();
        assert.ok(box && box.y + box.height <= 600, JSON.stringify(box));
      });
    }
  }
});
