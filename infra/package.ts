/** Builds the bundles and packages the service with osls: zips and the CloudFormation template, offline. */
import { spawn } from 'node:child_process';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, ROOT } from './build.ts';

/**
 * Resolves to the path of the CloudFormation template.
 * @param folder holds `serverless.yml` and `infra/*.yml`; takes `dist/` and `.serverless/`
 */
export async function packageService(folder = ROOT): Promise<string> {
  const app = process.env.FLOW_APP;
  await build({ outDir: join(folder, 'dist'), ...(app ? { app } : {}) });
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/osls/bin/serverless.js'), 'package'], {
    cwd: folder,
    env: { ...process.env, ...OFFLINE },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => output.push(part));
  const code = await new Promise((done, failed) => child.on('error', failed).on('close', done));
  if (code !== 0) throw new Error(`osls package failed (${code}):\n${Buffer.concat(output).toString()}`);
  return join(folder, '.serverless/cloudformation-template-update-stack.json');
}

// Packaging needs no account and leaves nothing in the user's home.
const OFFLINE = {
  AWS_EC2_METADATA_DISABLED: 'true',
  SLS_DEPRECATION_NOTIFICATION_MODE: 'error',
  SLS_SCHEMA_CACHE_BASE_DIR: join(ROOT, 'node_modules/.cache'),
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const template = await packageService();
  process.stdout.write(`${relative(ROOT, template)}\n`);
}
