/** The confirmation of `npm run remove -- --stage dev`: lists open work and the resources that are kept, then asks. */
import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores } from '../../lib/adapters/dynamodb/stores.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { confirm } from '../cli/ask.ts';
import type { StageArguments } from '../cli/stage-arguments.ts';
import { loadService } from '../local/service/service.ts';
import { type OpenWork, openWork, removalText } from './open-work.ts';

export interface Removal extends Pick<StageArguments, 'stage' | 'region' | 'profile'> {
  /** Removes without asking. */
  readonly yes: boolean;
  readonly isJson: boolean;
}

/** @throws UsageError when the answer is not the name of the stage, or when there is neither a terminal nor `--yes` */
export async function confirmRemoval(given: Removal, flows: readonly string[]): Promise<void> {
  const { stage, yes, isJson } = given;
  const { service, provider } = await loadService(stage);
  const stack = `${service}-${stage}`;
  const kept = ['the table', `the signing key ${String(provider.environment.CALLBACK_KEY_PARAMETER)}`];
  const output = isJson ? process.stderr : process.stdout;
  output.write(removalText(stack, kept, await readOpenWork(given, stack, flows)));
  if (!yes) await confirm(stage, 'remove the stack', output);
}

async function readOpenWork(
  { region, profile }: Removal,
  StackName: string,
  flows: readonly string[],
): Promise<OpenWork | { readonly problem: string }> {
  const access = { region, ...(profile === undefined ? {} : { profile }) };
  const cloudFormation = new CloudFormationClient(access);
  const client = createDynamoClient(access);
  try {
    const command = new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'FlowTable' });
    const tableName = (await cloudFormation.send(command)).StackResourceDetail?.PhysicalResourceId;
    if (!tableName) return { problem: `the stack ${StackName} has no table.` };
    const { executions } = createDynamoStores({ client, tableName, clock: systemClock });
    return await openWork(executions, flows);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  } finally {
    cloudFormation.destroy();
    client.destroy();
  }
}
