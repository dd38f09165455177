/** What has been put aside goes back to work: messages to their queue, starts by the clock to their function. */
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
  /** Put aside still, or deleted by `purge`. */
  readonly left: number;
}

/** Seconds a message is kept from others, so that each is looked at once. */
const HELD = 60;
const EMPTY_AFTER = 2;

/** Repeatable: what comes twice does no harm, so a message is returned first and then deleted. */
export async function returnDeadLetters(options: DeadLetters): Promise<{ messages: Returned; starts: Returned }> {
  const { sqs, queues, invoke, purge = false } = options;
  return {
    messages: await empty(sqs, queues.dead, purge, ({ Body = '' }) => sendAgain(sqs, queues.wake, Body)),
    starts: await empty(sqs, queues.schedules, purge, (message) => startAgain(invoke, message)),
  };
}

/** @param again answers whether the message has been returned */
async function empty(
  sqs: SQSClient,
  QueueUrl: string,
  purge: boolean,
  again: (message: Message) => Promise<boolean>,
): Promise<Returned> {
  const left = new Map<string | undefined, Message>();
  let moved = 0;
  for (let silent = 0; silent < EMPTY_AFTER; ) {
    const received = await receive(sqs, QueueUrl);
    const news = received.filter(({ MessageId }) => !left.has(MessageId));
    silent = news.length === 0 ? silent + 1 : 0;
    for (const message of news) {
      const isReturned = await again(message);
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
      VisibilityTimeout: HELD,
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ['SentTimestamp'],
    }),
  );
  return Messages;
}

/** What nobody can read would only come back. */
async function sendAgain(sqs: SQSClient, QueueUrl: string, MessageBody: string): Promise<boolean> {
  try {
    parseQueueMessage(MessageBody);
  } catch {
    return false;
  }
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  return true;
}

/** A sweep that was given up needs nothing: the next minute had one of its own. */
async function startAgain(invoke: DeadLetters['invoke'], { Body = '', Attributes }: Message): Promise<boolean> {
  const event = parseJson(Body);
  const { data } = ScheduledEvent.safeParse(event);
  if (!data) return typeof event === 'object' && event !== null && 'source' in event && event.source === 'aws.events';
  const { scheduledTime } = data.start;
  // Where nobody filled in when it was due, the time of the message stands for it, however often it is returned.
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
