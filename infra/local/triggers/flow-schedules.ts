/** Starts flows by their schedules, as EventBridge Scheduler does: to the minute, each start with the time it was due. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Clock } from '../../../lib/ports/system.ts';
import { SCHEDULED_TIME } from '../../build/schedules.ts';
import { describe, type Log } from '../http/front.ts';
import { dueOf } from './due.ts';
import type { Pump } from './queue-pump.ts';

export interface FlowSchedule {
  readonly expression: string;
  readonly timezone: string;
  /** JSON of the event. */
  readonly input: string;
}

const MINUTE = 60_000;
/** A busy machine makes up for minutes missed within this time (ms). After a night asleep it must not start everything. */
const MISSED_LIMIT = 5 * MINUTE;

const Entry = z.object({
  Type: z.literal('AWS::Scheduler::Schedule'),
  Properties: z.object({
    ScheduleExpression: z.string(),
    ScheduleExpressionTimezone: z.string(),
    Target: z.object({ Input: z.string() }),
  }),
});

/** @param file the schedules that the build wrote for the stack */
export async function readFlowSchedules(file: string): Promise<readonly FlowSchedule[]> {
  const { Resources } = JSON.parse(await readFile(file, 'utf8')) as { Resources: Readonly<Record<string, unknown>> };
  return Object.values(Resources).flatMap((resource) => {
    const { data } = Entry.safeParse(resource);
    if (!data) return [];
    const { ScheduleExpression: expression, ScheduleExpressionTimezone: timezone, Target } = data.Properties;
    return [{ expression, timezone, input: Target.Input }];
  });
}

/**
 * Begins with the next full minute. From then on every minute is handled, also when the process wakes late, except minutes
 * that are more than five minutes ago.
 */
export function createFlowSchedules(options: {
  readonly schedules: readonly FlowSchedule[];
  readonly clock: Clock;
  readonly invoke: (event: unknown) => Promise<unknown>;
  readonly log: Log;
}): Pump {
  const { clock, invoke, log } = options;
  const running = new Set<Promise<void>>();
  let stopping: AbortController | undefined;
  let loop: Promise<void> | undefined;
  const plans = options.schedules.flatMap(({ expression, timezone, input }) => {
    try {
      return [{ isDue: dueOf(expression, timezone), input }];
    } catch (error) {
      log(`${input}: ${(error as Error).message} It does not start here.`);
      return [];
    }
  });

  const fire = (input: string, at: number): void => {
    const event: unknown = JSON.parse(input.replace(SCHEDULED_TIME, new Date(at).toISOString()));
    const run: Promise<void> = invoke(event)
      .then(() => undefined)
      .catch((error: unknown) => log(`schedule: ${describe(error)}`))
      .finally(() => running.delete(run));
    running.add(run);
  };

  const minute = (): number => Math.floor(clock.now() / MINUTE) * MINUTE;

  async function run(signal: AbortSignal): Promise<void> {
    for (let next = minute() + MINUTE; ; next += MINUTE) {
      // Timers can end early and the clock can be changed, so a single sleep lasts at most a minute.
      while (clock.now() < next && !signal.aborted) {
        next = Math.min(next, minute() + MINUTE);
        await clock.sleep(next - clock.now(), signal);
      }
      if (signal.aborted) return;
      next = Math.max(next, minute() - MISSED_LIMIT);
      for (const { isDue, input } of plans) if (isDue(next)) fire(input, next);
    }
  }

  return {
    start() {
      if (stopping || plans.length === 0) return;
      stopping = new AbortController();
      loop = run(stopping.signal);
    },
    async stop() {
      stopping?.abort();
      await loop;
      stopping = undefined;
      await Promise.all(running);
    },
  };
}
