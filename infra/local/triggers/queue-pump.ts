/**
 * Lambda's event source mapping for one queue: receives batches, invokes the function, and deletes what it did not
 * report as failed. Redelivery and the dead-letter queue are the queue's own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { describe, type Log } from '../http/front.ts';
import type { Invoke } from './functions.ts';

export interface PumpOptions {
  readonly client: SQSClient;
  readonly queueArn: string;
  readonly fn: string;
  readonly batchSize: number;
  /** Concurrent invocations. */
  readonly concurrency: number;
  /** True when the function reports the failed messages (`ReportBatchItemFailures`). */
  readonly partial: boolean;
  readonly invoke: Invoke;
  readonly log: Log;
}

export interface Pump {
  start(): void;
  /** Stops receiving and waits for running invocations. */
  stop(): Promise<void>;
}

// Polls are never aborted, because a message handed to an aborted poll stays invisible for the whole visibility
// timeout. So they are short, and `stop` waits for the last one.
const WAIT_SECONDS = 1;
const PAUSE_AFTER_ERROR = 1000;

export function createPump(options: PumpOptions): Pump {
  const running = new Set<Promise<void>>();
  let stopping = true;
  let loop: Promise<void> | undefined;
  let queueUrl: string | undefined;

  async function run(): Promise<void> {
    while (!stopping) {
      try {
        queueUrl ??= await findQueue(options);
        const messages = await receive(options, queueUrl);
        if (messages.length > 0) launch(deliver(options, queueUrl, messages));
      } catch (error) {
        options.log(`queue of ${options.fn}: ${describe(error)}`);
        await sleep(PAUSE_AFTER_ERROR);
      }
      while (running.size >= options.concurrency) await Promise.race(running);
    }
  }

  function launch(delivery: Promise<void>): void {
    const tracked = delivery
      .catch((error: unknown) => options.log(`${options.fn}: ${describe(error)}`))
      .finally(() => running.delete(tracked));
    running.add(tracked);
  }

  return {
    start() {
      if (!stopping) return;
      stopping = false;
      // The old loop ends first if a stop is still in progress.
      loop = (loop ?? Promise.resolve()).then(run);
    },
    async stop() {
      stopping = true;
      await loop;
      await Promise.all(running);
    },
  };
}

/** Ids of the messages that stay on the queue, by the rules of a partial batch response. */
export function failedOf(ids: readonly string[], response: unknown): ReadonlySet<string> {
  const all = new Set(ids);
  const parsed = BatchResponse.safeParse(response);
  if (!parsed.success) return all;
  const failed = (parsed.data?.batchItemFailures ?? []).map((failure) => failure.itemIdentifier);
  return failed.every((id) => all.has(id)) ? new Set(failed) : all;
}

const BatchResponse = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).nullish() })
  .nullish();

async function findQueue({ client, queueArn }: PumpOptions): Promise<string> {
  const name = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  if (!QueueUrl) throw new Error(`There is no queue ${name}.`);
  return QueueUrl;
}

async function receive({ client, batchSize }: PumpOptions, QueueUrl: string): Promise<Message[]> {
  const answer = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: Math.min(batchSize, 10),
      WaitTimeSeconds: WAIT_SECONDS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  );
  return answer.Messages ?? [];
}

async function deliver(options: PumpOptions, QueueUrl: string, messages: readonly Message[]): Promise<void> {
  const event: SQSEvent = { Records: messages.map((message) => toRecord(message, options.queueArn)) };
  const response = await options.invoke(options.fn, event);
  const ids = event.Records.map((record) => record.messageId);
  const failed = options.partial ? failedOf(ids, response) : new Set<string>();
  const done = event.Records.filter((record) => !failed.has(record.messageId));
  if (done.length === 0) return;
  await options.client.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: done.map((record, index) => ({ Id: String(index), ReceiptHandle: record.receiptHandle })),
    }),
  );
}

function toRecord(message: Message, queueArn: string): SQSRecord {
  const { SentTimestamp = '', SenderId = '', ...others } = message.Attributes ?? {};
  const { ApproximateReceiveCount = '1', ApproximateFirstReceiveTimestamp = SentTimestamp, ...rest } = others;
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: { ...rest, SentTimestamp, SenderId, ApproximateReceiveCount, ApproximateFirstReceiveTimestamp },
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType = 'String', StringValue }]) => [
        name,
        { dataType: DataType, ...(StringValue === undefined ? {} : { stringValue: StringValue }) },
      ]),
    ),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
}
