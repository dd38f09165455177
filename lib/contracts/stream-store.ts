import assert from 'node:assert/strict';
import type { NewStreamItem, StreamItem, StreamStore } from '../ports/stream-store.ts';
import { MAX_ROW_BYTES, type Owner } from '../ports/value-store.ts';
import { randomId, randomOwner } from './samples.ts';
import { suite, together, untilErased } from './suite.ts';

/** Stream items have no gaps and no duplicates. @param create a new adapter over the same streams: two adapters stand for two processes */
export function describeStreamStore(adapter: string, create: () => Promise<() => StreamStore>): void {
  const { check } = suite('StreamStore', adapter);
  const itemOf = (id: string): NewStreamItem => ({ id, chunk: 'write', attempt: 1, item: { text: `of ${id}` } });
  const items = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => itemOf(`${prefix}${i}`));
  const placed = (list: readonly NewStreamItem[], after = 0): StreamItem[] =>
    list.map((item, i) => ({ ...item, seq: after + i + 1 }));
  const pages = async (store: StreamStore, owner: Owner, limit: number) => {
    const all: StreamItem[] = [];
    for (;;) {
      const page = await store.read(owner, all.length, limit);
      if (page.length === 0) return all;
      assert.ok(page.length <= limit);
      all.push(...page);
    }
  };

  check('items keep their order and get positions from 1', async () => {
    const store = (await create())();
    const owner = randomOwner();
    assert.deepEqual(await store.read(owner, 0, 10), []);
    assert.deepEqual(await store.read(owner, 5, 10), []);
    await store.append(owner, []);
    await store.append(owner, items('a', 3));
    await store.append(owner, items('b', 1));
    assert.deepEqual(await store.read(owner, 0, 10), placed([...items('a', 3), ...items('b', 1)]));
  });

  check('what is erased is gone, the end too, and the rest stays', async () => {
    const store = (await create())();
    const [owner, other] = [randomOwner(), randomOwner()];
    for (let n = 0; n < 260; n += 1) await store.append(owner, [itemOf(`i${n}`)]);
    await store.append(other, items('a', 2));
    await store.end(owner);
    await untilErased(() => store.erase(owner));
    assert.deepEqual(await store.read(owner, 0, 10), []);
    assert.equal(await store.hasEnded(owner), false);
    assert.equal((await store.read(other, 0, 10)).length, 2);
    assert.equal(await store.erase(owner), 'erased');
  });

  check('20 concurrent writers lose nothing, each in its order, without gaps', async () => {
    const view = await create();
    const shared = view();
    const owner = randomOwner();
    await together(20, async (i) => {
      const store = i % 2 === 0 ? shared : view();
      for (let n = 0; n < 4; n += 1) await store.append(owner, items(`w${i}n${n}i`, 1 + (n % 3)));
    });
    const all = await view().read(owner, 0, 1_000);
    assert.deepEqual(
      all.map((item) => item.seq),
      all.map((_, i) => i + 1),
    );
    const expected = Array.from({ length: 20 }, (_, i) =>
      [0, 1, 2, 3].flatMap((n) => items(`w${i}n${n}i`, 1 + (n % 3))),
    );
    for (const [i, own] of expected.entries()) {
      const ids = all.map((item) => item.id).filter((id) => id.startsWith(`w${i}n`));
      assert.deepEqual(
        ids,
        own.map((item) => item.id),
      );
    }
    assert.equal(all.length, expected.flat().length);
  });

  check('an item that is there is not added again, by whomever and however late', async () => {
    const view = await create();
    const owner = randomOwner();
    await view().append(owner, items('a', 5));
    for (let i = 0; i < 70; i += 1) await view().append(owner, items(`between${i}-`, 1));
    const before = await view().read(owner, 0, 1_000);
    await together(10, () => view().append(owner, items('a', 5)));
    assert.deepEqual(await view().read(owner, 0, 1_000), before);
    await view().append(owner, [...items('a', 6), itemOf('a5')]);
    assert.deepEqual(await view().read(owner, 75, 1_000), placed([itemOf('a5')], 75));
  });

  check('the same item from many writers at once lands once', async () => {
    const view = await create();
    const owner = randomOwner();
    await together(20, () => view().append(owner, items('same', 2)));
    assert.deepEqual(await view().read(owner, 0, 100), placed(items('same', 2)));
  });

  check('reading goes on from any position, with any limit', async () => {
    const store = (await create())();
    const owner = randomOwner();
    for (const [i, size] of [1, 60, 2, 1, 30, 7].entries()) await store.append(owner, items(`b${i}-`, size));
    const all = await store.read(owner, 0, 1_000);
    assert.equal(all.length, 101);
    for (const limit of [1, 7, 50, 1_000]) assert.deepEqual(await pages(store, owner, limit), all);
    for (const after of [0, 1, 30, 60, 61, 62, 100, 101, 500]) {
      assert.deepEqual(await store.read(owner, after, 9), all.slice(after, after + 9));
    }
  });

  check('batches that are larger than one row are split, items over the limit refused', async () => {
    const store = (await create())();
    const owner = randomOwner();
    const large = items('large', 5).map((item) => ({ ...item, item: 'x'.repeat(200_000) }));
    await store.append(owner, large);
    assert.deepEqual(await store.read(owner, 0, 10), placed(large));
    const tooLarge = { ...itemOf('huge'), item: 'x'.repeat(MAX_ROW_BYTES) };
    await assert.rejects(store.append(owner, [itemOf('small'), tooLarge]), { code: 'value_too_large' });
    assert.deepEqual(await store.read(owner, 5, 10), []);
  });

  check('a stream belongs to one incarnation of one execution', async () => {
    const store = (await create())();
    const owner = randomOwner();
    await store.append(owner, items('a', 1));
    assert.deepEqual(await store.read({ ...owner, inc: randomId() }, 0, 9), []);
    assert.deepEqual(await store.read({ ...owner, executionId: randomId() }, 0, 9), []);
  });

  check('behind its end a stream takes nothing, from whomever', async () => {
    const view = await create();
    const owner = randomOwner();
    const early = view();
    assert.equal(await early.append(owner, items('a', 3)), 'appended');
    assert.equal(await view().hasEnded(owner), false);
    await view().end(owner);
    await together(3, () => view().end(owner));
    for (const store of [early, view()]) {
      assert.equal(await store.append(owner, items('a', 3)), 'appended', 'the items exist');
      assert.equal(await store.append(owner, items('b', 1)), 'ended');
      assert.equal(await store.hasEnded(owner), true);
      await store.end(owner);
    }
    for (const after of [0, 1, 2, 3, 4, 9]) {
      assert.deepEqual(await view().read(owner, after, 2), placed(items('a', 3)).slice(after, after + 2));
    }
  });

  check('a stream may end before it begins, and while many write', async () => {
    const view = await create();
    const empty = randomOwner();
    await view().end(empty);
    assert.equal(await view().append(empty, items('a', 1)), 'ended');
    assert.deepEqual(await view().read(empty, 0, 9), []);
    const owner = randomOwner();
    const answers = await together(12, async (i) => {
      if (i !== 6) return view().append(owner, items(`w${i}`, 1));
      await view().end(owner);
      return 'end';
    });
    const all = await view().read(owner, 0, 100);
    assert.equal(all.length, answers.filter((answer) => answer === 'appended').length);
  });
}
