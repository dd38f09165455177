/** Starts by the clock: one execution per schedule and scheduled time, however often the trigger comes. */
import type { Json } from '../../flow/json.ts';
import { digest } from '../../flow/json.ts';
import type { Clock, Logger } from '../../ports/system.ts';
import type { Client } from './types.ts';

export interface ScheduledStart {
  readonly flow: string;
  /** Id of the schedule in the flow. */
  readonly schedule: string;
  /** ISO 8601, of the time it was due, not of the call. */
  readonly scheduledTime: string;
  readonly input?: Json;
}

export interface ScheduledOptions {
  readonly client: Pick<Client, 'start'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

const MINUTE = 60_000;

/** The id of the execution that this start makes: readable, and unique for flow, schedule and time. */
export function scheduledId({ flow, schedule }: Pick<ScheduledStart, 'flow' | 'schedule'>, at: number): string {
  const time = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${schedule}-${time}-${digest([flow, schedule, at]).slice(0, 10)}`;
}

/**
 * A repeat finds the execution that is there. After a deployment that has changed the input of the schedule, too: what was
 * started first stays.
 */
export async function startScheduled({ client, clock, log }: ScheduledOptions, start: ScheduledStart): Promise<void> {
  const { flow, schedule, scheduledTime, input = null } = start;
  const due = Date.parse(scheduledTime);
  // Where the trigger cannot say when it was due, the minute stands for it: schedules are no finer than that.
  const at = Number.isNaN(due) ? Math.floor(clock.now() / MINUTE) * MINUTE : due;
  const id = scheduledId(start, at);
  const { kind } = await client.start(flow, input, { id });
  log.info('scheduled start', { executionId: id, flow, schedule, outcome: kind });
}
