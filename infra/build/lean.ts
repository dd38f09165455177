/** Keeps the bundles small: a function loads at every cold start what is in them. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Plugin, type PluginBuild, transform } from 'esbuild';

export interface LeanOptions {
  /** The app brings packages along, which may use what is left out otherwise: error classes of AWS, event streams. */
  readonly hasOwnPackages: boolean;
}

const LIB = fileURLToPath(new URL('../../lib/', import.meta.url));

export function lean({ hasOwnPackages }: LeanOptions): Plugin {
  return {
    name: 'lean',
    setup(build) {
      trimZod(build);
      environmentCredentials(build);
      trimSchemas(build, !hasOwnPackages);
      if (!hasOwnPackages) dropEventStreams(build);
      keepAppNames(build);
    },
  };
}

/** Error texts in other languages go, and the compiler: whoever calls it falls back to the parser, as it does by itself. */
function trimZod({ onLoad }: PluginBuild): void {
  onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
    contents: "export { default as en } from './en.js';",
  }));
  onLoad({ filter: /[\\/]zod[\\/]v4[\\/]core[\\/]compile\.js$/ }, () => ({
    contents: `export const INVALID = Symbol.for('zod.compile.invalid');
export class ZodCompileAsyncError extends Error {}
export class ZodCompileUnsupportedError extends Error {}
export const compile = (schema) => schema;
export const withParser = (schema) => schema;`,
  }));
}

/** Lambda gives a function its credentials in the environment: the logins of developers are not needed. */
function environmentCredentials({ onResolve, onLoad }: PluginBuild): void {
  onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
    path: 'environment',
    namespace: 'credentials',
  }));
  onLoad({ filter: /^environment$/, namespace: 'credentials' }, () => ({
    contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
    // A dependency of this package, not of the SDK.
    resolveDir: LIB,
  }));
}

/** The shape of a request or answer. It is known to have no effects only as a call that says so: then unused ones go. */
const SCHEMA = /^((?:export )?var \w+\$? =) \[([^;]*?)\];$/gm;
/** But for the one that is caught by its class. Errors without a class still arrive with their names. */
const ERROR_CLASS = /^n0_registry\.registerError\((?!ConditionalCheckFailed).*$/gm;

function trimSchemas({ onLoad }: PluginBuild, errorsToo: boolean): void {
  onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, async ({ path }) => {
    const text = (await readFile(path, 'utf8')).replaceAll(SCHEMA, '$1 /* @__PURE__ */ (() => [$2])();');
    return { contents: errorsToo ? text.replaceAll(ERROR_CLASS, '') : text };
  });
}

/** No request that is made here streams events. */
function dropEventStreams({ onResolve, onLoad }: PluginBuild): void {
  onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ path, kind }) =>
    kind === 'dynamic-import' ? { path, namespace: 'left-out' } : undefined,
  );
  onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
    contents: `throw new Error('${path} is left out of the bundles.'); export {};`,
  }));
}

/** In the app's own code, where graphs and stored errors may show names of functions and classes; minified elsewhere. */
function keepAppNames({ initialOptions, onLoad }: PluginBuild): void {
  const sourcemap = initialOptions.sourcemap ? 'inline' : false;
  onLoad({ filter: /\.ts$/ }, async ({ path }) => {
    if (path.includes('node_modules') || path.startsWith(LIB)) return undefined;
    const about = { sourcefile: path, sourcemap, sourcesContent: false } as const;
    const options = { loader: 'ts', format: 'esm', target: 'node20', keepNames: true, ...about } as const;
    return { contents: (await transform(await readFile(path, 'utf8'), options)).code };
  });
}
