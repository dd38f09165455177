/**
 * The console on `npm start`, in Chromium: a flow is started with its form, its graph moves, it is answered in the inbox and
 * closes; a failure is found and redriven; the connection is lost and comes back; the keyboard is enough.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { call, until } from '../crash/door.ts';
import { HANG_MS } from '../limits.ts';
import { complaintsOf, faultsOf } from './checks.ts';
import { openRig, picture, type Rig } from './rig.ts';

/** The first one is redriven alone, the others together. */
const NIGHTS = ['night-1', 'night-2', 'night-3', 'night-4'];
const EXPENSE = { title: 'Hotel, trade fair', amount: 1_840, currency: 'EUR', department: 'sales' };

/** Keeps the largest number of elements of the page. */
const WATCH = `
  window.most = 0;
  new MutationObserver(() => {
    most = Math.max(most, document.querySelectorAll('*').length);
  }).observe(document.body, { childList: true, subtree: true });
`;

/** Processor time of the page per answer about an execution, in milliseconds; time of other programs does not count. */
async function watchCost(page: Page, id: string): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spent = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
  };
  let answers = 0;
  page.on('response', (response) => {
    if (response.url().includes(`/executions/${id}`)) answers += 1;
  });
  const before = await spent();
  return async () => ((await spent()) - before) / answers;
}

