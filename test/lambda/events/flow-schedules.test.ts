import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createScheduledStart } from '../../../lib/adapters/lambda/events/scheduled-start.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { nextTimeOf } from '../../../lib/runtime/client/starts/next-time.ts';
import { createTestkit } from '../../../lib/testing.ts';
import { recorder } from '../support.ts';

const report = defineFlow({
  name: 'report',
  schedules: [
    { id: 'nightly', cron: '0 3 ? * * *', timezone: 'Europe/Berlin', overlap: 'skip', input: 'all' },
    { id: 'often', rate: '2 hours' },
  ],
});
report.to('ask', (ctx) => ctx.pauseFor({ type: 'ask', payload: null }));
const app = defineApp({ flows: [report], resources: {} });

function open() {
  const kit = createTestkit(app);
  const { log, lines } = recorder();
  const fire = createScheduledStart({ client: kit.client, clock: kit.clock, log });
  const start = async (schedule: string, scheduledTime: string) => {
    await fire({ start: { flow: 'report', schedule, scheduledTime } });
    await kit.drain();
  };
  return { kit, start, lines };
}

describe('schedules', () => {
  it('show what they started last', async () => {
    const { kit, start } = open();
    assert.deepEqual(await kit.client.schedules(), [
      {
        flow: 'report',
        id: 'nightly',
        cron: '0 3 ? * * *',
        timezone: 'Europe/Berlin',
        overlap: 'skip',
      },
      { flow: 'report', id: 'often', rate: '2 hours', timezone: 'UTC', overlap: 'allow' },
    ]);
    await start('often', '2026-01-01T00:00:00Z');
    await kit.advance(3_600_000);
    const [often] = await kit.client.schedules({ id: 'often' });
    const { executionId, ...last } = often?.last ?? {};
    assert.deepEqual(last, { at: '2026-01-01T00:00:00.000Z', status: 'waiting', isOpen: true });
    const view = await kit.view(executionId ?? '');
    assert.deepEqual(view.startedBy, { schedule: 'often' });
    const history = await kit.client.readHistory(executionId ?? '', { limit: 1 });
    assert.equal(history?.items[0]?.schedule, 'often');
  });

  it('skip a start while the last execution is open, where they say so', async () => {
    const { kit, start, lines } = open();
    await start('nightly', '2026-01-01T02:00:00Z');
    await start('nightly', '2026-01-02T02:00:00Z');
    assert.equal((await kit.client.list({ limit: 10 })).items.length, 1);
    assert.match(lines.join(), /skipped/);
    // A repeat of the same time is the same start.
    await start('nightly', '2026-01-01T02:00:00Z');
    assert.match(lines.join(), /existing/);
    const [nightly] = await kit.client.schedules({ flow: 'report', id: 'nightly' });
    await kit.client.cancel(nightly?.last?.executionId ?? '');
    await kit.advance(60_000);
    await start('nightly', '2026-01-03T02:00:00Z');
    assert.equal((await kit.client.list({ limit: 10 })).items.length, 2);
  });

  it('are triggered by a caller, with their input', async () => {
    const { kit } = open();
    const answer = await kit.client.trigger('report', 'nightly', { id: 'now', actor: 'ann', verified: true });
    assert.deepEqual(answer, { kind: 'started', executionId: 'now', status: 'running' });
    const view = await kit.view('now');
    assert.deepEqual([view.input, view.startedBy], ['all', { schedule: 'nightly', actor: 'ann', verified: true }]);
    assert.equal((await kit.client.trigger('report', 'nightly', { id: 'now' })).kind, 'existing');
    await assert.rejects(kit.client.trigger('report', 'none'), { code: 'unknown_flow', message: /no schedule "none"/ });
  });

  it('forget an execution that was erased', async () => {
    const { kit, start } = open();
    await start('often', '2026-01-01T00:00:00Z');
    const [before] = await kit.client.schedules({ id: 'often' });
    await kit.client.erase(before?.last?.executionId ?? '');
    await kit.drain();
    const [after] = await kit.client.schedules({ id: 'often' });
    assert.equal(after?.last, undefined);
    const query = { flow: 'report', name: '$schedule', value: 'often', limit: 1 };
    assert.deepEqual(await kit.ports.attributes.find(query), []);
  });
});

describe('the next time of a schedule', () => {
  const from = Date.parse('2026-03-27T12:01:00Z');
  const next = (cron: string, timezone = 'UTC') => {
    const at = nextTimeOf({ cron, timezone }, from, undefined);
    return at === undefined ? undefined : new Date(at).toISOString();
  };

  it('follows the syntax of EventBridge Scheduler', () => {
    assert.equal(next('0 9 ? * 2-6 *'), '2026-03-30T09:00:00.000Z', 'day 2 is Monday');
    assert.equal(next('0 9 ? * MON-FRI *', 'Europe/Berlin'), '2026-03-30T07:00:00.000Z', 'in summer time');
    assert.equal(next('0/15 * * * ? *'), '2026-03-27T12:15:00.000Z');
    assert.equal(next('0 9 L * ? *'), '2026-03-31T09:00:00.000Z');
    assert.equal(next('0 9 ? * 2#1 *'), '2026-04-06T09:00:00.000Z');
    assert.equal(next('0 9 ? * L *'), '2026-03-28T09:00:00.000Z', 'the last day of the week is Saturday');
    assert.equal(next('0 9 1 1 ? 2027'), '2027-01-01T09:00:00.000Z');
    assert.equal(next('0 9 1 1 ? 2025'), undefined);
    assert.equal(next('0 9 29 2 ? *'), '2028-02-29T09:00:00.000Z');
    assert.equal(next('0 9 15W * ? *'), '2026-04-15T09:00:00.000Z');
    assert.equal(next('0 9 1W 8 ? *'), '2026-08-03T09:00:00.000Z', 'the 1st is a Saturday');
    assert.equal(next('0 9 LW 5 ? *'), '2026-05-29T09:00:00.000Z', 'the 31st is a Sunday');
    assert.equal(next('0 9 ? * FRIL *'), '2026-04-24T09:00:00.000Z');
    assert.equal(next('0 9,17 ? * 6 *'), '2026-03-27T17:00:00.000Z');
  });

  it('follows the clock of its zone', () => {
    assert.equal(next('30 2 29 3 ? *', 'Europe/Berlin'), '2027-03-29T00:30:00.000Z', 'skipped when set forward');
    assert.equal(next('30 2 25 10 ? 2026', 'Europe/Berlin'), '2026-10-25T00:30:00.000Z', 'the first of two');
    assert.equal(next('15 0 ? * * *', 'Asia/Kolkata'), '2026-03-27T18:45:00.000Z');
  });

  it('of a rate counts from the last start', () => {
    const rate = { rate: '10 minutes' };
    assert.equal(nextTimeOf(rate, from, undefined), undefined);
    assert.equal(nextTimeOf(rate, from, from), from + 600_000);
    assert.equal(nextTimeOf(rate, from, from - 1_500_000), from + 300_000);
  });
});
