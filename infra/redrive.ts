/**
 * `npm run redrive -- --stage dev [--purge]`: returns dead-lettered wake-ups to their queue. What nobody can read would only
 * come back: it stays, and goes with `--purge`. Executions that have failed are redriven by
 * `POST /executions/{id}/redrive`.
 */

import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { createSqsClient } from '../lib/adapters/sqs/client.ts';
import { parseWakeMessage } from '../lib/adapters/sqs/queue.ts';
import { loadService } from './local/service.ts';

export interface Redrive {
  readonly sqs: SQSClient;
  /** Queue URLs. */
  readonly from: string;
  readonly to: string;
  /** Deletes what cannot be read. */
  readonly purge?: boolean;
}

/** Seconds a message is kept from others: longer than a pass takes, so that each is looked at once. */
const HELD = 30;
const EMPTY_AFTER = 2;

/** A message is sent before it is deleted: one that is moved twice does no harm, a lost one might. */
export async function redrive({ sqs, from, to, purge = false }: Redrive) {
  const kept: Message[] = [];
  const counts = { moved: 0, unreadable: 0 };
  const remove = (message: Message) =>
    sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle: message.ReceiptHandle }));
  for (let empty = 0; empty < EMPTY_AFTER; ) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: from,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: HELD,
        WaitTimeSeconds: 1,
      }),
    );
    empty = Messages.length === 0 ? empty + 1 : 0;
    for (const message of Messages) {
      if (isReadable(message)) {
        await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody: message.Body }));
        await remove(message);
        counts.moved += 1;
      } else {
        counts.unreadable += 1;
        if (purge) await remove(message);
        else kept.push(message);
      }
    }
  }
  await Promise.all(kept.map((message) => release(sqs, from, message)));
  return counts;
}

function isReadable({ Body = '' }: Message): boolean {
  try {
    parseWakeMessage(Body);
    return true;
  } catch {
    return false;
  }
}

async function release(sqs: SQSClient, QueueUrl: string, { ReceiptHandle }: Message): Promise<void> {
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
}

/** Region, endpoint and credentials come from the environment. */
async function redriveStage(stage: string, purge: boolean) {
  const { service } = await loadService(stage);
  const cloudFormation = new CloudFormationClient({});
  const StackName = `${service}-${stage}`;
  const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
  cloudFormation.destroy();
  const urlOf = (id: string) => {
    const url = StackResources.find(({ LogicalResourceId }) => LogicalResourceId === id)?.PhysicalResourceId;
    if (!url) throw new Error(`The stack ${StackName} has no ${id}.`);
    return url;
  };
  const sqs = createSqsClient();
  try {
    return await redrive({ sqs, from: urlOf('DeadLetterQueue'), to: urlOf('WakeQueue'), purge });
  } finally {
    sqs.destroy();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const options = {
    stage: { type: 'string', short: 's', default: 'dev' },
    purge: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ options });
  redriveStage(values.stage, values.purge).then(
    ({ moved, unreadable }) => {
      const left = values.purge ? 'deleted' : 'left';
      process.stdout.write(`${moved} moved back, ${unreadable} unreadable ${left}\n`);
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}
