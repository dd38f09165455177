import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { watchApp } from '../../infra/local/watch.ts';
import { HANG_MS } from '../limits.ts';

test('a changed source of the app, and no other file, leads to a reload', { timeout: HANG_MS }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'flow-watch-'));
  const write = (file: string, text: string) => writeFile(join(folder, file), text);
  await write('app.ts', "export { flow as default } from './flow.ts';");
  await write('flow.ts', 'export const flow = 1;');
  await write('other.ts', 'export const other = 1;');
  const reloads = createCounter();
  const lines = createCounter();
  let failure: Error | undefined;
  const told: string[] = [];
  const reload = async () => {
    reloads.add();
    if (failure) throw failure;
  };
  const end = await watchApp(join(folder, 'app.ts'), reload, (line) => {
    told.push(line);
    lines.add();
  });
  t.after(async () => {
    await end();
    await rm(folder, { recursive: true, force: true });
  });

  await write('other.ts', 'export const other = 2;');
  await write('flow.ts', 'export const flow = 2;');
  await lines.reach(1);
  failure = new Error('no flow');
  await write('flow.ts', 'export const flow = 3;');
  await lines.reach(2);
  failure = undefined;
  await write('app.ts', "export { flow as default } from './flow.ts'; export {};");
  await lines.reach(3);

  assert.equal(reloads.count(), 3);
  assert.match(told[0] ?? '', /^Loaded the changed app/);
  assert.match(told[1] ?? '', /^The changed app was not loaded, the old one runs on: .*no flow/);
  assert.match(told[2] ?? '', /^Loaded the changed app/);
});

function createCounter() {
  let count = 0;
  let wake: () => void = () => undefined;
  return {
    count: () => count,
    add() {
      count += 1;
      wake();
    },
    async reach(wanted: number): Promise<void> {
      while (count < wanted) {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
    },
  };
}
