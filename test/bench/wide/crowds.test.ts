/** The counts of the expiry benchmark at a small size: waits leave the head, whatever their number. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { benchCrowd } from './crowds.ts';

const run = (items: number) => benchCrowd({ workload: 'due', items, store: 'memory', history: 'times' });

it('waits that are due at one time all end, in a head that does not grow with their number', async () => {
  const [few, many] = [await run(200), await run(600)];
  assert.ok(many.writesPerItem <= 1.1 * few.writesPerItem, `${many.writesPerItem} and ${few.writesPerItem} writes`);
  assert.ok(many.readsPerItem <= 0.1, `${many.readsPerItem} reads`);
  assert.ok(many.headBytesMax > 0 && many.headBytesMax < 90_000, `${many.headBytesMax} bytes`);
});
