/** Wake-ups over a standard SQS queue. */
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

/** Entries of one SendMessageBatch. */
const BATCH = 10;

/** `send` tries every message before it throws. */
export function createSqsQueue(options: { readonly client: SQSClient; readonly queueUrl: string }): WakeQueue {
  const { client, queueUrl } = options;

  async function sendBatch(entries: SendMessageBatchRequestEntry[]): Promise<void> {
    const { Failed: failed = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
    );
    if (failed.length === 0) return;
    const reasons = new Set(failed.map(({ Code, Message }) => `${Code}: ${Message}`));
    throw new Error(`SQS refused ${failed.length} of ${entries.length} messages: ${[...reasons].join('; ')}`);
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
      if (errors.length > 1) throw new AggregateError(errors, `${errors.length} batches were not sent`);
      if (errors.length > 0) throw errors[0];
    },
  };
}

/**
 * A wake-up of this package, or a signal of another system (it says which `signal`).
 * @throws FlowError `invalid_request` when it is neither; sending it again would not help
 */
export function parseQueueMessage(body: string): WakeMessage | SignalMessage {
  const json = parseJson(body);
  if (typeof json !== 'object' || json === null || !('signal' in json)) return parseWakeMessage(body);
  const parsed = signalMessage.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new FlowError('invalid_request', `Not a signal: ${z.prettifyError(parsed.error)}`);
}

/**
 * The message of a record body.
 * @throws FlowError `invalid_request` when it is not one; sending it again would not help
 */
export function parseWakeMessage(body: string): WakeMessage {
  const parsed = wakeMessage.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new FlowError('invalid_request', `Not a wake message: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

/** `undefined` for what is no JSON, and for what is nested too deeply to be stored. */
function parseJson(body: string): unknown {
  try {
    return checkJson(JSON.parse(body), 'message');
  } catch {
    return undefined;
  }
}
