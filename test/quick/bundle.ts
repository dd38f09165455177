/** Builds test files with shared chunks. Loading each source through tsx takes most of the CPU time of a typical test file. */
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { ROOT } from '../../infra/roots.ts';

const META = ['url', 'dirname', 'filename'] as const;

/** Writes the built files below `outDir`, which must be inside the repository: packages are not bundled. Resolves to their paths. */
export async function bundleTests(files: readonly string[], outDir: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [...files],
    outdir: outDir,
    outbase: ROOT,
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
    plugins: [keepMeta],
    metafile: true,
    logLevel: 'warning',
  });
  // Modules that are imported dynamically have an entry point too.
  const tests = new Set(files.map((file) => relative(ROOT, resolve(ROOT, file))));
  return Object.entries(metafile.outputs).flatMap(([path, { entryPoint = '' }]) =>
    tests.has(entryPoint) ? [join(ROOT, path)] : [],
  );
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
