/** The schedule function's starts, which flows declare. */
import { z } from 'zod';
import { scheduledStart } from '../../../flow/options/calls.ts';
import { type ScheduledOptions, startScheduled } from '../../../runtime/client/starts/scheduled.ts';

/** The event that a schedule of a flow sends. */
export const ScheduledEvent = z.object({ start: scheduledStart });

/**
 * Returns whether the event was a start. Errors of the start are thrown, so that it is retried and appears in the
 * function's metrics.
 */
export function createScheduledStart(options: ScheduledOptions) {
  return async (event: unknown): Promise<boolean> => {
    const { data } = ScheduledEvent.safeParse(event);
    if (!data) return false;
    await startScheduled(options, data.start);
    return true;
  };
}
