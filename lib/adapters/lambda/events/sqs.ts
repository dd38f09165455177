/** The step function's handler: a batch of wake-ups, and of signals that other systems send to the queue. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { defined } from '../../../defined.ts';
import { describeFault, FlowError } from '../../../errors/errors.ts';
import type { Clock, Logger } from '../../../ports/system.ts';
import type { SignalMessage, WakeMessage } from '../../../ports/wake-queue.ts';
import type { Client } from '../../../runtime/client/types.ts';
import type { Worker } from '../../../runtime/worker/worker.ts';

export interface StepOptions {
  readonly worker: Worker;
  readonly client: Pick<Client, 'signal'>;
  /** Parses a message; throws for any other text. */
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
 * Reports unreadable and failed messages as batch item failures: their receive count moves them to the dead-letter
 * queue. The other messages are deleted.
 */
export function createStepHandler({ worker, client, parse, clock, log }: StepOptions) {
  const deliver = async ({ messageId, message }: Received<SignalMessage>): Promise<boolean> => {
    const { executionId, signal, value, signalId, correlation } = message;
    try {
      const options = { requestId: signalId, ...defined({ correlation }) };
      const answer = await client.signal(executionId, signal, value, options);
      if (answer === 'accepted' || answer === 'duplicate') return true;
      // The signal name is not logged: a sender may put any text into it.
      log.warn('signal not taken', { messageId, executionId, answer });
      // Not a failure: a sealed or closed execution would ignore a retry too.
      return answer === 'ignored';
    } catch (error) {
      const facts = { messageId, executionId, ...describeFault(error) };
      // The message comes again, by when other writers may be done.
      if (FlowError.is(error) && error.code === 'contention') log.warn('signal not confirmed', facts);
      else log.error('signal refused', facts);
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
