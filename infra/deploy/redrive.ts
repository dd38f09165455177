/**
 * `npm run redrive -- --stage dev [--purge] [--region eu-central-1] [--aws-profile name]`: returns dead-lettered messages to
 * their queue and failed scheduled starts to their function. Unreadable messages and starts that fail again stay;
 * `--purge` deletes them. `POST /executions/{id}/redrive` redrives failed executions.
 */
import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createSqsClient } from '../../lib/adapters/sqs/client.ts';
import { type Arguments, command } from '../cli/command.ts';
import { loadService } from '../local/service/service.ts';
import { returnDeadLetters } from './dead-letters.ts';

/** Endpoint and credentials come from the environment. */
async function redriveStage({ stage, region, profile, purge }: Arguments) {
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

export const redriveCommand = (args: readonly string[]): Promise<void> =>
  command('redrive', args, async (given) => {
    const { messages, starts } = await redriveStage(given);
    const left = given.purge ? 'deleted' : 'left';
    process.stdout.write(`messages: ${messages.moved} moved back, ${messages.left} ${left}\n`);
    process.stdout.write(`starts: ${starts.moved} made again, ${starts.left} ${left}\n`);
  });
