/** The wake queue over a standard SQS queue. */
import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { FlowError } from '../../errors/errors.ts';
import { checkJson } from '../../flow/json.ts';
import {
  type SignalMessage,
  signalMessage,
  type WakeMessage,
  type WakeQueue,
  wakeMessage,
} from '../../ports/wake-queue.ts';

/** Entries per SendMessageBatch. */
const BATCH = 10;

/** Creates a queue whose `send` tries every message before it throws. */
export function createSqsQueue(options: { readonly client: SQSClient; readonly queueUrl: string }): WakeQueue {
  const { client, queueUrl } = options;

  async function sendBatch(entries: SendMessageBatchRequestEntry[]): Promise<void> {
    const { Failed: failed = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
    );
    if (failed.length === 0) return;
    const reasons = new Set(failed.map(({ Code, Message }) => `${Code}: ${Message}`));
    throw new Error(
      `SQS queue ${queueUrl} refused ${failed.length} of ${entries.length} messages: ${[...reasons].join('; ')}`,
    );
  }

  return {
    async send(messages) {
      const entries = messages.map(({ message, delaySeconds }, i) => ({
        Id: String(i % BATCH),
        MessageBody: JSON.stringify(message),
        DelaySeconds: delaySeconds,
      }));
      const batches = Array.from({ length: Math.ceil(entries.length / BATCH) }, (_, i) =>
        entries.slice(i * BATCH, (i + 1) * BATCH),
      );
      const errors = (await Promise.allSettled(batches.map(sendBatch))).flatMap((sent) =>
        sent.status === 'rejected' ? [sent.reason] : [],
      );
      if (errors.length > 1)
        throw new AggregateError(errors, `${errors.length} message batches were not sent to SQS queue ${queueUrl}`);
      if (errors.length > 0) throw errors[0];
    },
  };
}

/**
 * Parses a queue message: a wake-up of this package, or a signal of another system (it has a `signal`).
 * @throws FlowError `invalid_request` for any other text; a retry would fail again
 */
export function parseQueueMessage(body: string): WakeMessage | SignalMessage {
  const json = parseJson(body);
  if (typeof json !== 'object' || json === null || !('signal' in json)) return parseWakeMessage(body);
  const parsed = signalMessage.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new FlowError('invalid_request', `The queue message is not a valid signal: ${z.prettifyError(parsed.error)}`);
}

/** Parses a wake-up. @throws FlowError `invalid_request` for any other text; a retry would fail again */
export function parseWakeMessage(body: string): WakeMessage {
  const parsed = wakeMessage.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new FlowError('invalid_request', `The queue message is not a wake-up: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

/** Returns `undefined` for text that is not JSON or is nested too deeply to be stored. */
function parseJson(body: string): unknown {
  try {
    return checkJson(JSON.parse(body), 'message');
  } catch {
    return undefined;
  }
}
