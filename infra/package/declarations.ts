/** The type declarations of lib, as a consumer of the package reads them. */
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../roots.ts';

const run = promisify(execFile);
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** Writes `<outDir>/lib/**.d.ts`. Imports name the JavaScript files, because a package holds no TypeScript. */
export async function emitDeclarations(outDir: string): Promise<void> {
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: true,
      typeRoots: [join(ROOT, 'node_modules/@types')],
      rootDir: ROOT,
      outDir,
    },
    include: [join(ROOT, 'lib')],
  };
  const project = join(outDir, 'tsconfig.json');
  await writeFile(project, JSON.stringify(config));
  await run(process.execPath, [TSC, '-p', project]);
  await rm(project);
  const lib = join(outDir, 'lib');
  const files = (await readdir(lib, { recursive: true })).filter((file) => file.endsWith('.d.ts'));
  await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(lib, file), 'utf8');
      await writeFile(join(lib, file), text.replaceAll(/((?:from |import\()'\.[^']*)\.ts'/g, "$1.js'"));
    }),
  );
}
