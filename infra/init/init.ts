/** `durable-triggerflow init my-app`: creates a project with one flow, its test, and the settings of its stack. */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { Given } from '../cli/given.ts';
import { tell } from '../cli/output.ts';
import type { OtherCommand } from '../cli/row.ts';
import { UsageError } from '../cli/usage.ts';
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

export const initCommand: OtherCommand = {
  kind: 'other',
  run: async (given, { isJson }) => init(given, isJson),
};

async function init(given: Given, isJson: boolean): Promise<void> {
  const own = await readFile(join(ROOT, 'package.json'), 'utf8');
  const { folder, name } = await readPlace(given, packagesOf(own));
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
  await tell(isJson, `${lines.join('\n')}\n`, { name, folder, kept });
}

/** @throws UsageError */
export async function readPlace(given: Given, packages: readonly string[]): Promise<Place> {
  const folder = resolve(given.text('folder'));
  const problem = await folderProblem(folder);
  if (problem) throw new UsageError(problem);
  const name = given.maybe('name') ?? basename(folder);
  const why = nameProblem(name, packages);
  if (why) {
    const rule = 'Use 1 to 32 small letters, digits and hyphens, a letter first';
    throw new UsageError(
      `The project cannot be called "${name}": ${why}. ${rule}. --name gives a name other than the folder's.`,
    );
  }
  return { folder, name };
}
