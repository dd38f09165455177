/** `durable-triggerflow init my-app`: creates a project with one flow, its test, and the settings of its stack. */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { usageOf } from '../cli/help.ts';
import { HELP, parse, readOrExit, UsageError } from '../cli/usage.ts';
import { ROOT } from '../roots.ts';
import { folderProblem, writeProject } from './files.ts';
import { managerOf } from './manager.ts';
import { packagesOf, pnpmSettings, projectManifest } from './manifest.ts';
import { nameProblem } from './name.ts';
import { sourceOfPackage } from './source.ts';

interface Place {
  readonly folder: string;
  readonly name: string;
}

export async function initCommand(args: readonly string[]): Promise<void> {
  const own = await readFile(join(ROOT, 'package.json'), 'utf8');
  const { folder, name } = await readOrExit(usageOf('init'), () => readPlace(args, packagesOf(own)));
  const manager = managerOf();
  await mkdir(folder, { recursive: true });
  const manifest = projectManifest(name, await sourceOfPackage(folder), own, manager);
  const kept = await writeProject(
    { folder, name, manager },
    {
      'package.json': `${JSON.stringify(manifest, undefined, 2)}\n`,
      ...(manager === 'pnpm' ? { 'pnpm-workspace.yaml': pnpmSettings(own) } : {}),
    },
  );
  const there = relative(process.cwd(), folder);
  const lines = [
    `Made ${name}.${kept.length > 0 ? ` Kept ${kept.join(', ')}.` : ''} Start it:`,
    '',
    ...(there === '' ? [] : [`  cd ${/^[\w./-]+$/.test(there) ? there : `'${there}'`}`]),
    `  ${manager} install && ${manager} start`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** @throws UsageError */
export async function readPlace(args: readonly string[], packages: readonly string[]): Promise<Place | undefined> {
  const options = { help: HELP, name: { type: 'string' } } as const;
  const { values, positionals } = parse({ args: [...args], options, allowPositionals: true });
  if (values.help) return undefined;
  const [given = '', ...rest] = positionals;
  if (given === '' || rest.length > 0) throw new UsageError('Give one folder, such as my-app. A dot is this folder.');
  const folder = resolve(given);
  const problem = await folderProblem(folder);
  if (problem) throw new UsageError(problem);
  const name = values.name ?? basename(folder);
  const why = nameProblem(name, packages);
  if (why) {
    const rule = 'Use 1 to 32 small letters, digits and hyphens, a letter first';
    throw new UsageError(
      `The project cannot be called "${name}": ${why}. ${rule}. --name gives a name other than the folder's.`,
    );
  }
  return { folder, name };
}
