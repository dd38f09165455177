/** Watches the sources of the app: its module and all files that it imports. */
import { join, relative } from 'node:path';
import { type BuildResult, context } from 'esbuild';
import { buildProblem, findingsText } from '../build/problem.ts';
import { PROJECT } from '../roots.ts';
import { createChanges } from './changes.ts';
import type { Log } from './http/front.ts';
import { memoryAdvice } from './memory.ts';

export interface WatchOptions {
  /** The app's module. */
  readonly app: string;
  /** Files that are read only at the start. */
  readonly settings: readonly string[];
  readonly reload: () => Promise<void>;
  readonly log: Log;
}

/** Runs one reload at a time. A change during a reload causes another one. Resolves to a function that stops watching. */
export async function watchApp({ app, settings, reload, log }: WatchOptions): Promise<() => Promise<void>> {
  const changes = createChanges();
  const name = (files: readonly string[]) => files.map((file) => relative(PROJECT, file)).join(', ') || 'the app';

  const tell = async ({ errors }: BuildResult) => {
    const files = await changes.look();
    const sources = files.filter((file) => !settings.includes(file));
    if (files.length > sources.length) {
      const changed = name(files.filter((file) => settings.includes(file)));
      log(`${changed} has changed. Stop the service and start it again to use the new settings.`);
      if (sources.length === 0) return;
    }
    const start = performance.now();
    const fail = (why: string) => log(`${name(sources)} was not loaded, the version before runs on:\n${why}`);
    if (errors.length > 0) return fail(findingsText(errors));
    log(`Loading the change in ${name(sources)} …`);
    try {
      await reload();
    } catch (error) {
      return fail(buildProblem(error));
    }
    log(`Loaded the changed app (${Math.round(performance.now() - start)} ms).`);
    const advice = memoryAdvice();
    if (advice) log(advice);
  };

  // `watch` does not wait for its first build, with which later builds are compared.
  let built: () => void = () => undefined;
  const first = new Promise<void>((done) => {
    built = done;
  });
  let isFirst = true;
  const watcher = await context({
    absWorkingDir: PROJECT,
    entryPoints: [app],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    metafile: true,
    write: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'reload',
        setup({ onEnd, onResolve }) {
          onResolve({ filter: /.*/ }, ({ kind }) =>
            kind === 'entry-point' ? { watchFiles: [...settings] } : undefined,
          );
          // esbuild waits for this callback before it checks the files again.
          onEnd(async (result) => {
            if (!isFirst) await tell(result);
            isFirst = false;
            // A failed build has no metafile, so the watched files stay those of the last build.
            const { metafile } = result;
            const sources = Object.keys(metafile?.inputs ?? {}).map((file) => join(PROJECT, file));
            if (metafile) await changes.watch([...settings, ...sources]);
            built();
          });
        },
      },
    ],
  });
  await watcher.watch();
  await first;
  return () => watcher.dispose();
}
