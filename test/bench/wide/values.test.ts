/** Large values come back exactly, from a small head. The run itself compares them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { benchValues } from './values.ts';

it('large values go through one execution and come back exactly', async () => {
  const { exact, headBytesMax } = await benchValues({ store: 'memory', history: 'times' });
  assert.equal(Object.keys(exact).length, 6);
  assert.ok(headBytesMax > 0 && headBytesMax <= 4_000, `${headBytesMax} bytes`);
});
