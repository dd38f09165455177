/** Runs osls, the maintained fork of the Serverless Framework 3, on the service of a folder. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PROJECT } from '../roots.ts';

/** @throws Error when the project has no osls */
function program(): string {
  return createRequire(join(PROJECT, 'package.json')).resolve('osls/bin/serverless.js');
}

// osls writes nothing to the user's home directory, and deprecated settings are errors.
const QUIET = {
  SLS_DEPRECATION_NOTIFICATION_MODE: 'error',
  SLS_SCHEMA_CACHE_BASE_DIR: join(PROJECT, 'node_modules/.cache'),
};

/** Runs osls with its output on the terminal. @throws Error when osls fails */
export async function osls(args: readonly string[], to: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
  const child = spawn(process.execPath, [program(), ...args], {
    cwd: PROJECT,
    env: { ...process.env, ...QUIET },
    stdio: ['inherit', to === 'stdout' ? 'inherit' : process.stderr, 'inherit'],
  });
  const code = await new Promise((done, failed) => child.on('error', failed).on('close', done));
  if (code !== 0) throw new Error(`osls ${args[0] ?? ''} failed (${code}).`);
}

/** Packages offline, without credentials and without output. @throws Error with the output of osls when it fails */
export async function oslsPackage(folder: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [program(), 'package', ...args], {
    cwd: folder,
    env: { ...process.env, ...QUIET, AWS_EC2_METADATA_DISABLED: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => output.push(part));
  const code = await new Promise((done, failed) => child.on('error', failed).on('close', done));
  if (code !== 0) throw new Error(`osls package failed (${code}):\n${Buffer.concat(output).toString()}`);
}
