/** The counts of the expiry benchmark at a small size: waits leave the head, whatever their number. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { benchCrowd } from './crowds.ts';

const run = (items: number) => benchCrowd({ workload: 'due', items, store: 'memory', history: 'times' });

it('waits that are due at one time all end, in a head that does not grow with their number', async () => {
  const [few, many] = [await run(300), await run(900)];
  // One of them is the entry of the wait in the ledger.
  assert.ok(many.writesPerItem <= 1.1, `${many.writesPerItem} writes`);
  assert.ok(many.readsPerItem <= 0.1, `${many.readsPerItem} reads`);
  assert.ok(few.headBytesMax > 0 && few.headBytesMax < 90_000, `${few.headBytesMax} bytes`);
  assert.ok(many.headBytesMax < 1.2 * few.headBytesMax, `${many.headBytesMax} and ${few.headBytesMax} bytes`);
});
