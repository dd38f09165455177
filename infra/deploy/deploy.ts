/**
 * `npm run deploy -- --stage dev`: builds, deploys, and creates the signing key of the callback URLs if there is none.
 * `npm run remove -- --stage dev`: lists open work, asks for confirmation, and removes the stack. The table and the key are
 * kept, because their content cannot be restored.
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
    // Fails before the build if there are no credentials.
    await ssm.config.credentials();
    const app = process.env.FLOW_APP;
    // `serverless.yml` includes a built file. Without that file osls cannot even remove the stack.
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
