import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseAfter } from '../../lib/console/api/pause.ts';

/** Readings of a tab in an hour, where nothing changes. */
function readings(every: number, hidden: boolean): number {
  let count = 0;
  for (let at = 0; at < 3_600_000; at += pauseAfter(every, count, hidden)) count += 1;
  return count;
}

test('a console in which nothing changes asks less than a third as often, and news ends that', () => {
  const fixed = 3_600_000 / 2_500;
  assert.ok(readings(2_500, false) < fixed / 3, String(readings(2_500, false)));
  assert.equal(readings(2_500, true), fixed / 4);
  assert.equal(pauseAfter(2_500, 0, false), 2_500);
  assert.equal(pauseAfter(2_500, 1_000, false), 10_000);
});
