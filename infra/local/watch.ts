/** Tells of changes to the sources of the app: its module and all that it imports from files. */
import { context } from 'esbuild';
import { describe, type Log } from './http/front.ts';

/** One reload at a time; a change during one is followed by another. Answers how to end it. */
export async function watchApp(app: string, reload: () => Promise<void>, log: Log): Promise<() => Promise<void>> {
  let isFirst = true;
  const watcher = await context({
    entryPoints: [app],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'reload',
        setup({ onEnd }) {
          // esbuild waits for it before it looks again.
          onEnd(async () => {
            if (isFirst) {
              isFirst = false;
              return;
            }
            const start = performance.now();
            await reload().then(
              () => log(`Loaded the changed app (${Math.round(performance.now() - start)} ms).`),
              (error: unknown) => log(`The changed app was not loaded, the old one runs on: ${describe(error)}`),
            );
          });
        },
      },
    ],
  });
  await watcher.watch();
  return () => watcher.dispose();
}
