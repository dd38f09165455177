/** `npm run console -- --stage dev`: serves the console of a deployed stage until it is interrupted. */
import { once } from 'node:events';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { type Arguments, command } from '../cli/command.ts';
import { loadService } from '../local/service/service.ts';
import { PROJECT } from '../roots.ts';
import { consoleFiles } from './files.ts';
import { createPages } from './pages.ts';
import { createSigner } from './signer.ts';
import { openStageServer } from './stage-server.ts';

const DEFAULT_PORT = 3001;

export const consoleCommand = (args: readonly string[]): Promise<void> => command('console', args, open);

async function open({ stage, region, profile }: Arguments): Promise<void> {
  const cloudFormation = new CloudFormationClient({ region, ...(profile === undefined ? {} : { profile }) });
  try {
    const apiUrl = await apiUrlOf(cloudFormation, stage, region);
    const server = await openStageServer({
      port: portOf(process.env.PORT),
      apiUrl,
      pages: createPages(() => consoleFiles(join(PROJECT, '.local/console')), stage),
      sign: createSigner(region, () => cloudFormation.config.credentials()),
    });
    process.stdout.write(`Console of ${stage}: ${server.url}/console\nIt acts as you, on ${apiUrl}. Ctrl+C ends it.\n`);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await server.close();
  } finally {
    cloudFormation.destroy();
  }
}

async function apiUrlOf(client: CloudFormationClient, stage: string, region: string): Promise<string> {
  const StackName = `${(await loadService(stage)).service}-${stage}`;
  const command = new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'HttpApi' });
  const id = (await client.send(command)).StackResourceDetail?.PhysicalResourceId;
  if (!id) throw new Error(`The stack ${StackName} has no HTTP API.`);
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://${id}.execute-api.${region}.${suffix}`;
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`PORT is "${text}"; it must be a number from 0 to 65535.`);
  return port;
}
