import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import type { ScheduledEvent } from 'aws-lambda';
import { createSchedulePump } from '../../../infra/local/triggers/schedule-pump.ts';

beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
afterEach(() => mock.timers.reset());

test('every schedule fires at start and at its rate, also after a failure, until stopped', async () => {
  const fired: string[] = [];
  const lines: string[] = [];
  const schedules = [
    { fn: 'sweep', rate: 'rate(1 minute)' },
    { fn: 'report', rate: 'rate(2 minutes)' },
  ];
  const invoke = async (fn: string, event: unknown) => {
    assert.equal((event as ScheduledEvent).source, 'aws.events');
    fired.push(fn);
    if (fn === 'sweep') throw new Error('no store');
  };
  const pump = createSchedulePump({ schedules, invoke, log: (line) => lines.push(line) });
  pump.start();
  pump.start();
  assert.deepEqual(fired, ['sweep', 'report']);
  mock.timers.tick(60_000);
  assert.deepEqual(fired, ['sweep', 'report', 'sweep']);
  mock.timers.tick(60_000);
  assert.deepEqual(fired.slice(3).sort(), ['report', 'sweep']);
  await pump.stop();
  assert.equal(lines.length, 3);
  mock.timers.tick(600_000);
  assert.equal(fired.length, 5);
});

test('stop waits for a run in flight', async () => {
  let finish: () => void = () => undefined;
  const invoke = () =>
    new Promise<void>((done) => {
      finish = done;
    });
  const pump = createSchedulePump({ schedules: [{ fn: 'sweep', rate: 'rate(1 day)' }], invoke, log: assert.fail });
  pump.start();
  let stopped = false;
  const stopping = pump.stop().then(() => {
    stopped = true;
  });
  await Promise.resolve();
  assert.equal(stopped, false);
  finish();
  await stopping;
});

test('a rate of more days than a timer can hold fires at its rate', async () => {
  const fired: string[] = [];
  const invoke = async (fn: string) => void fired.push(fn);
  const pump = createSchedulePump({ schedules: [{ fn: 'report', rate: 'rate(30 days)' }], invoke, log: assert.fail });
  pump.start();
  const pass = (days: number): number => {
    for (let i = 0; i < days; i += 1) mock.timers.tick(86_400_000);
    return fired.length;
  };
  assert.deepEqual([pass(29), pass(1), pass(29), pass(1)], [1, 2, 2, 3]);
  await pump.stop();
});
