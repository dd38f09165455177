import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createScheduledStart } from '../../../lib/adapters/lambda/events/scheduled-start.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';
import { recorder } from '../support.ts';

const nightly = defineFlow({
  name: 'nightly.report',
  input: z.object({ region: z.string() }),
  state: { region: z.string() },
  schedules: [{ id: 'eu', cron: '0 3 ? * * *', timezone: 'Europe/Berlin', input: { region: 'eu' } }],
});
nightly.to('report', async (ctx) => ctx.state.set('region', ctx.input.region));
const app = defineApp({ flows: [nightly], resources: {} });

const event = (scheduledTime: string) => ({
  start: { flow: 'nightly.report', schedule: 'eu', scheduledTime, input: { region: 'eu' } },
});

function open() {
  const kit = createTestkit(app);
  const { log, lines } = recorder();
  const start = createScheduledStart({ client: kit.client, clock: kit.clock, log });
  const list = async () => (await kit.client.list({ limit: 10 })).items;
  return { kit, start, lines, list };
}

describe('a scheduled start', () => {
  it('makes one execution per scheduled time, for any number of deliveries', async () => {
    const { kit, start, list } = open();
    for (const time of ['2026-03-01T02:00:00Z', '2026-03-01T02:00:00.000Z', '2026-03-02T02:00:00Z']) {
      assert.equal(await start(event(time)), true);
    }
    await kit.drain();
    const items = await list();
    assert.equal(items.length, 2);
    for (const { executionId, status, flow } of items) {
      assert.match(executionId, /^eu-2026030[12]T020000Z-[A-Za-z0-9_-]{10}$/);
      assert.deepEqual({ status, flow }, { status: 'completed', flow: 'nightly.report' });
    }
  });

  it("keeps the started execution when the schedule's input has changed since", async () => {
    const { kit, start, list, lines } = open();
    const first = event('2026-03-01T02:00:00Z');
    await start(first);
    await start({ start: { ...first.start, input: { region: 'us' } } });
    await kit.drain();
    const [item, ...others] = await list();
    assert.deepEqual(others, []);
    assert.deepEqual((await kit.client.get(item?.executionId ?? ''))?.result, { region: 'eu' });
    assert.match(lines.join(), /conflict/);
  });

  it('uses the minute when the event lacks its scheduled time', async () => {
    const { kit, start, list } = open();
    const unsaid = event('<aws.scheduler.scheduled-time>');
    await start(unsaid);
    await start(unsaid);
    assert.equal((await list()).length, 1);
    await kit.advance(60_000);
    await start(unsaid);
    assert.equal((await list()).length, 2);
  });

  it('is distinguished from the sweep', async () => {
    const { start, list } = open();
    for (const other of [{}, null, { source: 'aws.events' }, { start: { flow: 'x' } }]) {
      assert.equal(await start(other), false);
    }
    assert.deepEqual(await list(), []);
  });

  it('fails for an unknown flow, so the event is retried', async () => {
    const { start } = open();
    const { start: right } = event('2026-03-01T02:00:00Z');
    await assert.rejects(start({ start: { ...right, flow: 'other' } }), { code: 'unknown_flow' });
  });
});
