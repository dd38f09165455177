/** Bundles each Lambda handler with everything it needs into one file: functions/<fn>.ts → dist/<fn>/index.mjs. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as esbuild, type Metafile, type Plugin, transform } from 'esbuild';
import type { App } from '../lib/index.ts';
import { scheduleResources } from './schedules.ts';

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

/**
 * Leaves out what a function never needs and every one would carry: error texts in other languages, logins of developers,
 * shapes of requests that are not made, and the error classes of SSM and SQS, which still arrive with their names. Names of functions and classes
 * are kept in the app's own code, where graphs and stored errors may show them, and nowhere else.
 */
const LEAN: Plugin = {
  name: 'lean',
  setup({ onResolve, onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
    // Lambda gives a function its credentials in the environment.
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
      path: 'environment',
      namespace: 'credentials',
      pluginData: resolveDir,
    }));
    onLoad({ filter: /^environment$/, namespace: 'credentials' }, ({ pluginData }) => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
      resolveDir: String(pluginData),
    }));
    onLoad({ filter: /[\\/]@aws-sdk[\\/]client-\w+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, async ({ path }) => {
      const text = (await readFile(path, 'utf8')).replaceAll(SCHEMA, '$1 /* @__PURE__ */ (() => [$2])();');
      return { contents: /client-(ssm|sqs)/.test(path) ? text.replaceAll(ERROR_CLASS, '') : text };
    });
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.includes('node_modules') || path.startsWith(join(ROOT, 'lib'))) return undefined;
      return transform(await readFile(path, 'utf8'), { ...TRANSFORM, sourcefile: path }).then(({ code }) => ({
        contents: code,
      }));
    });
  },
};
/** The shape of a request or answer. It is known to have no effects only as a call that says so: then unused ones go. */
const SCHEMA = /^(export var \w+\$ =) \[([^;]*?)^\];$/gm;
const ERROR_CLASS = /^n0_registry\.registerError\(.*$/gm;
const TRANSFORM = { loader: 'ts', format: 'esm', target: 'node20', keepNames: true } as const;

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
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    alias: options.app ? { '#app': resolve(options.app) } : {},
    plugins: [LEAN],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  await Promise.all(result.outputFiles.map((file) => replaceFile(file.path, file.contents)));
  await replaceFile(join(outDir, 'meta.json'), Buffer.from(JSON.stringify(result.metafile)));
  const Resources = scheduleResources(await loadApp(resolve(options.app ?? join(ROOT, 'functions/app.ts'))));
  await replaceFile(join(outDir, 'schedules.json'), Buffer.from(JSON.stringify({ Resources }, undefined, 2)));
  return { outDir, metafile: result.metafile };
}

/** The app itself, whose flows say when they start. Its packages stay where they are. */
async function loadApp(path: string): Promise<App> {
  const { outputFiles } = await esbuild({
    entryPoints: [path],
    alias: { 'durable-triggerflow': join(ROOT, 'lib/index.ts') },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  // Packages are found from there.
  const file = join(ROOT, 'node_modules/.cache', `app-${randomUUID()}.mjs`);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, outputFiles[0]?.contents ?? '');
    return ((await import(pathToFileURL(file).href)) as { default: App }).default;
  } finally {
    await rm(file, { force: true });
  }
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
