/**
 * Programs that tests need and that are no npm dependencies: installed once by their own package manager, each version
 * into a folder of its own under `.tools/`, which git ignores.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../../infra/roots.ts';

export const TOOLS = join(ROOT, '.tools');

/**
 * The folder that `steps` filled. It gets its name when all of it is there, so an interrupted installation is begun anew.
 * @param name with the version: another version is another folder
 */
export async function installed(name: string, steps: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(TOOLS, name);
  if (await exists(folder)) return folder;
  await mkdir(TOOLS, { recursive: true });
  const part = await mkdtemp(join(TOOLS, `part-${name}-`));
  process.stderr.write(`installing ${name} into .tools/\n`);
  try {
    await steps(part);
    await rename(part, folder);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

/** Runs a program to its end and returns its output. @throws Error with the output when it fails or is missing */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => output.push(part));
  const code = await new Promise((done, failed) => child.on('error', failed).on('close', done));
  const printed = Buffer.concat(output).toString();
  if (code !== 0) throw new Error(`${command} ${args[0] ?? ''} failed (${code}):\n${printed}`);
  return printed;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
