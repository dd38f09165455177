/** Bundles the console into static files. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../roots.ts';

const SOURCES = join(ROOT, 'lib/console');
/** File of the layout engine. The console loads it as a worker when it first draws a graph. */
const WORKER = join(ROOT, 'node_modules/elkjs/lib/elk-worker.min.js');

/** Writes `index.html` and the files that it loads. Deletes all earlier files of the folder. */
export async function buildConsole(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: { console: join(SOURCES, 'app/main.tsx') },
    outdir: outDir,
    chunkNames: 'part-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.woff2': 'file' },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'linked',
    logLevel: 'silent',
  });
  const copies = [
    [join(SOURCES, 'index.html'), 'index.html'],
    [join(SOURCES, 'icon.svg'), 'icon.svg'],
    [join(SOURCES, 'NOTICES.md'), 'NOTICES.md'],
    [WORKER, 'elk-worker.js'],
  ] as const;
  await Promise.all(copies.map(([from, to]) => cp(from, join(outDir, to))));
}
