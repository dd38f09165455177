/**
 * `npm run deploy -- --stage dev`: builds, deploys, and makes the signing key of the callback URLs where there is none yet.
 * `npm run remove -- --stage dev`: removes the stack; the table and the key are kept, because they hold what cannot be made
 * again. Other arguments go to osls: `--param`, `--region`, `--aws-profile`, …
 */
import { randomBytes } from 'node:crypto';
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { build } from './build.ts';
import { loadService } from './local/service.ts';
import { osls } from './osls.ts';

const write = (line: string) => process.stdout.write(`${line}\n`);

function optionOf(args: readonly string[], ...names: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => names.includes(arg));
  const joined = args.find((arg) => names.some((name) => arg.startsWith(`${name}=`)));
  return at >= 0 ? args[at + 1] : joined?.slice(joined.indexOf('=') + 1);
}

/** An existing key stays: URLs that were handed out are signed with it. */
async function ensureCallbackKey(stage: string, args: readonly string[]): Promise<void> {
  const { provider } = await loadService(stage);
  const Name = String(provider.environment.CALLBACK_KEY_PARAMETER);
  const region = optionOf(args, '--region', '-r') ?? process.env.AWS_REGION ?? 'us-east-1';
  const profile = optionOf(args, '--aws-profile');
  const ssm = new SSMClient({ region, ...(profile === undefined ? {} : { profile }) });
  try {
    await ssm.send(new GetParameterCommand({ Name }));
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
    const Value = JSON.stringify({ current: 'k1', keys: { k1: randomBytes(32).toString('base64url') } });
    await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }));
    write(`made the signing key ${Name}`);
  } finally {
    ssm.destroy();
  }
}

const [command = '', ...args] = process.argv.slice(2);
const stage = optionOf(args, '--stage', '-s') ?? 'dev';
try {
  const app = process.env.FLOW_APP;
  // `serverless.yml` includes a file that is built: without it osls cannot read it, not even to remove the stack.
  await build(app ? { app } : {});
  if (command === 'deploy') await ensureCallbackKey(stage, args);
  await osls([command, ...args]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
