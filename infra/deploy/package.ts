/** Builds the bundles and packages the service with osls: zips and the CloudFormation template, offline. */
import { join, relative } from 'node:path';
import { build } from '../build/build.ts';
import { tell } from '../cli/output.ts';
import type { OtherCommand } from '../cli/row.ts';
import { stageArguments } from '../cli/stage-arguments.ts';
import { PROJECT } from '../roots.ts';
import { oslsPackage } from './osls.ts';
import { partsOf, settingsIn } from './settings.ts';

/**
 * Resolves to the path of the CloudFormation template.
 * @param folder holds `serverless.yml` and `infra/*.yml`; takes `dist/` and `.serverless/`
 * @param args of osls: `--stage prod`, `--param authorizer=jwt`, …
 */
export async function packageService(folder = PROJECT, args: readonly string[] = []): Promise<string> {
  const app = process.env.FLOW_APP;
  const { stage, params } = settingsIn(args);
  const parts = await partsOf(stage, params);
  await build({ outDir: join(folder, 'dist'), ...parts, ...(app ? { app } : {}) });
  await oslsPackage(folder, args);
  return join(folder, '.serverless/cloudformation-template-update-stack.json');
}

export const packageCommand: OtherCommand = {
  kind: 'other',
  async run(given, { isJson }) {
    const { osls } = await stageArguments(given);
    const template = relative(PROJECT, await packageService(PROJECT, osls));
    await tell(isJson, `${template}\n`, { template });
  },
};
