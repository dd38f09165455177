/** Packages that commands load from the project. They are peers of this package, so a project can lack them. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Manager, managerOf } from '../init/manager.ts';
import { PROJECT, ROOT } from '../roots.ts';

type Versions = Readonly<Record<string, string>>;

/** The relevant part of package.json. The published one has peer dependencies, the repository's the others. */
interface Manifest {
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly peerDependencies?: Versions;
}

/** Names the packages that a command lacks and the line that installs them. `undefined` when none is missing. */
export async function lackOf(command: string, needs: readonly string[]): Promise<string | undefined> {
  const missing = needs.filter((name) => !isInstalled(name));
  if (missing.length === 0) return undefined;
  const own = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const versions = { ...own.dependencies, ...own.devDependencies, ...own.peerDependencies };
  return lackText(command, missing, versions, managerOf());
}

/** @param versions by package */
export function lackText(command: string, missing: readonly string[], versions: Versions, manager: Manager): string {
  const add = manager === 'pnpm' ? 'pnpm add' : 'npm install';
  const line = (options: string, isWanted: (name: string) => boolean) => {
    const specs = missing.filter(isWanted).map((name) => ` "${name}@${versions[name] ?? 'latest'}"`);
    return specs.length === 0 ? [] : [`${add}${options}${specs.join('')}`];
  };
  // zod is a dependency because flows import it. The others are development tools.
  const lines = [...line('', (name) => name === 'zod'), ...line(' --save-dev', (name) => name !== 'zod')];
  return `The command ${command} needs ${missing.join(', ')}, which this project lacks. Run: ${lines.join(' && ')}`;
}

function isInstalled(name: string): boolean {
  try {
    // osls runs as a program of the project. The others are imported by modules of this package.
    if (name === 'osls') createRequire(join(PROJECT, 'package.json')).resolve('osls/package.json');
    else import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
