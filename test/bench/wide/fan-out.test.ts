/** The counts of the fan-out benchmark at a small size: cost per item does not grow with the list. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { benchWide, type WideOptions } from './report.ts';

const PLAIN = {
  workload: 'fan-out',
  store: 'memory',
  body: 'plain',
  retry: 0,
  ms: 0,
  workers: 1,
  bytes: 0,
  history: 'times',
} as const;

const run = (options: Partial<WideOptions> & { items: number }) => benchWide({ ...PLAIN, ...options });

describe('a list of trivial items', () => {
  it('costs the same number of writes and reads an item, whatever its length', async () => {
    const [few, many] = [await run({ items: 500 }), await run({ items: 2_000 })];
    assert.ok(few.writesPerItem <= 0.06, `${few.writesPerItem} writes`);
    assert.ok(many.writesPerItem <= 1.1 * few.writesPerItem, `${many.writesPerItem} and ${few.writesPerItem} writes`);
    assert.ok(many.readsPerItem <= few.readsPerItem + 0.01, `${many.readsPerItem} reads`);
  });

  it('reads each part of the list twice: for its chunks and for its sub-flows', async () => {
    const [plain, nested] = [await run({ items: 500 }), await run({ items: 500, body: 'sub-flow' })];
    const more = Math.round(500 * (nested.readsPerItem - plain.readsPerItem));
    assert.ok(more <= 1, `${more} more reads`);
  });

  it('keeps the results of a paged list beside the head', async () => {
    const [few, many] = [
      await run({ items: 2_500, workload: 'pages', bytes: 200 }),
      await run({ items: 5_000, workload: 'pages', bytes: 200 }),
    ];
    assert.ok(few.headBytesMax > 0 && few.headBytesMax <= 16_000, `${few.headBytesMax} bytes`);
    assert.ok(many.headBytesMax <= 1.2 * few.headBytesMax, `${many.headBytesMax} and ${few.headBytesMax} bytes`);
    assert.ok(many.writesPerItem <= 0.09, `${many.writesPerItem} writes`);
    assert.ok(many.readsPerItem <= 0.05, `${many.readsPerItem} reads`);
  });

  it('costs little where many workers share it', async () => {
    const { wcuPerItem } = await run({ items: 600, store: 'model', ms: 200, workers: 8 });
    assert.ok(wcuPerItem !== null && wcuPerItem <= 0.23, `${wcuPerItem} write units`);
  });

  it('reads the head once for an increment of all items that run together', async () => {
    // Three pages, and 64 items at a time with two increments each.
    const { readsPerItem } = await run({ items: 2_500, workload: 'pages' });
    assert.ok(readsPerItem <= 0.05, `${readsPerItem} reads`);
  });

  it('keeps a small head whatever the number of pages', async () => {
    const [few, many] = [
      await run({ items: 2_500, workload: 'pages' }),
      await run({ items: 5_000, workload: 'pages' }),
    ];
    assert.ok(few.headBytesMax > 0 && few.headBytesMax <= 16_000, `${few.headBytesMax} bytes`);
    assert.ok(many.headBytesMax <= 1.2 * few.headBytesMax, `${many.headBytesMax} and ${few.headBytesMax} bytes`);
    assert.ok(many.writesPerItem <= 1.1 * few.writesPerItem, `${many.writesPerItem} and ${few.writesPerItem} writes`);
  });

  it('keeps the head small', async () => {
    for (const items of [500, 2_000]) {
      const { headBytesMax } = await run({ items, bytes: 200 });
      assert.ok(headBytesMax > 0 && headBytesMax < 8_000, `${headBytesMax} bytes with ${items} items`);
    }
  });
});
