import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createJsonLogger, systemClock, systemEntropy } from '../../lib/adapters/system.ts';
import { HANG_MS } from '../limits.ts';

test('a log entry is one line of JSON; its fields cannot replace level or message', () => {
  const lines: string[] = [];
  const log = createJsonLogger((line) => lines.push(line));
  log.info('started', { executionId: 'e', n: 1 });
  log.warn('two\nlines', { level: 'info', message: 'other' });
  log.error('bare');
  assert.deepEqual(lines, [
    '{"level":"info","message":"started","executionId":"e","n":1}\n',
    '{"level":"warn","message":"two\\nlines"}\n',
    '{"level":"error","message":"bare"}\n',
  ]);
});

test('ids are 128 random bits, numbers are in [0, 1)', () => {
  const ids = Array.from({ length: 100 }, () => systemEntropy.id());
  assert.equal(new Set(ids).size, 100);
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{22}$/);
  const numbers = Array.from({ length: 100 }, () => systemEntropy.number());
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  assert.ok(new Set(numbers).size > 90);
});

test('an aborted sleep ends at once', { timeout: HANG_MS }, async () => {
  const abort = new AbortController();
  const sleeping = systemClock.sleep(2 * HANG_MS, abort.signal);
  abort.abort();
  await sleeping;
  await systemClock.sleep(2 * HANG_MS, abort.signal);
  await systemClock.sleep(1);
});

test('a sleep longer than a timer can hold lasts its full time and can be aborted', async () => {
  const longest = 2 ** 31 - 1;
  const warnings: string[] = [];
  const note = ({ name }: Error): void => void warnings.push(name);
  const pass = async (ms: number): Promise<void> => {
    mock.timers.tick(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  mock.timers.enable({ apis: ['setTimeout'] });
  process.on('warning', note);
  try {
    for (const ms of [longest, longest + 1, 25 * 86_400_000, 400 * 86_400_000]) {
      let ended = false;
      void systemClock.sleep(ms).then(() => {
        ended = true;
      });
      let left = ms;
      for (; left > longest; left -= longest) await pass(longest);
      await pass(left - 1);
      assert.equal(ended, false, `${ms} ms`);
      await pass(1);
      assert.equal(ended, true, `${ms} ms`);
    }
    const abort = new AbortController();
    const endless = systemClock.sleep(Infinity, abort.signal);
    await pass(longest);
    abort.abort();
    await endless;
  } finally {
    mock.timers.reset();
    process.off('warning', note);
  }
  assert.ok(!warnings.includes('TimeoutOverflowWarning'));
});
