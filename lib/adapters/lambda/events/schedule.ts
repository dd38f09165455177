/** The schedule function's sweep: finds due executions and sends their wake-ups. */
import type { Context } from 'aws-lambda';
import type { Clock, Logger } from '../../../ports/system.ts';
import type { Sweeper } from '../../../runtime/worker/sweeper.ts';

export interface ScheduleOptions {
  readonly sweeper: Sweeper;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

type ScheduleContext = Pick<Context, 'getRemainingTimeInMillis'>;

/** The event carries no data. Errors of the sweep are thrown, so that they appear in the function's metrics. */
export function createScheduleHandler({ sweeper, clock, log }: ScheduleOptions) {
  return async (_event: unknown, context: ScheduleContext): Promise<void> => {
    const swept = await sweeper.sweep(clock.now() + context.getRemainingTimeInMillis());
    if (swept.examined > 0) log.info('swept', { ...swept });
  };
}
