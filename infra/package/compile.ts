/** Compiles parts of this repository with the TypeScript compiler. */
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../roots.ts';

const run = promisify(execFile);
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

export interface Compilation {
  /** Folders of the repository. */
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Writes files at the paths of their sources below `outDir`. Imports name the JavaScript files, because a package holds no
 * TypeScript.
 */
export async function compile(outDir: string, { include, exclude = [], options }: Compilation): Promise<void> {
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: true,
      typeRoots: [join(ROOT, 'node_modules/@types')],
      rootDir: ROOT,
      outDir,
      ...options,
    },
    include: include.map((folder) => join(ROOT, folder)),
    exclude: exclude.map((folder) => join(ROOT, folder)),
  };
  const project = join(outDir, 'tsconfig.json');
  await writeFile(project, JSON.stringify(config));
  try {
    await run(process.execPath, [TSC, '-p', project]);
  } catch (error) {
    throw new Error(`tsc failed:\n${(error as { readonly stdout?: string }).stdout ?? String(error)}`);
  }
  await rm(project);
  await Promise.all(include.map((folder) => nameJavaScript(join(outDir, folder))));
}

/** Rewrites the imports of declaration files: the compiler only does it in JavaScript files. */
async function nameJavaScript(folder: string): Promise<void> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.d.ts'));
  await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8');
      await writeFile(join(folder, file), text.replaceAll(/((?:from |import\()'\.[^']*)\.ts'/g, "$1.js'"));
    }),
  );
}
