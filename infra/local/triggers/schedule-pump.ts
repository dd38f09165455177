/** Runs EventBridge's `rate(...)` schedules: each fires at the start and then at its rate. */
import { randomUUID } from 'node:crypto';
import type { ScheduledEvent } from 'aws-lambda';
import { describe, type Log } from '../http/front.ts';
import type { ScheduleSource } from '../service/service.ts';
import type { Invoke } from './functions.ts';
import type { Pump } from './queue-pump.ts';

export interface ScheduleOptions {
  readonly schedules: readonly ScheduleSource[];
  readonly invoke: Invoke;
  readonly log: Log;
}

/** Longest time of one timer (ms). Longer rates are counted in minutes. */
const LONGEST_TIMER = 2 ** 31 - 1;

const UNITS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Milliseconds of `rate(5 minutes)`. @throws Error for other expressions, such as cron, which the local host does not support here */
export function parseRate(rate: string): number {
  const [, count, unit] = /^rate\(([1-9]\d{0,5}) (minute|hour|day)s?\)$/.exec(rate.trim()) ?? [];
  if (!count || !unit)
    throw new Error(`The local host cannot read ${rate}. It supports rates such as rate(5 minutes).`);
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}

export function createSchedulePump({ schedules, invoke, log }: ScheduleOptions): Pump {
  const plans = schedules.map(({ fn, rate }) => ({ fn, every: parseRate(rate) }));
  const running = new Set<Promise<void>>();
  let timers: NodeJS.Timeout[] = [];

  function fire(fn: string): void {
    const run: Promise<void> = invoke(fn, scheduledEvent())
      .then(() => undefined)
      .catch((error: unknown) => log(`${fn}: ${describe(error)}`))
      .finally(() => running.delete(run));
    running.add(run);
  }

  function repeat(fn: string, every: number): NodeJS.Timeout {
    const tick = every > LONGEST_TIMER ? UNITS.minute : every;
    let passed = 0;
    return setInterval(() => {
      passed += tick;
      if (passed % every === 0) fire(fn);
    }, tick);
  }

  return {
    start() {
      if (timers.length > 0) return;
      timers = plans.map(({ fn, every }) => repeat(fn, every));
      for (const { fn } of plans) fire(fn);
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      timers = [];
      await Promise.all(running);
    },
  };
}

function scheduledEvent(): ScheduledEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    region: 'us-east-1',
    time: new Date().toISOString(),
    resources: [],
    detail: {},
  };
}
