/** Loads that many callers share: none of them gets what was read before its call. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shareLoads } from '../../../lib/runtime/reads/shared-load.ts';

/** Loads that end when the test says so, with the number of loads begun by then. */
function heldLoads() {
  const open: { end(): void; fail(error: Error): void }[] = [];
  const load = shareLoads(
    () =>
      new Promise<number>((resolve, reject) => {
        const number = open.length + 1;
        open.push({ end: () => resolve(number), fail: reject });
      }),
  );
  return { load, open };
}

const turns = async () => {
  for (let turn = 0; turn < 5; turn += 1) await undefined;
};

describe('a shared load', () => {
  it('is one for all who call in one turn', async () => {
    const { load, open } = heldLoads();
    const calls = [load(), load(), load()];
    await turns();
    assert.equal(open.length, 1);
    open[0]?.end();
    assert.deepEqual(await Promise.all(calls), [1, 1, 1]);
  });

  it('is another one for those who call while it runs, because they may have seen later writes', async () => {
    const { load, open } = heldLoads();
    const first = load();
    await turns();
    const later = [load(), load()];
    await turns();
    assert.equal(open.length, 1, 'it begins when the load before it has ended');
    open[0]?.end();
    assert.equal(await first, 1);
    await turns();
    open[1]?.end();
    assert.deepEqual(await Promise.all(later), [2, 2]);
    assert.equal(open.length, 2);
  });

  it('that fails does so only for those who share it', async () => {
    const { load, open } = heldLoads();
    const first = load();
    await turns();
    const later = load();
    open[0]?.fail(new Error('lost'));
    await assert.rejects(first, { message: 'lost' });
    await turns();
    open[1]?.end();
    assert.equal(await later, 2);
  });
});
