/**
 * `npm run deploy -- --stage dev`: builds, deploys, and makes the signing key of the callback URLs where there is none yet.
 * `npm run remove -- --stage dev`: says what is still open, asks, and removes the stack. The table and the key are kept,
 * because they hold what cannot be made again.
 */
import { SSMClient } from '@aws-sdk/client-ssm';
import { build } from '../build/build.ts';
import { type Arguments, command } from '../cli/command.ts';
import { loadService } from '../local/service/service.ts';
import { ensureCallbackKey } from './callback-key.ts';
import { osls } from './osls.ts';
import { confirmRemoval } from './remove.ts';

async function run(name: 'deploy' | 'remove', given: Arguments): Promise<void> {
  const { stage, region, profile, osls: args } = given;
  const ssm = new SSMClient({ region, ...(profile === undefined ? {} : { profile }) });
  try {
    // Without credentials nothing is worth building.
    await ssm.config.credentials();
    const app = process.env.FLOW_APP;
    // `serverless.yml` includes a file that is built: without it osls cannot read it, not even to remove the stack.
    const { flows } = await build(app ? { app } : {});
    if (name === 'deploy') {
      const { provider } = await loadService(stage);
      const key = String(provider.environment.CALLBACK_KEY_PARAMETER);
      if (await ensureCallbackKey(ssm, key)) process.stdout.write(`made the signing key ${key}\n`);
    } else await confirmRemoval(given, flows);
    await osls([name, ...args]);
  } finally {
    ssm.destroy();
  }
}

export const deployCommand = (args: readonly string[]): Promise<void> =>
  command('deploy', args, (given) => run('deploy', given));

export const removeCommand = (args: readonly string[]): Promise<void> =>
  command('remove', args, (given) => run('remove', given));
