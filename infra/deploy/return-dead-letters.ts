/**
 * `durable-triggerflow dead-letters --stage dev`: returns dead-lettered messages to their queue and failed scheduled starts to
 * their function. Unreadable messages and starts that fail again stay; `--purge` deletes them. The command `redrive` is for
 * failed executions.
 */
import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createSqsClient } from '../../lib/adapters/sqs/client.ts';
import { tell } from '../cli/output.ts';
import type { OtherCommand } from '../cli/row.ts';
import { type StageArguments, stageArguments } from '../cli/stage-arguments.ts';
import { loadService } from '../local/service/service.ts';
import { returnDeadLetters } from './dead-letters.ts';

/** Endpoint and credentials come from the environment. */
async function returnAll({ stage, region, profile }: StageArguments, purge: boolean) {
  const access = { region, ...(profile === undefined ? {} : { profile }) };
  const StackName = `${(await loadService(stage)).service}-${stage}`;
  const cloudFormation = new CloudFormationClient(access);
  const lambda = new LambdaClient(access);
  const sqs = createSqsClient(access);
  const idOf = async (LogicalResourceId: string) => {
    const command = new DescribeStackResourceCommand({ StackName, LogicalResourceId });
    const id = (await cloudFormation.send(command)).StackResourceDetail?.PhysicalResourceId;
    if (!id) throw new Error(`The stack ${StackName} has no ${LogicalResourceId}.`);
    return id;
  };
  try {
    const FunctionName = await idOf('ScheduleLambdaFunction');
    return await returnDeadLetters({
      sqs,
      purge,
      queues: {
        wake: await idOf('WakeQueue'),
        dead: await idOf('DeadLetterQueue'),
        schedules: await idOf('ScheduleDeadLetterQueue'),
      },
      async invoke(event) {
        const Payload = Buffer.from(JSON.stringify(event));
        const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
        if (answer.FunctionError) throw new Error(Buffer.from(answer.Payload ?? []).toString());
      },
    });
  } finally {
    for (const client of [cloudFormation, lambda, sqs]) client.destroy();
  }
}

export const deadLettersCommand: OtherCommand = {
  kind: 'other',
  async run(given, { isJson }) {
    const purge = given.flag('purge');
    const returned = await returnAll(await stageArguments(given), purge);
    const { messages, starts } = returned;
    const left = purge ? 'deleted' : 'left';
    const text = `messages: ${messages.moved} moved back, ${messages.left} ${left}\nstarts: ${starts.moved} made again, ${starts.left} ${left}\n`;
    await tell(isJson, text, returned);
  },
};
