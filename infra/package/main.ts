/** `npm run build:package`: dist/package, ready for `npm pack ./dist/package` and `npm publish ./dist/package`. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { buildConsole } from '../console/build.ts';
import { ROOT } from '../roots.ts';
import { compile } from './compile.ts';
import { manifestOf } from './manifest.ts';

/** Files that `init` copies into a new project. */
const PROJECT_FILES = 'infra/init/project';
/** The flow of a new project is the first example. */
const FLOW = 'functions/flows/01-refund-approval.ts';

/** Documents for those who use the package. README.md links to them. */
const DOCUMENTS = [
  'functions/README.md',
  'lib/REFERENCE.md',
  'lib/VOCABULARY.md',
  'infra/README.md',
  'infra/SECURITY.md',
];

/** Resolves to the folder of the package. */
export async function buildPackage(outDir = join(ROOT, 'dist/package')): Promise<string> {
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  await compile(outDir, {
    include: ['lib', 'infra'],
    exclude: ['infra/package', 'lib/console', PROJECT_FILES],
    options: { sourceMap: true, inlineSources: true },
  });
  await writeFile(
    join(outDir, 'package.json'),
    `${JSON.stringify(manifestOf(await readFile(join(ROOT, 'package.json'), 'utf8')), undefined, 2)}\n`,
  );
  for (const file of ['README.md', 'LICENSE', ...DOCUMENTS]) await cp(join(ROOT, file), join(outDir, file));
  await buildConsole(join(outDir, 'infra/console/static'));
  await copyTemplate(outDir);
  await cp(join(ROOT, PROJECT_FILES), join(outDir, PROJECT_FILES), { recursive: true });
  const flow = await readFile(join(ROOT, FLOW), 'utf8');
  await write(
    join(outDir, PROJECT_FILES, 'flows/refund-approval.ts'),
    flow.replace("'../../lib/index.ts'", "'durable-triggerflow'").replace('Example 1: a refund', 'A refund'),
  );
  return outDir;
}

/** A project includes the template files from its node_modules. osls resolves paths from the folder of the project. */
async function copyTemplate(outDir: string): Promise<void> {
  const files = (await readdir(join(ROOT, 'infra'))).filter((file) => file.endsWith('.yml'));
  for (const file of files) {
    const text = await readFile(join(ROOT, 'infra', file), 'utf8');
    const placed = text.replaceAll('${file(infra/', '${file(node_modules/durable-triggerflow/infra/');
    await write(join(outDir, 'infra', file), placed);
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

if (import.meta.filename === process.argv[1]) {
  process.stdout.write(`${relative(ROOT, await buildPackage())}\n`);
}
