/** Bundles each Lambda handler with the app and everything it needs into one file: dist/<fn>/index.mjs. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, extname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions as BundleOptions, build as esbuild, type Metafile, type Plugin } from 'esbuild';
import type { App } from '../../lib/index.ts';
import { partsOf } from '../deploy/settings.ts';
import { PROJECT, ROOT } from '../roots.ts';
import { type LeanOptions, lean, readsJsonSchemas } from './lean.ts';
import { type Observed, observe, observedProblem, UNOBSERVED } from './observe.ts';
import { buildProblem, packageProblem, placed } from './problem.ts';
import { resourceProblem } from './resources.ts';
import { scheduleResources } from './schedules.ts';
import { valueBucket, valueBucketProblem } from './value-bucket.ts';

export const FUNCTIONS = ['api', 'callback', 'step', 'announce', 'schedule'] as const;

export interface BuildOptions {
  /** Default: `dist` of the project. */
  readonly outDir?: string;
  /** The module that exports the app. Default: the one that the project's package.json imports as `#app`. */
  readonly app?: string;
  /** Writes a source map beside each bundle. Leave it off for packaging: osls packages every file of the folder. */
  readonly sourceMaps?: boolean;
  /** Default: nothing is traced or measured. */
  readonly observed?: Observed;
  /** Keeps large values in the bucket that `VALUE_BUCKET` names. Default: the table has them. */
  readonly hasValueBucket?: boolean;
}

export interface Build {
  readonly outDir: string;
  readonly metafile: Metafile;
  /** Names of the app's flows. */
  readonly flows: readonly string[];
}

/** File extension of this package's modules: `.ts` in the repository, `.js` in the package. */
const EXTENSION = extname(fileURLToPath(import.meta.url));

// Dependencies in CommonJS call `require` for Node's own modules, which an ES module does not have.
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Dynamic imports are kept away from loaders such as tsx: their rewriting would replace the source maps. */
const WITH_MAPS: BundleOptions = {
  sourcemap: 'linked',
  sourcesContent: false,
  supported: { 'dynamic-import': false },
};

