import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as everythingInMemory } from 'node:timers/promises';
import { SCHEDULED_TIME, scheduleResources } from '../../../infra/build/schedules.ts';
import { dueOf } from '../../../infra/local/triggers/due.ts';
import { createFlowSchedules, readFlowSchedules } from '../../../infra/local/triggers/flow-schedules.ts';
import { createFakeClock } from '../../../lib/adapters/memory/clock.ts';
import { defineFlow } from '../../../lib/index.ts';
import type { Clock } from '../../../lib/ports/system.ts';

const START = Date.parse('2026-03-02T08:58:30Z'); // a Monday

interface Start {
  readonly start: { readonly schedule: string; readonly scheduledTime: string; readonly input?: unknown };
}

test('cron and rate start at their minutes with the scheduled time, until stopped', async () => {
  const flow = defineFlow({
    name: 'tick',
    schedules: [
      { id: 'morning', cron: '0 10 ? * MON-FRI *', timezone: 'Europe/Berlin', input: { n: 1 } },
      { id: 'often', rate: '2 minutes' },
      { id: 'odd', cron: '0 0 L * ? *' },
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'flow-schedules-'));
  const file = join(folder, 'schedules.json');
  await writeFile(file, JSON.stringify({ Resources: scheduleResources({ flows: [flow] }) }));
  const clock = createFakeClock(START);
  const fired: string[] = [];
  const lines: string[] = [];
  const starts = createFlowSchedules({
    schedules: await readFlowSchedules(file),
    clock,
    async invoke(event) {
      const { schedule, scheduledTime, input } = (event as Start).start;
      fired.push(`${schedule} ${scheduledTime} ${JSON.stringify(input)}`);
      throw new Error('no store');
    },
    log: (line) => lines.push(line),
  });
  await rm(folder, { recursive: true });
  assert.deepEqual(
    {
      lineCount: lines.length,
      namesExpression: /does not support the expression cron\(0 0 L \* \? \*\)/.test(lines[0] ?? ''),
    },
    { lineCount: 1, namesExpression: true },
  );

  starts.start();
  starts.start();
  await clock.advance(90_000);
  assert.deepEqual(fired, ['morning 2026-03-02T09:00:00.000Z {"n":1}', 'often 2026-03-02T09:00:00.000Z undefined']);
  await clock.advance(120_000);
  assert.deepEqual(fired.slice(2), ['often 2026-03-02T09:02:00.000Z undefined']);
  await starts.stop();
  await clock.advance(600_000);
  assert.equal(fired.length, 3);
  assert.equal(lines.length, 4);
});

/** Its sleeps miss their end by these milliseconds in turn; the next one lasts until aborted. */
function createLooseClock(start: number, off: readonly number[]): Clock {
  let now = start;
  const left = [...off];
  return {
    now: () => now,
    async sleep(ms, signal) {
      const by = left.shift();
      if (by !== undefined) now += ms + by;
      else if (signal) await once(signal, 'abort');
    },
  };
}

/** The times of a start each minute when the process wakes at these offsets. */
async function timesOf(off: readonly number[]): Promise<readonly string[]> {
  const times: string[] = [];
  const starts = createFlowSchedules({
    schedules: [{ expression: 'rate(1 minute)', timezone: 'UTC', input: JSON.stringify(SCHEDULED_TIME) }],
    clock: createLooseClock(START, off),
    invoke: async (time) => times.push(String(time).slice(11, 19)),
    log: assert.fail,
  });
  starts.start();
  await everythingInMemory();
  await starts.stop();
  return times;
}

test('an early wake-up starts nothing early and skips no minute', async () => {
  assert.deepEqual(await timesOf([-1, 0, -1, -20, 5]), ['08:59:00', '09:00:00']);
});

test('a late process makes up missed minutes in order, up to a limit', async () => {
  assert.deepEqual(await timesOf([150_000, 0]), ['08:59:00', '09:00:00', '09:01:00', '09:02:00']);
  const night = ['16:54:00', '16:55:00', '16:56:00', '16:57:00', '16:58:00', '16:59:00'];
  assert.deepEqual(await timesOf([8 * 3_600_000, 0]), [...night, '17:00:00']);
});

test('a clock that jumps or is set back loses no starts', async () => {
  const HOUR = 3_600_000;
  const around = ['08:55:00', '08:56:00', '08:57:00', '08:58:00', '08:59:00', '09:00:00'];
  assert.deepEqual(await timesOf([-HOUR, HOUR, 0]), [...around, '09:01:00']);
  assert.deepEqual(await timesOf([-HOUR, 0, 0]), ['08:00:00', '08:01:00']);
});

const DUE: readonly (readonly [expression: string, time: string, timezone?: string])[] = [
  ['rate(1 minute)', '2026-03-02T08:59'],
  ['rate(6 hours)', '2026-03-02T18:00'],
  ['cron(* * * * ? *)', '2026-03-02T08:59'],
  ['cron(0/15 8-10 ? * 2 *)', '2026-03-02T08:45'],
  ['cron(5,59 */4 1-5 MAR ? 2026)', '2026-03-02T08:59'],
  ['cron(30 2 ? * SUN *)', '2026-02-28T21:00', 'Asia/Kolkata'],
  ['cron(0 0 1 */3 ? *)', '2026-04-01T00:00'],
  ['cron(0 0 ? * */2 *)', '2026-03-03T00:00'],
].map(([expression = '', time = '', timezone]) => (timezone ? [expression, time, timezone] : [expression, time]));
const NOT_DUE: typeof DUE = [
  ['rate(6 hours)', '2026-03-02T17:00'],
  ['cron(0/15 8-10 ? * 2 *)', '2026-03-02T08:46'],
  ['cron(0/15 8-10 ? * 2 *)', '2026-03-02T11:00'],
  ['cron(0/15 8-10 ? * 1 *)', '2026-03-02T08:45'],
  ['cron(0 0 1 */3 ? *)', '2026-03-01T00:00'],
  ['cron(* * * * ? 2027)', '2026-03-02T08:59'],
];

test("cron expressions follow EventBridge Scheduler's rules", () => {
  const isDue = ([expression, time, timezone = 'UTC']: (typeof DUE)[number]) =>
    dueOf(expression, timezone)(Date.parse(`${time}Z`));
  for (const each of DUE) assert.equal(isDue(each), true, each.join(' '));
  for (const each of NOT_DUE) assert.equal(isDue(each), false, each.join(' '));
  for (const wrong of ['cron(0 0 ? * FRI#2 *)', 'cron(0 0 15W * ? *)', 'cron(0 0 * * *)', 'rate(0 minutes)']) {
    assert.throws(() => dueOf(wrong, 'UTC'), /does not support the expression|cannot read rate/, wrong);
  }
});

test('an hour that occurs twice starts a cron once, in every zone', () => {
  const zones = [
    ['Europe/Berlin', '2026-10-25T00:00:00Z', 'cron(30 2 * * ? *)', '2026-10-25T00:30:00.000Z'],
    ['America/New_York', '2026-11-01T04:00:00Z', 'cron(30 1 * * ? *)', '2026-11-01T05:30:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-04T14:00:00Z', 'cron(45 1 * * ? *)', '2026-04-04T14:45:00.000Z'],
    ['America/St_Johns', '2026-11-01T02:00:00Z', 'cron(15 1 * * ? *)', '2026-11-01T03:45:00.000Z'],
    ['UTC', '2026-10-25T00:00:00Z', 'cron(30 2 * * ? *)', '2026-10-25T02:30:00.000Z'],
  ] as const;
  for (const [zone, from, cron, due] of zones) {
    const isDue = dueOf(cron, zone);
    const minutes = Array.from({ length: 6 * 60 }, (_, i) => Date.parse(from) + i * 60_000);
    assert.deepEqual(
      minutes.filter(isDue).map((at) => new Date(at).toISOString()),
      [due],
      zone,
    );
  }
});

test('an hour skipped in spring starts nothing, and later starts are on time', () => {
  const from = Date.parse('2026-03-29T00:00:00Z');
  const minutes = Array.from({ length: 48 * 60 }, (_, i) => from + i * 60_000);
  const isDue = dueOf('cron(30 2 * * ? *)', 'Europe/Berlin');
  assert.deepEqual(
    minutes.filter(isDue).map((at) => new Date(at).toISOString()),
    ['2026-03-30T00:30:00.000Z'],
  );
});
