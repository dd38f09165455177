/** Builds the bundles and packages the service with osls: zips and the CloudFormation template, offline. */
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, ROOT } from './build.ts';
import { command } from './command.ts';
import { oslsPackage } from './osls.ts';

/**
 * Resolves to the path of the CloudFormation template.
 * @param folder holds `serverless.yml` and `infra/*.yml`; takes `dist/` and `.serverless/`
 * @param args of osls: `--stage prod`, `--param authorizer=jwt`, …
 */
export async function packageService(folder = ROOT, args: readonly string[] = []): Promise<string> {
  const app = process.env.FLOW_APP;
  await build({ outDir: join(folder, 'dist'), ...(app ? { app } : {}) });
  await oslsPackage(folder, args);
  return join(folder, '.serverless/cloudformation-template-update-stack.json');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await command('package', process.argv.slice(2), async ({ osls }) => {
    process.stdout.write(`${relative(ROOT, await packageService(ROOT, osls))}\n`);
  });
}
