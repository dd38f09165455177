/** Finds the source that this copy of the package was installed from, so that a new project installs the same one. */
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { ROOT } from '../roots.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * Returns a tarball or folder as a path relative to the new project, otherwise the installed version.
 * @param project folder of the new project
 * @param root folder of the package
 */
export async function sourceOfPackage(project: string, root = ROOT): Promise<string> {
  const own = await readManifest(resolve(root));
  if (!own) throw new Error(`${root} has no package.json.`);
  // npx also installs into a folder whose package.json names the source.
  for (let folder = dirname(resolve(root)); folder !== dirname(folder); folder = dirname(folder)) {
    const { dependencies, devDependencies } = (await readManifest(folder)) ?? {};
    const source = dependencies?.[own.name] ?? devDependencies?.[own.name];
    if (source === undefined) continue;
    if (source.startsWith('file:')) return `file:${relative(project, resolve(folder, source.slice('file:'.length)))}`;
    if (/^(https?|git\+|github:)/.test(source)) return source;
    break;
  }
  return `^${own.version}`;
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Manifest);
}
