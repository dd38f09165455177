/** The wake-up queue of a host from outside: tests take messages while the pump is stopped. */
import assert from 'node:assert/strict';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { LOCAL_ACCESS } from '../../infra/local/endpoint/provision.ts';
import type { Host } from '../../infra/local/host.ts';
import { createSqsClient } from '../../lib/adapters/sqs/client.ts';
import { parseWakeMessage } from '../../lib/adapters/sqs/queue.ts';
import type { WakeMessage } from '../../lib/ports/wake-queue.ts';
import type { Driver } from './drivers/driver.ts';

type Wanted = Pick<WakeMessage, 'executionId' | 'kind'>;

export function openQueue(host: Host, until: Driver['until']) {
  const client = createSqsClient({ endpoint: host.endpoint, ...LOCAL_ACCESS });
  const QueueUrl = host.environment.QUEUE_URL ?? assert.fail('QUEUE_URL');
  const fits = (wanted: Wanted) => (message: Message) => {
    const { executionId, kind } = parseWakeMessage(message.Body ?? '');
    return executionId === wanted.executionId && kind === wanted.kind;
  };
  const show = ({ ReceiptHandle }: Message) =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));

  /** Takes one message and puts back all other received ones. */
  async function take(wanted: Wanted): Promise<Message> {
    const received: Message[] = [];
    const receive = async () => {
      const input = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 };
      received.push(...((await client.send(new ReceiveMessageCommand(input))).Messages ?? []));
      return received.find(fits(wanted));
    };
    const taken = await until(receive, (found) => found !== undefined);
    assert.ok(taken);
    for (const message of received) if (message !== taken) await show(message);
    return taken;
  }

  return {
    take,
    /** Asserts that a message is present and leaves it. */
    async seen(wanted: Wanted): Promise<void> {
      await show(await take(wanted));
    },
    remove: ({ ReceiptHandle }: Message) => client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    /** In the form of the event source mapping. */
    event({ MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '' }: Message): SQSEvent {
      const times = { SentTimestamp: '0', ApproximateFirstReceiveTimestamp: '0' };
      return {
        Records: [
          {
            messageId: MessageId,
            receiptHandle: ReceiptHandle,
            body: Body,
            attributes: { ...times, SenderId: 'test', ApproximateReceiveCount: '1' },
            messageAttributes: {},
            md5OfBody: MD5OfBody,
            eventSource: 'aws:sqs',
            eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:WakeQueue',
            awsRegion: 'us-east-1',
          },
        ],
      };
    },
    /** Waits until every message that is not delayed has been handled. */
    async empty(): Promise<void> {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] });
      const left = async () => {
        const { Attributes = {} } = await client.send(command);
        return names.map((name) => Attributes[name]);
      };
      await until(left, (counts) => counts.every((count) => count === '0'));
    },
    close: () => client.destroy(),
  };
}
