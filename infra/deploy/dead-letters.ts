/** Returns dead letters: messages to their queue, scheduled starts to their function. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { ScheduledEvent } from '../../lib/adapters/lambda/events/scheduled-start.ts';
import { parseQueueMessage } from '../../lib/adapters/sqs/queue.ts';

export interface DeadLetters {
  readonly sqs: SQSClient;
  /** Queue URLs. */
  readonly queues: { readonly wake: string; readonly dead: string; readonly schedules: string };
  /** Calls the schedule function and waits for it. @throws when it fails */
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** Deletes what cannot be returned. */
  readonly purge?: boolean;
}

export interface Returned {
  readonly moved: number;
  /** Entries left in the dead-letter queue, or deleted by `purge`. */
  readonly left: number;
}

/** Visibility timeout in seconds, so that one run examines each message once. */
const VISIBILITY_SECONDS = 60;
const EMPTY_RECEIVES = 2;

/** Returns each message before it deletes it from the dead-letter queue. A crash in between duplicates it, which is harmless. */
export async function returnDeadLetters(options: DeadLetters): Promise<{ messages: Returned; starts: Returned }> {
  const { sqs, queues, invoke, purge = false } = options;
  return {
    messages: await empty(sqs, queues.dead, purge, ({ Body = '' }) => sendAgain(sqs, queues.wake, Body)),
    starts: await empty(sqs, queues.schedules, purge, (message) => startAgain(invoke, message)),
  };
}

/** @param giveBack returns the message and resolves to whether it could */
async function empty(
  sqs: SQSClient,
  QueueUrl: string,
  purge: boolean,
  giveBack: (message: Message) => Promise<boolean>,
): Promise<Returned> {
  const left = new Map<string | undefined, Message>();
  let moved = 0;
  for (let emptyReceives = 0; emptyReceives < EMPTY_RECEIVES; ) {
    const received = await receive(sqs, QueueUrl);
    const unseen = received.filter(({ MessageId }) => !left.has(MessageId));
    emptyReceives = unseen.length === 0 ? emptyReceives + 1 : 0;
    for (const message of unseen) {
      const isReturned = await giveBack(message);
      if (isReturned) moved += 1;
      else left.set(message.MessageId, message);
      const { ReceiptHandle } = message;
      if (isReturned || purge) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  if (!purge) {
    const shown = [...left.values()].map(({ ReceiptHandle }) => ({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    await Promise.all(shown.map((input) => sqs.send(new ChangeMessageVisibilityCommand(input))));
  }
  return { moved, left: left.size };
}

async function receive(sqs: SQSClient, QueueUrl: string): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: VISIBILITY_SECONDS,
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ['SentTimestamp'],
    }),
  );
  return Messages;
}

/** Messages that cannot be parsed stay: the worker would dead-letter them again. */
async function sendAgain(sqs: SQSClient, QueueUrl: string, MessageBody: string): Promise<boolean> {
  try {
    parseQueueMessage(MessageBody);
  } catch {
    return false;
  }
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  return true;
}

/** A failed sweep is not repeated, because another one ran a minute later. */
async function startAgain(invoke: DeadLetters['invoke'], { Body = '', Attributes }: Message): Promise<boolean> {
  const event = parseJson(Body);
  const { data } = ScheduledEvent.safeParse(event);
  if (!data) return typeof event === 'object' && event !== null && 'source' in event && event.source === 'aws.events';
  const { scheduledTime } = data.start;
  // Without a due time in the event, the time of the message is used. It is the same at each return.
  const known = Number.isNaN(Date.parse(scheduledTime)) ? new Date(Number(Attributes?.SentTimestamp)) : scheduledTime;
  return invoke({ start: { ...data.start, scheduledTime: known } }).then(
    () => true,
    (error: unknown) => {
      process.stderr.write(`${data.start.flow}, ${data.start.schedule}: ${String(error)}\n`);
      return false;
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
