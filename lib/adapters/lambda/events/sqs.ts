/** The step function's door: a batch of wake-ups from SQS, and of signals that other systems put there. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { defined } from '../../../defined.ts';
import { describeFault } from '../../../errors/errors.ts';
import type { Clock, Logger } from '../../../ports/system.ts';
import type { SignalMessage, WakeMessage } from '../../../ports/wake-queue.ts';
import type { Client } from '../../../runtime/client/types.ts';
import type { Worker } from '../../../runtime/worker/worker.ts';

export interface StepOptions {
  readonly worker: Worker;
  readonly client: Pick<Client, 'signal'>;
  /** Throws on anything else. */
  readonly parse: (body: string) => WakeMessage | SignalMessage;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

type StepContext = Pick<Context, 'getRemainingTimeInMillis'>;

interface Received<Message> {
  readonly messageId: string;
  readonly message: Message;
}

/**
 * Reports as failed what could not be done, and what it can't read: such messages reach the dead-letter queue by their receive
 * count. The rest of the batch is deleted.
 */
export function createStepHandler({ worker, client, parse, clock, log }: StepOptions) {
  const deliver = async ({ messageId, message }: Received<SignalMessage>): Promise<boolean> => {
    const { executionId, signal, value, signalId, correlation } = message;
    try {
      const options = { id: signalId, ...defined({ correlation }) };
      const answer = await client.signal(executionId, signal, value, options);
      if (answer === 'accepted' || answer === 'duplicate') return true;
      // Not the name: a sender may write anything into it.
      log.warn('signal not taken', { messageId, executionId, answer });
      // A sealed or closed execution takes none later either.
      return answer === 'ignored';
    } catch (error) {
      log.error('signal refused', { messageId, executionId, ...describeFault(error) });
      return false;
    }
  };

  return async (event: SQSEvent, context: StepContext): Promise<SQSBatchResponse> => {
    const deadline = clock.now() + context.getRemainingTimeInMillis();
    const failed: string[] = [];
    const wakeUps: Received<WakeMessage>[] = [];
    const signals: Received<SignalMessage>[] = [];
    for (const { messageId, body } of event.Records) {
      try {
        const message = parse(body);
        if ('signal' in message) signals.push({ messageId, message });
        else wakeUps.push({ messageId, message });
      } catch {
        log.error('unreadable message', { messageId });
        failed.push(messageId);
      }
    }
    const taken = await Promise.all(signals.map(deliver));
    failed.push(...signals.filter((_, i) => !taken[i]).map(({ messageId }) => messageId));
    const messages = wakeUps.map(({ message }) => message);
    const outcomes = messages.length === 0 ? [] : await worker.handle(messages, deadline);
    failed.push(...wakeUps.filter((_, i) => outcomes[i] !== 'done').map(({ messageId }) => messageId));
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
