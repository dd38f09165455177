/** The code of the documents as modules: each document gets a folder inside the package, where its name resolves. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../../infra/roots.ts';
import { type Fence, fencesOf } from './markdown.ts';

/** Documents whose code is checked. In these a fence is run, or says why it is not. */
export const DOCUMENTS = [
  'README.md',
  'functions/README.md',
  'lib/REFERENCE.md',
  'infra/README.md',
  'infra/SECURITY.md',
  '.github/CONTRIBUTING.md',
];

const CODE = new Set(['ts', 'js', 'sh', 'bash']);

/** What a fence of code lacks, if anything. */
export function fenceProblem({ place, language, file, notRun, words, code }: Fence): string | undefined {
  if (language === 'json') return words.includes('answer') || isJson(code) ? undefined : `${place}: is no JSON`;
  if (!CODE.has(language)) return undefined;
  const isRun = language === 'ts' ? file !== undefined : words.includes('run');
  return isRun || notRun !== undefined ? undefined : `${place}: is not run and does not say why: not-run="…"`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export interface Unpacked {
  /** Imports a module of a document. */
  load(file: string): Promise<Readonly<Record<string, unknown>>>;
  pathOf(file: string): string;
  /** What the compiler says; empty: nothing. */
  compile(): Promise<string>;
  remove(): Promise<void>;
}

/** The modules of a document, by the names that it gives them. */
export async function unpack(document: string): Promise<Unpacked> {
  const parent = join(ROOT, '.local');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'docs-'));
  const pathOf = (file: string) => join(folder, file);
  const files = fencesOf(document).flatMap(({ file, code }) => (file === undefined ? [] : [{ file, code }]));
  for (const { file, code } of files) {
    await mkdir(dirname(pathOf(file)), { recursive: true });
    await writeFile(pathOf(file), code);
  }
  const config = pathOf('tsconfig.json');
  const names = files.map(({ file }) => file);
  await writeFile(config, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), include: [], files: names }));
  return {
    pathOf,
    load: (file) => import(pathToFileURL(pathOf(file)).href),
    async compile() {
      const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
      const said = (error: { stdout?: string }) => ({ stdout: error.stdout || String(error) });
      return (await promisify(execFile)(process.execPath, [compiler, '-p', config]).catch(said)).stdout;
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
