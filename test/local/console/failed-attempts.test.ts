/** The console of `npm start` shows why an attempt failed; logs of an app show only what failed and where. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../../infra/roots.ts';
import { createLocalHost } from '../../../lib/host.ts';
import type { Logger } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';
import { call, until } from '../../crash/door.ts';
import { freePort, startHostProcess, tempFolder } from '../../crash/host-process.ts';
import { HANG_MS } from '../../limits.ts';
import { openHttp } from '../../scenarios/drivers/http-driver.ts';
import app from './failing-app.ts';

const APP = 'test/local/console/failing-app.ts';
const QUOTED = 'ada';

test('the console of npm start prints each failed attempt once', { timeout: HANG_MS }, async (t) => {
  const lines: string[] = [];
  const port = await freePort();
  const env = { FLOW_APP: APP };
  const host = startHostProcess({ port, dataDir: await tempFolder(), env, onLine: (line) => lines.push(line) });
  t.after(async () => {
    host.kill();
    await host.exited;
  });
  await host.ready;
  const start = async (flow: string, key: string) => {
    const url = `http://127.0.0.1:${port}/flows/${flow}/executions`;
    const { status, text } = await call(url, { method: 'POST', key, body: { input: QUOTED } });
    assert.equal(status, 202, text);
  };
  const printed = (text: string) => until(() => lines.find((line) => line.includes(text)), text);
  await start('fails', 'x-1');
  await printed('It has failed for good.');
  await printed('"execution failed"');
  // Output is ordered: no other line about the attempts follows.
  await start('works', 'x-2');
  await printed('"it works"');

  const source = (await readFile(join(ROOT, APP), 'utf8')).split('\n');
  const place = `\\(test/local/console/failing-app\\.ts:${source.findIndex((line) => line.includes('throw new')) + 1}:\\d+\\)`;
  const said = (attempt: number, next: string) =>
    new RegExp(
      `^Chunk "pay" \\(flow fails, execution x-1\\) failed in attempt ${attempt}: ` +
        `RangeError: refused the card of ${QUOTED}, at (\\d+) ${place}\\. ${next}$`,
    );
  const about = lines.filter((line) => line.includes(QUOTED));
  const first = said(1, 'It is tried again in [\\d.]+ s, at (\\S+Z)\\.').exec(about[0] ?? '');
  const second = said(2, 'It has failed for good\\.').exec(about[1] ?? '');
  assert.ok(first && second && about.length === 2, about.join('\n'));
  assert.ok(Date.parse(first[2] ?? '') <= Number(second[1]), 'the second attempt came at its time, not before');
});

/** The logger of an app. */
function kept() {
  const lines: string[] = [];
  const write: Logger['info'] = (message, fields) => void lines.push(JSON.stringify({ message, ...fields }));
  return { lines, log: { info: write, warn: write, error: write } satisfies Logger };
}

/** Both attempts and the end, without the error's message. */
function checkLog(lines: readonly string[]): void {
  const failed = lines.filter((line) => line.includes('"attempt failed"'));
  for (const line of failed) assert.match(line, /"chunk":"pay","attempt":[12],"error":"RangeError"/);
  assert.equal(failed.length, 2, lines.join('\n'));
  assert.ok(lines.some((line) => line.includes('"execution failed"')));
  assert.doesNotMatch(lines.join('\n'), new RegExp(`refused|${QUOTED}`));
}

test('the log of the test kit gets no message', async () => {
  const { lines, log } = kept();
  const kit = createTestkit(app, { log });
  await kit.client.start('fails', QUOTED, { id: 'x' });
  await kit.drain();
  await kit.advance(10_000);
  checkLog(lines);
});

test('the log of createLocalHost gets no message', { timeout: HANG_MS }, async () => {
  const { lines, log } = kept();
  const host = createLocalHost(app, { log });
  await assert.rejects(
    host.flow('fails').start(QUOTED),
    /refused the card of ada/,
    'a host that asks for failures receives them',
  );
  await host.stop();
  checkLog(lines);
});

test('the log of the deployed functions gets no message', { timeout: HANG_MS }, async (t) => {
  const driver = await openHttp({ app: APP });
  t.after(() => driver.close());
  const body = JSON.stringify({ input: QUOTED });
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'x' };
  await driver.send('POST', '/flows/fails/executions', { headers, body });
  await driver.until(
    async () => driver.logged('execution failed').length,
    (count) => count > 0,
  );
  checkLog(driver.faults());
});
