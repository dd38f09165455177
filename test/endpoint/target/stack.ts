/** Deploys a stage as a user would, and removes it afterwards. */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ROOT } from '../../../infra/roots.ts';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/client.ts';
import { signer } from './signer.ts';
import { createDriver, type Target } from './target.ts';

const FLOW_APP = fileURLToPath(new URL('../app.ts', import.meta.url));
const LOCALHOST = fileURLToPath(new URL('localhost-dns.cjs', import.meta.url));

/** What is deployed. */
export interface Project {
  readonly folder: string;
  readonly service: string;
  readonly stage: string;
  /** More arguments of `npm run deploy`. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds a lease lives in that stage. */
  readonly lease: number;
}

/** The stage `trial` of this repository. */
const TRIAL: Project = {
  folder: ROOT,
  service: 'durable-triggerflow',
  stage: 'trial',
  args: [],
  env: { ...process.env, FLOW_APP },
  lease: 4_000,
};

export async function openStack(endpoint: string | undefined, project = TRIAL): Promise<Target> {
  const npm = (command: Command, args: readonly string[] = []) => runNpm(project, command, endpoint, args);
  await npm('deploy', project.args);
  const stack = `${project.service}-${project.stage}`;
  const access = endpoint === undefined ? {} : { endpoint };
  const cloudFormation = new CloudFormationClient(access);
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  const { StackResources } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: stack }));
  cloudFormation.destroy();
  const idOf = (logicalId: string) => {
    const found = StackResources?.find((each) => each.LogicalResourceId === logicalId)?.PhysicalResourceId;
    if (!found) throw new Error(`The stack has no ${logicalId}.`);
    return found;
  };
  const baseUrl = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'HttpApiUrl')?.OutputValue;
  if (!baseUrl) throw new Error('The stack says nothing of its HTTP API.');
  const dynamo = createDynamoClient(access);
  const sqs = new SQSClient({ ...access, useQueueUrlAsEndpoint: endpoint === undefined });
  return {
    ...createDriver({
      door: { ...doorOf(baseUrl, endpoint, idOf('HttpApi')), sign: signer() },
      baseUrl,
      dynamo,
      tableName: idOf('FlowTable'),
    }),
    sqs,
    queues: { wake: idOf('WakeQueue'), dead: idOf('DeadLetterQueue'), schedules: idOf('ScheduleDeadLetterQueue') },
    async redrive(purge) {
      const printed = await npm('dead-letters', purge ? ['--purge'] : []);
      const [messages, starts] = ['messages: (\\d+) moved back, (\\d+)', 'starts: (\\d+) made again, (\\d+)'].map(
        (line) => {
          const [, moved, left] = new RegExp(`${line} ${purge ? 'deleted' : 'left'}`).exec(printed) ?? [];
          return { moved: Number(moved), left: Number(left) };
        },
      );
      if (!messages || !starts) throw new Error(printed);
      return { messages, starts };
    },
    cli: ([command = '', ...args]) => runNpm(project, 'cli', endpoint, args, [command]),
    lease: project.lease,
    async close() {
      dynamo.destroy();
      sqs.destroy();
      // As from a fresh clone, without a build.
      await rm(join(project.folder, 'dist'), { recursive: true });
      await npm('remove', ['--yes']);
    },
  };
}

/** An emulator serves all APIs at one address and selects them by the Host header. */
function doorOf(baseUrl: string, endpoint: string | undefined, apiId: string) {
  if (endpoint === undefined) return { url: baseUrl };
  return { url: endpoint, host: `${apiId}.execute-api.localhost:${new URL(endpoint).port}` };
}

type Command = 'deploy' | 'remove' | 'dead-letters' | 'cli';

/** Returns the output. */
async function runNpm(
  { folder, stage, env }: Project,
  command: Command,
  endpoint: string | undefined,
  args: readonly string[],
  first: readonly string[] = [],
): Promise<string> {
  // osls names buckets as hosts below `localhost`, which not every system resolves.
  const node = endpoint === undefined ? {} : { NODE_OPTIONS: `--require ${JSON.stringify(LOCALHOST)}` };
  const child = spawn('npm', ['run', '--silent', command, '--', ...first, '--stage', stage, ...args], {
    cwd: folder,
    env: { ...env, ...node },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => output.push(part));
  const code = await new Promise((done, failed) => child.on('error', failed).on('close', done));
  if (code !== 0) throw new Error(`npm run ${command} failed (${code}):\n${Buffer.concat(output)}`);
  return Buffer.concat(output).toString();
}
