/** Keeps the bundles small, because every cold start loads the whole bundle. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Metafile, type Plugin, type PluginBuild, transform } from 'esbuild';

export interface LeanOptions {
  /** The app imports packages. They may use AWS error classes and event streams, so these stay in the bundles. */
  readonly hasOwnPackages: boolean;
  /** The app calls `z.fromJSONSchema`. */
  readonly readsJsonSchemas: boolean;
}

const LIB = fileURLToPath(new URL('../../lib/', import.meta.url));

export function lean({ hasOwnPackages, readsJsonSchemas }: LeanOptions): Plugin {
  return {
    name: 'lean',
    setup(build) {
      trimZod(build);
      if (!readsJsonSchemas) dropJsonSchemas(build);
      environmentCredentials(build);
      trimSchemas(build, !hasOwnPackages);
      keepVersionOnly(build);
      nativeHash(build);
      dropRegions(build);
      nativeDates(build);
      if (!hasOwnPackages) dropEventStreams(build);
      if (!hasOwnPackages) dropEndpointCache(build);
      keepAppNames(build);
    },
  };
}

/** Drops zod's error texts in other languages, and its compiler. Without the compiler zod uses its parser. */
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

const JSON_SCHEMAS = 'fromJSONSchema';
/** Makes flows of documents, with the schemas in them. */
const DOCUMENTS = /[\\/]flow[\\/]document[\\/]import\.[jt]s$/;

/** Drops what zod needs to make schemas of JSON Schemas. */
function dropJsonSchemas({ onLoad }: PluginBuild): void {
  onLoad({ filter: /[\\/]zod[\\/]v4[\\/]classic[\\/]from-json-schema\.js$/ }, () => ({
    contents: `export const ${JSON_SCHEMAS} = undefined;`,
  }));
}

/**
 * Whether the bundles need `z.fromJSONSchema`: for a flow document, or because a file outside this package and zod names
 * it.
 * @param folder that the paths of the metafile begin in
 */
export async function readsJsonSchemas(folder: string, { inputs, outputs }: Metafile): Promise<boolean> {
  const used = Object.values(outputs).flatMap(({ inputs: parts }) => Object.entries(parts));
  if (used.some(([path, { bytesInOutput }]) => DOCUMENTS.test(path) && bytesInOutput > 0)) return true;
  const files = Object.keys(inputs)
    .filter((path) => /\.[cm]?[jt]sx?$/.test(path))
    .map((path) => resolve(folder, path));
  const others = files.filter((path) => !path.startsWith(LIB) && !/[\\/]node_modules[\\/]zod[\\/]/.test(path));
  const texts = await Promise.all(others.map((path) => readFile(path, 'utf8').catch(() => '')));
  return texts.some((text) => text.includes(JSON_SCHEMAS));
}

/** Reads credentials from the environment only, where Lambda puts them. The login methods of developers are dropped. */
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

/** The shape of a request or answer. Marked as a pure call, so that esbuild can drop unused shapes. */
const SCHEMA = /^((?:export )?var \w+\$? =) \[([^;]*?)\];$/gm;
/** Registrations of error classes, except the one that is caught by its class. Other errors keep their names. */
const ERROR_CLASS = /^n0_registry\.registerError\((?!ConditionalCheckFailed).*$/gm;

function trimSchemas({ onLoad }: PluginBuild, errorsToo: boolean): void {
  onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, async ({ path }) => {
    const text = (await readFile(path, 'utf8')).replaceAll(SCHEMA, '$1 /* @__PURE__ */ (() => [$2])();');
    return { contents: errorsToo ? text.replaceAll(ERROR_CLASS, '') : text };
  });
}

/** Of the package.json of a client only the version is used, in the header `User-Agent`. */
function keepVersionOnly({ onLoad }: PluginBuild): void {
  onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[\w-]+[\\/]package\.json$/ }, async ({ path }) => {
    const { version } = JSON.parse(await readFile(path, 'utf8')) as { readonly version: string };
    return { contents: JSON.stringify({ version }), loader: 'json' };
  });
}

/** Leaves SHA-256 to Node. The SDK has a copy in JavaScript for runtimes without it. */
function nativeHash({ onLoad }: PluginBuild): void {
  onLoad({ filter: /[\\/]checksum[\\/]sha256[\\/]Sha256Js\.js$/ }, () => ({ contents: 'export class Sha256Js {}' }));
}

/** Leaves dates to Node: it reads all three formats of texts that services send. */
function nativeDates({ onLoad }: PluginBuild): void {
  onLoad({ filter: /[\\/]@smithy[\\/]core[\\/]dist-es[\\/]submodules[\\/]serde[\\/]date-utils\.js$/ }, () => ({
    contents: `const read = (text) => (text == null ? undefined : new Date(text));
export { read as parseRfc3339DateTime, read as parseRfc3339DateTimeWithOffset, read as parseRfc7231DateTime };
export const parseEpochTimestamp = (seconds) => (seconds == null ? undefined : new Date(Math.round(Number(seconds) * 1000)));
export const dateToUtcString = (date) => date.toUTCString();`,
  }));
}

interface Partition {
  readonly regionRegex: string;
  readonly regions: Readonly<Record<string, object>>;
}

/** Drops the regions that the pattern of their partition finds, and the names of all for people: endpoints do not have them. */
function dropRegions({ onLoad }: PluginBuild): void {
  onLoad({ filter: /[\\/]util-endpoints[\\/]lib[\\/]aws[\\/]partitions\.js$/ }, async ({ path }) => {
    const text = await readFile(path, 'utf8');
    const { partitions, ...rest } = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as {
      readonly partitions: readonly Partition[];
    };
    const found = (region: string) => partitions.find(({ regionRegex }) => new RegExp(regionRegex).test(region));
    const short = partitions.map((partition) => {
      const others = Object.keys(partition.regions).filter((region) => found(region) !== partition);
      return { ...partition, regions: Object.fromEntries(others.map((region) => [region, {}])) };
    });
    return { contents: `export const partitionsInfo = ${JSON.stringify({ ...rest, partitions: short })};` };
  });
}

/** Drops the code for event streams: no request of the handlers uses one. */
function dropEventStreams({ onResolve, onLoad }: PluginBuild): void {
  onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ path, kind }) =>
    kind === 'dynamic-import' ? { path, namespace: 'left-out' } : undefined,
  );
  onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
    contents: `throw new Error('${path} is left out of the bundles.'); export {};`,
  }));
}

/** Drops the cache of endpoints that are asked for: the handlers use those of their region. */
function dropEndpointCache({ onLoad }: PluginBuild): void {
  onLoad({ filter: /[\\/]endpoint-cache[\\/]dist-es[\\/]EndpointCache\.js$/ }, () => ({
    contents:
      'export class EndpointCache { getEndpoint() {} get() {} set() {} delete() {} has() { return false; } clear() {} }',
  }));
}

/** Keeps names of functions and classes in the app's own code, because graphs and stored errors show them. */
function keepAppNames({ initialOptions, onLoad }: PluginBuild): void {
  const sourcemap = initialOptions.sourcemap ? 'inline' : false;
  onLoad({ filter: /\.ts$/ }, async ({ path }) => {
    if (path.includes('node_modules') || path.startsWith(LIB)) return undefined;
    const about = { sourcefile: path, sourcemap, sourcesContent: false } as const;
    const options = { loader: 'ts', format: 'esm', target: 'node20', keepNames: true, ...about } as const;
    return { contents: (await transform(await readFile(path, 'utf8'), options)).code };
  });
}