export async function build(options: BuildOptions = {}): Promise<Build> {
  const outDir = resolve(options.outDir ?? join(PROJECT, 'dist'));
  const { observed = UNOBSERVED, hasValueBucket = false } = options;
  const problem = observedProblem(observed) ?? (hasValueBucket ? valueBucketProblem() : undefined);
  if (problem) throw new Error(problem);
  const own = await readPackage();
  const path = options.app === undefined ? await appOf(PROJECT) : resolve(options.app);
  if (!existsSync(path)) {
    throw new Error(`There is no app module ${path}. FLOW_APP or "#app" in the imports of package.json names it.`);
  }
  const { app, hasOwnPackages } = await loadApp(path, own);
  const lack = resourceProblem(app);
  if (lack) throw new Error(lack);
  const bundle = (trim: Pick<LeanOptions, 'readsJsonSchemas'>) =>
    esbuild({
      absWorkingDir: PROJECT,
      entryPoints: FUNCTIONS.map((name) => fileURLToPath(new URL(`../handlers/${name}${EXTENSION}`, import.meta.url))),
      outdir: outDir,
      entryNames: '[name]/index',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      mainFields: ['module', 'main'],
      banner: { js: REQUIRE },
      // The handlers and the app must share one copy of this package's files, wherever the app is.
      alias: { ...own.files, '#app': path },
      plugins: [observe(observed), ...(hasValueBucket ? [valueBucket()] : []), lean({ hasOwnPackages, ...trim })],
      ...(options.sourceMaps ? WITH_MAPS : {}),
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
  const small = await bundle({ readsJsonSchemas: false });
  const isWhole = await readsJsonSchemas(PROJECT, small.metafile);
  const result = isWhole ? await bundle({ readsJsonSchemas: true }) : small;
  await Promise.all(result.outputFiles.map((file) => replaceFile(file.path, file.contents)));
  await replaceFile(join(outDir, 'meta.json'), Buffer.from(JSON.stringify(result.metafile)));
  const Resources = scheduleResources(app);
  await replaceFile(join(outDir, 'schedules.json'), Buffer.from(JSON.stringify({ Resources }, undefined, 2)));
  const flows = [...new Set([...app.flows, ...(app.taskFlows ?? [])].map(({ name }) => name))];
  return { outDir, metafile: result.metafile, flows };
}

interface Package {
  /** Files by import specifier. Each sub-path has its own entry, because an alias also matches sub-paths. */
  readonly files: Readonly<Record<string, string>>;
}

type Exported = string | { readonly default: string };

async function readPackage(): Promise<Package> {
  const text = await readFile(join(ROOT, 'package.json'), 'utf8');
  const { name, exports } = JSON.parse(text) as { readonly name: string; readonly exports: Record<string, Exported> };
  const files = Object.entries(exports).map(([path, file]) => {
    return [posix.join(name, path), join(ROOT, typeof file === 'string' ? file : file.default)] as const;
  });
  return { files: Object.fromEntries(files) };
}

/** @throws Error when package.json does not name the app */
export async function appOf(project: string): Promise<string> {
  const text = await readFile(join(project, 'package.json'), 'utf8').catch(() => '{}');
  const app = (JSON.parse(text) as { readonly imports?: Readonly<Record<string, unknown>> }).imports?.['#app'];
  if (typeof app === 'string') return join(project, app);
  throw new Error(`${project} names no app. Write "imports": { "#app": "./app.ts" } in its package.json.`);
}

interface LoadedApp {
  readonly app: App;
  /** The app imports packages besides this one, zod and Node's own modules. */
  readonly hasOwnPackages: boolean;
}

/** Imports the app, to read its flows and their schedules. Packages are not bundled. */
async function loadApp(path: string, own: Package): Promise<LoadedApp> {
  const { outputFiles, metafile } = await esbuild({
    absWorkingDir: PROJECT,
    entryPoints: [path],
    bundle: true,
    packages: 'external',
    plugins: [external(own)],
    platform: 'node',
    format: 'esm',
    sourcemap: 'inline',
    sourcesContent: false,
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const foreign = Object.entries(metafile.inputs).filter(
    ([input]) => !resolve(PROJECT, input).startsWith(join(ROOT, 'lib', sep)),
  );
  const imported = foreign.flatMap(([, { imports }]) =>
    imports.filter(({ external }) => external).map((each) => each.path),
  );
  const hasOwnPackages = imported.some((name) => name !== 'zod' && !name.startsWith('file:') && !isBuiltin(name));
  // Node resolves packages from this folder.
  const file = join(PROJECT, 'node_modules/.cache', `app-${randomUUID()}.mjs`);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, outputFiles[0]?.contents ?? '');
    // An error of the app names the line of its source.
    process.setSourceMapsEnabled(true);
    const { default: app } = await importApp(file, metafile);
    if (!isApp(app)) throw new Error(`${path} exports no app. Write "export default defineApp({ … })" there.`);
    return { app, hasOwnPackages };
  } finally {
    await rm(file, { force: true });
  }
}

/** @throws Error that names the source line of the app's error, or the package that is missing */
async function importApp(file: string, metafile: Metafile): Promise<{ readonly default?: Partial<App> }> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw new Error(packageProblem(error, metafile) ?? placed(error), { cause: error });
  }
}

/** Resolves imports of this package to the copy that runs the command. */
function external({ files }: Package): Plugin {
  return {
    name: 'own-package',
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path }) => {
        const file = files[path];
        return file === undefined ? undefined : { path: pathToFileURL(file).href, external: true };
      });
    },
  };
}

function isApp(value: Partial<App> | undefined): value is App {
  return Array.isArray(value?.flows) && typeof value.resources === 'object';
}

/** Replaces the file atomically, because builds, packaging and hosts may run at the same time. */
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
  try {
    const { outDir, metafile } = await build({ ...(await partsOf('dev')), ...(app ? { app } : {}) });
    for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
      process.stdout.write(`${relative(PROJECT, resolve(PROJECT, file))} ${Math.ceil(bytes / 1024)} KB\n`);
    }
    process.stdout.write(`bundles in ${relative(PROJECT, outDir) || '.'}/\n`);
  } catch (error) {
    process.stderr.write(`${buildProblem(error)}\n`);
    process.exitCode = 1;
  }
}
