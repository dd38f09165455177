/** `durable-triggerflow init my-app`: a project with one flow, its test, and the settings of its stack. */
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../roots.ts';
import { HELP, parse, readOrExit, UsageError } from '../usage.ts';
import { pnpmSettings, projectManifest } from './manifest.ts';
import { sourceOfPackage } from './source.ts';

const USAGE = `usage: durable-triggerflow init <folder>
`;
const FILES = fileURLToPath(new URL('project/', import.meta.url));
/** Files that hold the name of the project. */
const NAMED = ['serverless.yml', 'README.md'];

export async function initCommand(args: readonly string[]): Promise<void> {
  const folder = await readOrExit(USAGE, () => readFolder(args));
  const name = basename(folder);
  await mkdir(folder, { recursive: true });
  await cp(FILES, folder, { recursive: true });
  // npm leaves a file of this name out of packages.
  await rename(join(folder, 'gitignore'), join(folder, '.gitignore'));
  for (const file of NAMED) {
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file), text.replaceAll('my-app', name));
  }
  const manager = process.env.npm_config_user_agent?.startsWith('pnpm/') ? 'pnpm' : 'npm';
  const own = await readFile(join(ROOT, 'package.json'), 'utf8');
  const manifest = projectManifest(name, await sourceOfPackage(folder), own, manager);
  if (manager === 'pnpm') await writeFile(join(folder, 'pnpm-workspace.yaml'), pnpmSettings(own));
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  process.stdout.write(`Made ${name}. Start it:

  cd ${relative(process.cwd(), folder) || '.'}
  ${manager} install && ${manager} start
`);
}

/** @throws UsageError */
async function readFolder(args: readonly string[]): Promise<string | undefined> {
  const { values, positionals } = parse({ args: [...args], options: { help: HELP }, allowPositionals: true });
  if (values.help) return undefined;
  const [given, ...rest] = positionals;
  if (given === undefined || rest.length > 0) throw new UsageError('Give one folder.');
  const folder = resolve(given);
  const name = basename(folder);
  // It is the name of the stack's functions and roles, too, which AWS limits to 64 characters.
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    throw new UsageError(
      `The folder is "${name}"; it must be 1 to 32 small letters, digits and hyphens, a letter first.`,
    );
  }
  const files = await readdir(folder).catch(() => []);
  if (files.length > 0) throw new UsageError(`${folder} is not empty.`);
  return folder;
}
