/** The schedule function's door: looks for what is due and sends wake-ups. */
import type { Context } from 'aws-lambda';
import type { Clock, Logger } from '../../../ports/system.ts';
import type { Sweeper } from '../../../runtime/worker/sweeper.ts';

export interface ScheduleOptions {
  readonly sweeper: Sweeper;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

type ScheduleContext = Pick<Context, 'getRemainingTimeInMillis'>;

/** The event says nothing but "now". Throws what the sweep throws, so that a failure shows in the function's metrics. */
export function createScheduleHandler({ sweeper, clock, log }: ScheduleOptions) {
  return async (_event: unknown, context: ScheduleContext): Promise<void> => {
    const swept = await sweeper.sweep(clock.now() + context.getRemainingTimeInMillis());
    if (swept.examined > 0) log.info('swept', { ...swept });
  };
}
