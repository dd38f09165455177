/** Scheduled starts: one execution per schedule and scheduled time, however often the trigger is delivered. */
import { digest } from '../../../flow/json.ts';
import type { ScheduledStart } from '../../../flow/options/calls.ts';
import type { Clock, Logger } from '../../../ports/system.ts';
import type { Client } from '../types.ts';

export interface ScheduledOptions {
  readonly client: Pick<Client, 'start' | 'schedules'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

const MINUTE = 60_000;

/** Id of the execution that a scheduled start creates: readable, and unique per flow, schedule and time. */
export function scheduledId({ flow, schedule }: Pick<ScheduledStart, 'flow' | 'schedule'>, at: number): string {
  const time = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${schedule}-${time}-${digest([flow, schedule, at]).slice(0, 10)}`;
}

/**
 * Starts the execution of one scheduled time. A repeat finds the existing execution, even if a deployment changed the
 * schedule's input since.
 */
export async function startScheduled({ client, clock, log }: ScheduledOptions, start: ScheduledStart): Promise<void> {
  const { flow, schedule, scheduledTime, input = null } = start;
  const due = Date.parse(scheduledTime);
  // Without a scheduled time the current minute is used: schedules are no finer than minutes.
  const at = Number.isNaN(due) ? Math.floor(clock.now() / MINUTE) * MINUTE : due;
  const id = scheduledId(start, at);
  const [planned] = await client.schedules({ flow, id: schedule });
  const { overlap, last } = planned ?? {};
  if (overlap === 'skip' && last?.isOpen && last.executionId !== id) {
    log.info('scheduled start', { executionId: id, flow, schedule, outcome: 'skipped' });
    return;
  }
  const { kind } = await client.start(flow, input, { id, startedBy: { schedule } });
  log.info('scheduled start', { executionId: id, flow, schedule, outcome: kind });
}
