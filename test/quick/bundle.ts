/** Builds test files with shared chunks. Loading each source through tsx takes most of the CPU time of a typical test file. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { ROOT } from '../../infra/roots.ts';
import type { TestGroup } from './groups.ts';

const META = ['url', 'dirname', 'filename'] as const;

/**
 * Writes one built file for each group below `outDir`, which must be inside the repository: packages are not bundled.
 * Resolves to their paths.
 */
export async function bundleTests(groups: readonly TestGroup[], outDir: string): Promise<readonly string[]> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: groups.map(({ name }) => ({ in: `${GROUP}${name}`, out: name })),
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    define: Object.fromEntries(META.map((key) => [`import.meta.${key}`, `meta_${key}`])),
    plugins: [importGroups(groups), keepMeta],
    logLevel: 'warning',
  });
  return groups.map(({ name }) => join(outDir, `${name}.mjs`));
}

const GROUP = 'group:';

/** The module of a group imports its test files one after the other. */
function importGroups(groups: readonly TestGroup[]): Plugin {
  const sources = new Map(groups.map(({ name, files }) => [`${GROUP}${name}`, files]));
  return {
    name: 'import-groups',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^group:/ }, ({ path }) => ({ path, namespace: 'group' }));
      onLoad({ filter: /.*/, namespace: 'group' }, ({ path }) => {
        const lines = (sources.get(path) ?? []).map((file) => `import ${JSON.stringify(resolve(ROOT, file))};`);
        return { contents: lines.join('\n'), resolveDir: ROOT };
      });
    },
  };
}

/** `import.meta` of a built module has the values of its source, because tests find files by them. */
const keepMeta: Plugin = {
  name: 'keep-meta',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!text.includes('import.meta.')) return undefined;
      const values = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path };
      // On the line of the first statement, so that lines keep their numbers.
      const constants = META.map((key) => `const meta_${key} = ${JSON.stringify(values[key])};`).join('');
      return { loader: 'ts', contents: text.replace(/^(#!.*\n)?/, (start) => start + constants) };
    });
  },
};
