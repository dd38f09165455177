/** Bundles each Lambda handler with everything it needs into one file: functions/<fn>.ts → dist/<fn>/index.mjs. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as esbuild, type Metafile } from 'esbuild';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const FUNCTIONS = ['api', 'callback', 'step', 'schedule'] as const;

export interface BuildOptions {
  /** Default: `dist` of the project. */
  readonly outDir?: string;
  /** A module that replaces `#app`; default: `functions/app.ts`. */
  readonly app?: string;
}

export interface Build {
  readonly outDir: string;
  readonly metafile: Metafile;
}

// Dependencies in CommonJS call `require` for Node's own modules, which an ES module does not have.
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

export async function build(options: BuildOptions = {}): Promise<Build> {
  const outDir = resolve(options.outDir ?? join(ROOT, 'dist'));
  const result = await esbuild({
    absWorkingDir: ROOT,
    entryPoints: FUNCTIONS.map((name) => `functions/${name}.ts`),
    outdir: outDir,
    entryNames: '[name]/index',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    alias: options.app ? { '#app': resolve(options.app) } : {},
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  await Promise.all(result.outputFiles.map((file) => replaceFile(file.path, file.contents)));
  const meta = Buffer.from(JSON.stringify(result.metafile));
  await replaceFile(join(outDir, 'meta.json'), meta);
  return { outDir, metafile: result.metafile };
}

/** Whole or not at all, so that builds, packaging and hosts may run side by side. */
async function replaceFile(path: string, contents: Uint8Array): Promise<void> {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, contents);
  await rename(part, path);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const app = process.env.FLOW_APP;
  const { outDir, metafile } = await build(app ? { app } : {});
  for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
    process.stdout.write(`${relative(ROOT, resolve(ROOT, file))} ${Math.ceil(bytes / 1024)} KB\n`);
  }
  process.stdout.write(`bundles in ${relative(ROOT, outDir) || '.'}/\n`);
}
