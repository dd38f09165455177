/** Writes the files of a new project. Files of the folder are never overwritten. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manager } from './manager.ts';

const FILES = fileURLToPath(new URL('project/', import.meta.url));
/** Files that contain the name of the project or commands of its package manager. */
const NAMED = ['serverless.yml', 'README.md'];
/** Files that a new repository may already have: `.git`, `.gitignore`, a licence … */
const MAY_BE_THERE = /^(\.|licen[cs]e|readme)/i;

/** Why no project can be created in the folder, as a sentence. */
export async function folderProblem(folder: string): Promise<string | undefined> {
  try {
    const files = (await readdir(folder)).filter((file) => !MAY_BE_THERE.test(file));
    if (files.length === 0) return undefined;
    return `${folder} is not empty: it has ${files.slice(0, 3).join(', ')}${files.length > 3 ? ' …' : ''}.`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') return `There is a file where the folder ${folder} would be.`;
    throw error;
  }
}

/**
 * Resolves to the existing files, which are kept.
 * @param more further files by path
 */
export async function writeProject(
  { folder, name, manager }: { readonly folder: string; readonly name: string; readonly manager: Manager },
  more: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const named = (text: string) =>
    text.replaceAll('my-app', name).replaceAll(/\bnpm (install|start|test|run)\b/g, `${manager} $1`);
  const kept: string[] = [];
  const write = async (path: string, text: string) => {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    const present = await readFile(target, 'utf8').catch(() => undefined);
    if (present === undefined) await writeFile(target, text, { flag: 'wx' });
    else if (path === '.gitignore') await writeFile(target, withLines(present, text));
    else kept.push(path);
  };
  const entries = await readdir(FILES, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name).slice(FILES.length);
    const text = await readFile(join(FILES, path), 'utf8');
    // npm does not pack files named .gitignore.
    await write(path === 'gitignore' ? '.gitignore' : path, NAMED.includes(path) ? named(text) : text);
  }
  for (const [path, text] of Object.entries(more)) await write(path, text);
  return kept;
}

/** Returns the text with the missing lines appended. */
function withLines(text: string, lines: string): string {
  const present = text.split(/\r?\n/);
  const missing = lines.split('\n').filter((line) => line !== '' && !present.includes(line));
  return [text.replace(/\n?$/, text === '' ? '' : '\n'), ...missing.map((line) => `${line}\n`)].join('');
}
