import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { memoryAdvice } from '../../infra/local/memory.ts';
import { watchApp } from '../../infra/local/watch.ts';
import { HANG_MS } from '../limits.ts';

test('a changed source of the app, and no other file, leads to a reload', { timeout: HANG_MS }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'flow-watch-'));
  const write = (file: string, text: string) => writeFile(join(folder, file), text);
  await write('app.ts', "export { flow as default } from './flow.ts';");
  await write('flow.ts', 'export const flow = 1;');
  await write('other.ts', 'export const other = 1;');
  await write('settings.yml', 'a: 1');
  const lines = createLines();
  let reloads = 0;
  let failure: Error | undefined;
  const end = await watchApp({
    app: join(folder, 'app.ts'),
    settings: [join(folder, 'settings.yml')],
    async reload() {
      reloads += 1;
      if (failure) throw failure;
    },
    log: lines.add,
  });
  t.after(async () => {
    await end();
    await rm(folder, { recursive: true, force: true });
  });

  await write('other.ts', 'export const other = 2;');
  await write('flow.ts', 'export const flow = 2;');
  const [first, second] = await lines.next(2);
  assert.match(first ?? '', /^Loading the change in \S+flow\.ts …$/);
  assert.match(second ?? '', /^Loaded the changed app \(\d+ ms\)\.$/);

  failure = new Error('no flow');
  await write('flow.ts', 'export const flow = 3;');
  const [, refused] = await lines.next(2);
  assert.match(refused ?? '', /^\S+flow\.ts was not loaded, the version before runs on:\n(\S+: )?no flow$/);

  // A broken source is told with its place and without a stack, and is not loaded.
  failure = undefined;
  await write('flow.ts', 'export const flow = ;');
  const [broken] = await lines.next(1);
  assert.match(broken ?? '', /flow\.ts was not loaded, the version before runs on:\n\S+flow\.ts:1:21: Unexpected ";"$/);

  await write('flow.ts', 'export const flow = 4;');
  await lines.next(2);
  await write('settings.yml', 'a: 2');
  const [settings] = await lines.next(1);
  assert.match(settings ?? '', /^\S+settings\.yml has changed\. Stop the service and start it again/);
  assert.equal(reloads, 3);
});

test('a heap that is half full leads to the advice to restart', () => {
  assert.equal(memoryAdvice({ used_heap_size: 99 * 2 ** 20, heap_size_limit: 200 * 2 ** 20 }), undefined);
  assert.match(
    memoryAdvice({ used_heap_size: 100 * 2 ** 20, heap_size_limit: 200 * 2 ** 20 }) ?? '',
    /: 100 of 200 MB /,
  );
});

/** Lines in the order of their arrival. */
function createLines() {
  const lines: string[] = [];
  let wake: () => void = () => undefined;
  return {
    add(line: string) {
      lines.push(line);
      wake();
    },
    async next(count: number): Promise<readonly string[]> {
      while (lines.length < count) {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
      return lines.splice(0, count);
    },
  };
}
