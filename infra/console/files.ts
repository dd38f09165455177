/** The static files of the console: built in this repository, or part of the package. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../roots.ts';

export interface ConsoleFile {
  readonly type: string;
  readonly content: Buffer;
}

export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

/** In the package the files are beside this module. */
export const PACKAGED = join(ROOT, 'infra/console/static');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.md': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** @param buildDir folder for the built files, in this repository */
export async function consoleFiles(buildDir: string): Promise<ConsoleFiles> {
  const isPackaged = extname(fileURLToPath(import.meta.url)) === '.js';
  if (!isPackaged) await (await import('./build.ts')).buildConsole(buildDir);
  return readFiles(isPackaged ? PACKAGED : buildDir);
}

export async function readFiles(folder: string): Promise<ConsoleFiles> {
  const names = (await readdir(folder)).filter((name) => Object.hasOwn(TYPES, extname(name)));
  const read = names.map(async (name) => {
    const file = { type: TYPES[extname(name)] ?? 'text/plain', content: await readFile(join(folder, name)) };
    return [name, file] as const;
  });
  return new Map(await Promise.all(read));
}
