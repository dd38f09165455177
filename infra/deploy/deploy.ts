/**
 * `npm run deploy -- --stage dev`: builds, deploys, and creates the signing key of the callback URLs if there is none.
 * `npm run remove -- --stage dev`: lists open work, asks for confirmation, and removes the stack. The table and the key are
 * kept, because their content cannot be restored.
 */
import { SSMClient } from '@aws-sdk/client-ssm';
import { build } from '../build/build.ts';
import type { Given } from '../cli/given.ts';
import { tell } from '../cli/output.ts';
import type { OtherCommand } from '../cli/row.ts';
import { stageArguments } from '../cli/stage-arguments.ts';
import { loadService } from '../local/service/service.ts';
import { ensureCallbackKey } from './callback-key.ts';
import { osls } from './osls.ts';
import { confirmRemoval } from './remove.ts';
import { partsOf } from './settings.ts';

async function run(name: 'deploy' | 'remove', given: Given, isJson: boolean): Promise<void> {
  const place = await stageArguments(given);
  const { stage, region, profile, osls: args } = place;
  const ssm = new SSMClient({ region, ...(profile === undefined ? {} : { profile }) });
  try {
    // Fails before the build if there are no credentials.
    await ssm.config.credentials();
    const app = process.env.FLOW_APP;
    // `serverless.yml` includes a built file. Without that file osls cannot even remove the stack.
    const parts = await partsOf(stage, place.params);
    const { flows } = await build({ ...parts, ...(app ? { app } : {}) });
    if (name === 'deploy') {
      const { provider } = await loadService(stage);
      const key = String(provider.environment.CALLBACK_KEY_PARAMETER);
      if (await ensureCallbackKey(ssm, key)) process.stderr.write(`made the signing key ${key}\n`);
    } else await confirmRemoval({ ...place, yes: given.flag('yes'), isJson }, flows);
    // The output of osls is for people.
    await osls([name, ...args], isJson ? 'stderr' : 'stdout');
    await tell(isJson, '', { stage, region, outcome: name === 'deploy' ? 'deployed' : 'removed' });
  } finally {
    ssm.destroy();
  }
}

export const deployCommand: OtherCommand = {
  kind: 'other',
  run: (given, { isJson }) => run('deploy', given, isJson),
};

export const removeCommand: OtherCommand = {
  kind: 'other',
  run: (given, { isJson }) => run('remove', given, isJson),
};
