/**
 * `npm run deploy -- --stage dev`: builds, deploys, and makes the signing key of the callback URLs where there is none yet.
 * `npm run remove -- --stage dev`: says what is still open, asks, and removes the stack. The table and the key are kept,
 * because they hold what cannot be made again.
 */
import { randomBytes } from 'node:crypto';
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { build } from './build.ts';
import { type Arguments, command } from './command.ts';
import { loadService } from './local/service.ts';
import { osls } from './osls.ts';
import { confirmRemoval } from './remove.ts';

const write = (line: string) => process.stdout.write(`${line}\n`);

/** An existing key stays: URLs that were handed out are signed with it. */
async function ensureCallbackKey(ssm: SSMClient, stage: string): Promise<void> {
  const { provider } = await loadService(stage);
  const Name = String(provider.environment.CALLBACK_KEY_PARAMETER);
  try {
    await ssm.send(new GetParameterCommand({ Name }));
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
    const Value = JSON.stringify({ current: 'k1', keys: { k1: randomBytes(32).toString('base64url') } });
    await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }));
    write(`made the signing key ${Name}`);
  }
}

async function run(name: 'deploy' | 'remove', given: Arguments): Promise<void> {
  const { stage, region, profile, osls: args } = given;
  const ssm = new SSMClient({ region, ...(profile === undefined ? {} : { profile }) });
  try {
    // Without credentials nothing is worth building.
    await ssm.config.credentials();
    const app = process.env.FLOW_APP;
    // `serverless.yml` includes a file that is built: without it osls cannot read it, not even to remove the stack.
    const { flows } = await build(app ? { app } : {});
    if (name === 'deploy') await ensureCallbackKey(ssm, stage);
    else await confirmRemoval(given, flows);
    await osls([name, ...args]);
  } finally {
    ssm.destroy();
  }
}

const [name, ...args] = process.argv.slice(2);
if (name !== 'deploy' && name !== 'remove') throw new Error('deploy.ts takes deploy or remove.');
await command(name, args, (given) => run(name, given));
