/** The step function's door: a batch of wake-ups from SQS. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Clock, Logger } from '../../ports/system.ts';
import type { WakeMessage } from '../../ports/wake-queue.ts';
import type { Worker } from '../../runtime/worker.ts';

export interface StepOptions {
  readonly worker: Worker;
  /** Throws on anything that is not a wake-up. */
  readonly parse: (body: string) => WakeMessage;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

type StepContext = Pick<Context, 'getRemainingTimeInMillis'>;

/**
 * Reports as failed what the worker could not do, and what it can't read: such messages reach the dead-letter queue by
 * their receive count. The rest of the batch is deleted.
 */
export function createStepHandler({ worker, parse, clock, log }: StepOptions) {
  return async (event: SQSEvent, context: StepContext): Promise<SQSBatchResponse> => {
    const deadline = clock.now() + context.getRemainingTimeInMillis();
    const failed: string[] = [];
    const ids: string[] = [];
    const messages: WakeMessage[] = [];
    for (const { messageId, body } of event.Records) {
      try {
        messages.push(parse(body));
        ids.push(messageId);
      } catch {
        log.error('unreadable message', { messageId });
        failed.push(messageId);
      }
    }
    const outcomes = messages.length === 0 ? [] : await worker.handle(messages, deadline);
    failed.push(...ids.filter((_, i) => outcomes[i] !== 'done'));
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