describe('the console in Chromium', { timeout: 6 * HANG_MS }, () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig({ FLOW_APP: 'test/browser/console-app.ts' });
  });
  after(() => rig?.close());

  const open = async (path: string) => {
    const page = await rig.open();
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const complaints = complaintsOf(page);
    await page.goto(`${rig.url}/console${path}`);
    return { page, complaints };
  };
  const start = async (flow: string, id: string, input: unknown) => {
    const { status, text } = await call(`${rig.url}/flows/${flow}/executions`, {
      method: 'POST',
      key: id,
      body: { input },
    });
    assert.equal(status, 202, text);
  };
  const closed = (id: string) =>
    until(async () => {
      const view = await rig.view(id);
      return view.lifecycle === 'closed' ? view : undefined;
    }, `the end of ${id}`);
  const box = (page: Page, name: string, state: string) =>
    page.locator(`.node[data-box$="${name}"][data-state="${state}"]`).waitFor();

  it('starts a flow with its form, shows the graph move, and answers in the inbox', async () => {
    const { page, complaints } = await open('/flows/expense-approval');
    await box(page, 'payOut', 'still');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('Needed.').first().waitFor();
    await page.getByLabel('Title').fill(EXPENSE.title);
    await page.getByLabel('Amount').fill(String(EXPENSE.amount));
    await page.getByText('EUR', { exact: true }).click();
    await page.getByText('sales', { exact: true }).click();
    await picture(page, 'console-flow');
    await page.getByText('Id, start time').click();
    await page.locator('#start-id').fill('exp-1');
    await page.getByRole('button', { name: 'Start' }).click();

    await page.waitForURL('**/console/executions/exp-1');
    await box(page, 'check', 'done');
    await box(page, 'askManager', 'waiting');
    await box(page, 'autoApprove', 'skipped');
    await box(page, 'payOut', 'later');
    const place = await page.locator('.react-flow__node[data-id="payOut"]').getAttribute('style');
    await picture(page, 'console-waiting');

    const inbox = await open('/approvals');
    await inbox.page.getByRole('heading', { name: 'Approve EUR 1,840 for Hotel, trade fair?' }).waitFor();
    await inbox.page.getByLabel('Note').fill('Within budget.');
    await inbox.page.getByLabel('Your name').fill('manager');
    await picture(inbox.page, 'console-approvals');
    await inbox.page.locator('[data-choice="Approve"]').click();
    await inbox.page.getByText('Nobody is waiting for you').waitFor();

    await box(page, 'payOut', 'done');
    assert.equal(
      await page.locator('.react-flow__node[data-id="payOut"]').getAttribute('style'),
      place,
      'live updates move nothing',
    );
    const { status, state, result } = await closed('exp-1');
    assert.deepEqual(
      [status, state ?? result],
      ['completed', { decision: { decision: { answer: { approved: true, note: 'Within budget.' } }, limits: 4_370 } }],
    );
    await page.locator('.chip', { hasText: 'Done' }).first().waitFor();
    await page.getByRole('link', { name: 'Answers' }).click();
    await page.getByText('manager').first().waitFor();
    await page.getByText('Within budget.').first().waitFor();
    await picture(page, 'console-answers');
    assert.deepEqual([...complaints, ...inbox.complaints], []);
  });

  it('finds a failure by its filter, says why, and redrives it', async () => {
    for (const id of NIGHTS) await start('nightly-export', id, { day: '2026-11-29' });
    for (const id of NIGHTS) await closed(id);
    const { page, complaints } = await open('/executions');
    await page.getByRole('link', { name: 'Failed' }).click();
    await page.waitForURL(/status=failed$/);
    await page.getByRole('link', { name: 'night-1' }).click();
    await page.getByRole('heading', { name: 'upload failed: the bucket does not exist' }).waitFor();
    await box(page, 'upload', 'failed');
    await picture(page, 'console-failed');
    await page.locator('.node[data-box="upload"]').click();
    await page.getByRole('complementary', { name: 'upload' }).getByText('the bucket does not exist').first().waitFor();

    await start('repair', 'repair-1', null);
    await closed('repair-1');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
    await box(page, 'upload', 'done');
    assert.equal((await closed('night-1')).status, 'completed');
    assert.deepEqual(complaints, []);
  });

  it('shows how far a list of 1,000 is, and why items failed', async () => {
    await start('record-import', 'imp-1', { records: 1_000 });
    const { page, complaints } = await open('/executions/imp-1');
    const list = page.locator('.k-list');
    await list.getByRole('progressbar').waitFor();
    await closed('imp-1');
    await box(page, 'summarise', 'done');
    await list.click();
    await page.getByText('25 ×').waitFor();
    await page.getByText('vendor unknown').first().waitFor();
    await picture(page, 'console-list');
    // 4,008 records, all of them read: the row of the list has both steps of each item.
    await page.getByRole('button', { name: 'normalise → lookUpVendor ×2000' }).waitFor();
    assert.equal(await page.getByText(/Bars are those of/).count(), 0);
    assert.deepEqual(complaints, []);
  });

  it('shows how far a list of 10,000 is while it runs, and draws no more for it', async (t) => {
    const { page, complaints } = await open('/executions');
    await page.getByRole('link', { name: 'imp-1' }).waitFor();
    await page.evaluate(WATCH);
    const cost = await watchCost(page, 'imp-2');
    await start('record-import', 'imp-2', { records: 10_000 });
    await page.getByRole('link', { name: 'imp-2' }).click();
    const list = page.locator('.k-list');
    const bar = list.getByRole('progressbar');
    await bar.waitFor();
    const done = async () => Number(await bar.getAttribute('aria-valuenow'));
    const before = await done();
    await until(async () => ((await done()) > before ? true : undefined), 'a longer bar');
    await list.click();
    await closed('imp-2');
    await box(page, 'summarise', 'done');
    await list.getByText('10,000 of 10,000').waitFor();
    assert.deepEqual(
      [await bar.getAttribute('aria-valuenow'), await bar.getAttribute('aria-valuemax')],
      ['10000', '10000'],
    );
    const panel = page.getByRole('complementary');
    await panel.getByText('250 ×').waitFor();
    assert.deepEqual(await panel.locator('.cnt dd').allTextContents(), ['9,750', '0', '0', '0', '250', '0']);
    await page.getByText(/Bars are those of the first and the newest/).waitFor();
    const most = Number(await page.evaluate('most'));
    const perAnswer = await cost();
    t.diagnostic(`${most} elements at most, ${Math.round(perAnswer)} ms of the processor for each answer`);
    assert.ok(most < 1_500, `${most} elements`);
    assert.ok(perAnswer < 200, `${perAnswer} ms`);
    assert.deepEqual(complaints, []);
  });

  it('redrives many: how many and why they failed, said before, and how far it is', async () => {
    const { page, complaints } = await open('/executions?status=failed');
    for (const id of NIGHTS.slice(1)) await page.getByRole('link', { name: id }).waitFor();
    await page.getByLabel('Select all').check({ force: true });
    const bar = page.getByRole('region', { name: 'Selected executions' });
    await bar.getByText('3 selected').waitFor();
    await bar.getByRole('button', { name: 'Redrive…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Redrive 3 executions?' });
    await dialog.getByText('What was committed stays.').waitFor();
    await dialog.getByText(/3 × .*bucket does not exist/).waitFor();
    assert.deepEqual(await faultsOf(page), []);
    await picture(page, 'console-bulk', false);
    await dialog.getByRole('button', { name: 'Redrive 3' }).click();
    await dialog.getByText('3 of 3').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    for (const id of NIGHTS.slice(1)) assert.equal((await closed(id)).status, 'completed');
    await page.getByText('No execution matches').waitFor();
    await bar.waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
  });

  it('pauses an execution and continues it, and says before what that does', async () => {
    await rig.waiting('expense-approval', 'exp-pause', EXPENSE);
    const { page, complaints } = await open('/executions/exp-pause');
    const pause = page.getByRole('button', { name: 'Pause', exact: true });
    await pause.click();
    const dialog = page.getByRole('dialog', { name: 'Pause it?' });
    await dialog.getByText('Answers and signals are still taken.').waitFor();
    assert.deepEqual(await faultsOf(page), []);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal((await rig.view('exp-pause')).status, 'waiting', 'a closed dialog has done nothing');
    await pause.click();
    await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.locator('.chip', { hasText: 'Paused' }).waitFor();
    assert.equal((await rig.view('exp-pause')).status, 'paused');
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Continue', exact: true }).click();
    await page.locator('.chip', { hasText: 'Waiting' }).waitFor();
    assert.equal((await rig.view('exp-pause')).status, 'waiting');
    // Later tests answer the oldest question.
    await call(`${rig.url}/executions/exp-pause/cancel`, { method: 'POST', body: {} });
    assert.equal((await closed('exp-pause')).status, 'cancelled');
    assert.deepEqual(complaints, []);
  });

  it('cancels with a count of what is stopped, and erases with a warning', async () => {
    await rig.waiting('expense-approval', 'exp-erase', EXPENSE);
    const { page } = await open('/executions/exp-erase');
    const choose = async (name: string) => {
      await page.getByLabel('More actions').click();
      await page.getByRole('button', { name }).click();
    };
    await choose('Cancel…');
    await page.getByText('1 open question needs no answer any more.').waitFor();
    await page.getByLabel('Reason').fill('Booked twice');
    await page.getByRole('button', { name: 'Cancel it' }).click();
    await page.locator('.chip', { hasText: 'Cancelled' }).waitFor();
    await page.getByText(/kept until \d+ \w+ \d{4}/).waitFor();
    await choose('Erase…');
    await page.getByText('This cannot be undone.').waitFor();
    assert.deepEqual(await faultsOf(page), []);
    await page.getByRole('button', { name: 'Erase it' }).click();
    await page.waitForURL('**/console/executions');
    await page.goto(`${rig.url}/console/executions/exp-erase`);
    await page.getByRole('heading', { name: 'exp-erase was erased' }).waitFor();
  });

  it('says that the connection is lost, keeps what it shows, and goes on by itself', async () => {
    const { page } = await open('/executions');
    await page.getByRole('link', { name: 'exp-1' }).waitFor();
    await page.context().setOffline(true);
    await page.getByText('Not connected.').waitFor();
    assert.ok(await page.getByRole('link', { name: 'exp-1' }).isVisible());
    await start('expense-approval', 'exp-offline', { ...EXPENSE, amount: 5 });
    await page.context().setOffline(false);
    await page.getByRole('link', { name: 'exp-offline' }).waitFor();
    await page.getByText('Not connected.').waitFor({ state: 'hidden' });
  });

  it('is worked with the keyboard alone', async () => {
    await rig.waiting('expense-approval', 'exp-2', EXPENSE);
    const { page, complaints } = await open('/executions');
    await page.getByRole('link', { name: 'exp-2' }).waitFor();
    await page.keyboard.press('j');
    await page.locator('tr.cursor').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/executions\/exp-/);
    await page.getByRole('link', { name: 'State' }).waitFor();
    await page.keyboard.press('3');
    await page.waitForURL(/tab=state$/);
    await page.keyboard.type('ga');
    await page.waitForURL('**/approvals');
    await page.getByRole('button', { name: 'Reject' }).waitFor();
    await page.keyboard.press('r');
    await page.keyboard.press('Enter');
    const { result } = await closed('exp-2');
    assert.deepEqual(result, { decision: { decision: { answer: { approved: false } }, limits: 4_370 } });
    await page.keyboard.press('/');
    await page.keyboard.type('exp-2');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/executions/exp-2');
    await page.getByRole('heading', { name: 'exp-2', exact: true }).waitFor();
    assert.deepEqual(complaints, []);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1440, 390]) {
      it(`has no fault that axe finds, ${colorScheme}, ${width} px wide`, async () => {
        await rig.waiting('expense-approval', 'exp-3', EXPENSE);
        const { page, complaints } = await open('/executions');
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
        const screens = [
          ['executions', '/executions', 'exp-3'],
          ['execution', '/executions/exp-3', 'keepAnswer'],
          ['answers', '/executions/exp-3?tab=answers', 'Hotel, trade fair'],
          ['raw', '/executions/exp-3?tab=raw', 'executionId'],
          ['approvals', '/approvals', 'Your name'],
          ['flow', '/flows/expense-approval', 'askManager'],
          ['flows', '/flows', 'record-import'],
        ] as const;
        for (const [name, path, text] of screens) {
          await page.goto(`${rig.url}/console${path}`);
          await page.getByText(text).locator('visible=true').first().waitFor();
          await page.getByText('The graph is being drawn').waitFor({ state: 'hidden' });
          await picture(page, `console-${name}-${width}-${colorScheme}`);
          assert.deepEqual(await faultsOf(page), [], `${name} ${width} ${colorScheme}`);
        }
        const colourOf = (what: string) =>
          page.evaluate(`getComputedStyle(document.querySelector('${what}')).backgroundColor`);
        const surface = await colourOf('.card');
        await page.goto(`${rig.url}/console/flows/nightly-export`);
        const node = '.node[data-box="upload"]';
        await page.locator(width === 390 ? '.metro' : node).waitFor();
        // Boxes have the colour of cards in both themes.
        if (width > 390) assert.equal(await colourOf(node), surface);
        assert.deepEqual(complaints, []);
      });
    }
  }
});
