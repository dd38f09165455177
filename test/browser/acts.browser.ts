/** What people start, try and change from the console on `npm start`, in Chromium: also on a phone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { call, until } from '../crash/door.ts';
import { HANG_MS } from '../limits.ts';
import { complaintsOf, faultsOf } from './checks.ts';
import { openRig, picture, type Rig } from './rig.ts';

const PHONE = { width: 390, height: 844 };

describe('acts in the console in Chromium', { timeout: 4 * HANG_MS }, () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig({ FLOW_APP: 'test/browser/console-app.ts' });
  });
  after(() => rig?.close());

  const open = async (path: string, size = { width: 1440, height: 900 }) => {
    const page = await rig.open();
    await page.setViewportSize(size);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const complaints = complaintsOf(page);
    await page.goto(`${rig.url}/console${path}`);
    return { page, complaints };
  };
  const post = async (path: string, body: unknown, key?: string) => {
    const { status, text } = await call(`${rig.url}${path}`, { method: 'POST', body, ...(key ? { key } : {}) });
    assert.ok(status < 300, text);
    return JSON.parse(text) as Readonly<Record<string, string>>;
  };
  const reach = (id: string, wanted: string) =>
    until(async () => ((await rig.view(id)).status === wanted ? true : undefined), `${id}: ${wanted}`);
  /** Whether an element is in full between the edges of the window. */
  const isWithin = async (page: Page, part: Locator) => {
    const box = await part.boundingBox();
    const width = page.viewportSize()?.width ?? 0;
    return box !== null && box.x >= 0 && box.x + box.width <= width;
  };

  it('shows when a schedule starts, starts it now, and tries again at once what waits for its retry', async () => {
    const { page, complaints } = await open('/flows/year-report');
    const card = page.locator('.card', { has: page.getByRole('heading', { name: 'Schedules' }) });
    await card.getByText('cron 0 6 1 1 ? * UTC').waitFor();
    const next = card.locator('time').first();
    await next.waitFor();
    assert.match((await next.getAttribute('title')) ?? '', /^\d{4}-01-01T06:00:00/, 'the exact time on hover');
    assert.deepEqual(await faultsOf(page), []);
    await picture(page, 'acts-schedules');
    await card.getByRole('button', { name: 'Start now: new-year' }).click();
    await page.waitForURL(/console\/executions\//);
    const id = decodeURIComponent(page.url().split('/').at(-1) ?? '');
    assert.deepEqual((await rig.view(id)).startedBy, { schedule: 'new-year' });

    await page.locator('.node[data-box="gather"][data-state="retrying"]').click();
    const panel = page.getByRole('complementary', { name: 'gather' });
    await panel.getByText('the ledger is locked').first().waitFor();
    await picture(page, 'acts-retrying');
    await panel.getByRole('button', { name: 'Try now' }).click();
    await reach(id, 'completed');
    await page.locator('.chip', { hasText: 'Done' }).first().waitFor();
    assert.equal(await panel.getByRole('button', { name: 'Try now' }).count(), 0);

    await page.goto(`${rig.url}/console/flows/year-report`);
    await card.getByText(/^last .*, done$/).waitFor();
    assert.deepEqual(complaints, []);
  });

  it('reruns an execution from a step, with other input', async () => {
    await post('/flows/nightly-export/executions', { input: { day: '2026-11-28' } }, 'rerun-1');
    await reach('rerun-1', 'failed');
    const { page, complaints } = await open('/executions/rerun-1');
    await page.locator('.node[data-box="upload"][data-state="failed"]').click();
    const panel = page.getByRole('complementary', { name: 'upload' });
    await panel.getByRole('button', { name: 'Rerun from here…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Rerun from upload?' });
    const editor = dialog.getByLabel('Input');
    assert.deepEqual(JSON.parse(await editor.inputValue()), { day: '2026-11-28' });
    assert.deepEqual(await faultsOf(page), []);
    await picture(page, 'acts-rerun', false);
    await editor.fill('{ day');
    await dialog.getByRole('button', { name: 'Make the copy' }).click();
    await dialog.getByText('The input is no JSON.').waitFor();
    await post('/flows/repair/executions', { input: null }, 'repair-1');
    await reach('repair-1', 'completed');
    await editor.fill('{ "day": "2026-11-30" }');
    await dialog.getByRole('button', { name: 'Make the copy' }).click();
    await page.waitForURL(({ pathname }) => /\/executions\/(?!rerun-1$)/.test(pathname));
    await page.getByRole('link', { name: 'rerun-1' }).waitFor();
    await page.locator('.node[data-box="upload"][data-state="done"]').click();
    await panel.getByText('2026-11-30').first().waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const { status, forkedFrom, rerunFrom } = await rig.view(id);
    assert.deepEqual([status, forkedFrom, typeof rerunFrom], ['completed', 'rerun-1', 'string']);
    assert.equal((await rig.view('rerun-1')).status, 'failed', 'the original stays');
    assert.deepEqual(complaints, []);
  });

  it('shows in a strip how far acts on many executions are, also after the dialog and from elsewhere', async () => {
    const ids = Array.from({ length: 12 }, (_, i) => `many-${i}`);
    for (const id of ids) await post('/flows/deadline/executions', {}, id);
    for (const id of ids) await reach(id, 'waiting');
    const filter = { flow: 'deadline' };
    const slow = await post('/bulk', { action: 'pause', filter, ratePerSecond: 1, actor: 'night shift' });
    const { page, complaints } = await open('/executions');
    const strip = page.getByRole('region', { name: 'Pausing 12 executions' });
    await strip.getByText('by night shift').waitFor();
    await strip.getByRole('button', { name: 'Pause' }).click();
    await reach(slow.executionId ?? '', 'paused');
    await strip.getByRole('button', { name: 'Continue' }).waitFor();
    assert.deepEqual(await faultsOf(page), []);
    await picture(page, 'acts-strip');
    await page.setViewportSize(PHONE);
    assert.equal(await isWithin(page, strip), true);
    assert.equal(await isWithin(page, page.locator('.cards .card').first()), true);
    await picture(page, 'acts-strip-390');
    await page.setViewportSize({ width: 1440, height: 900 });
    await strip.getByRole('button', { name: 'Continue' }).click();

    await page.getByLabel('Select many-11').check({ force: true });
    const bar = page.getByRole('region', { name: 'Selected executions' });
    await bar.getByRole('button', { name: 'Cancel…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel 1 execution?' });
    await dialog.getByRole('button', { name: 'Cancel 1' }).click();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    const own = page.getByRole('region', { name: 'Cancelling 1 execution' });
    await own.getByText('1 of 1').waitFor();
    await own.getByRole('button', { name: 'Dismiss' }).click();
    await own.waitFor({ state: 'detached' });
    assert.equal((await rig.view('many-11')).status, 'cancelled');
    await post(`/executions/${slow.executionId}/cancel`, {});
    assert.deepEqual(complaints, []);
  });

  it('signals and intervenes on a phone', async () => {
    await post('/flows/year-report/executions', {}, 'report-1');
    const { page, complaints } = await open('/executions/report-1', PHONE);
    const choose = async (name: string) => {
      await page.getByLabel('More actions').click();
      await page.getByRole('button', { name }).click();
    };
    await page.getByLabel('More actions').click();
    assert.equal(await isWithin(page, page.getByRole('button', { name: 'Signal…' })), true);
    await picture(page, 'acts-menu-390', false);
    await page.getByLabel('More actions').click();
    await choose('Signal…');
    const dialog = page.getByRole('dialog', { name: 'Send a signal' });
    await dialog.getByLabel('Note').fill('Closed early.');
    assert.deepEqual(await faultsOf(page), []);
    await picture(page, 'acts-signal-390', false);
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.waitFor({ state: 'detached' });
    await until(async () => {
      const { text } = await call(`${rig.url}/executions/report-1/history`);
      return text.includes('"signal":"addNote"') ? true : undefined;
    }, 'the signal in the history');
    await choose('Intervene…');
    const form = page.getByRole('dialog', { name: 'Intervene' });
    await form.getByLabel('Text or JSON').fill('Use the new ledger.');
    await form.getByRole('button', { name: 'Not now' }).click();
    await form.waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
  });

  it('says until when a question is open, and what follows without an answer', async () => {
    const { callbackUrl } = await rig.waiting('deadline', 'late-1', null);
    const { page } = await open('/approvals?flow=deadline');
    await page.getByText('continues with the answer that was set for this case').first().waitFor();
    await page.goto(callbackUrl);
    await page.getByText(/^Until .* Without an answer by then, it continues with the answer/).waitFor();
    await picture(page, 'acts-expiry');
  });
});
