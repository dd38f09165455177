import assert from 'node:assert/strict';
import type { AttributeEntry, AttributeKey, AttributeStore } from '../ports/attribute-store.ts';
import type { Position } from '../ports/execution-store.ts';
import { randomId } from './samples.ts';
import { suite, together } from './suite.ts';

/** The index of attributes. @param create a store; each call may return the same */
export function describeAttributeStore(adapter: string, create: () => Promise<AttributeStore>): void {
  const { check } = suite('AttributeStore', adapter);

  check('entries are found by flow, name and value, newest first, page by page', async () => {
    const store = await create();
    const key = keyOf();
    const times = [5, 5, 5, 10, 99, 100, 1_700_000_000_000];
    const entries = Array.from({ length: 30 }, (_, i) => entryOf(key, times[i % times.length] ?? 0));
    await together(3, (i) => store.write(entries.slice(10 * i, 10 * i + 10), []));
    for (const other of [
      { ...key, flow: randomId() },
      { ...key, name: 'other' },
      { ...key, value: randomId() },
    ]) {
      await store.write([entryOf(other, 7)], []);
      assert.equal((await store.find({ ...other, limit: 9 })).length, 1);
    }
    for (const limit of [1, 7, 100]) {
      const found: Position[] = [];
      for (let page = await store.find({ ...key, limit }); page.length > 0; ) {
        assert.ok(page.length <= limit);
        found.push(...page);
        const after = page.at(-1);
        page = await store.find({ ...key, limit, ...(after && { after }) });
      }
      assert.deepEqual(found, newestFirst(entries));
    }
  });

  check('entries of a time are found by it, with and without a position', async () => {
    const store = await create();
    const key = keyOf();
    const entries = [1, 20, 20, 300, 4_000].map((createdAt) => entryOf(key, createdAt));
    await store.write(entries, []);
    const sorted = newestFirst(entries);
    assert.deepEqual(await store.find({ ...key, since: 20, limit: 9 }), sorted.slice(0, 4));
    assert.deepEqual(await store.find({ ...key, since: 21, limit: 9 }), sorted.slice(0, 2));
    assert.deepEqual(await store.find({ ...key, since: 9_000, limit: 9 }), []);
    const [, second] = sorted;
    assert.ok(second);
    assert.deepEqual(await store.find({ ...key, since: 20, after: second, limit: 9 }), sorted.slice(2, 4));
    const before = { createdAt: 300, id: '' };
    assert.deepEqual(await store.find({ ...key, since: 2, after: before, limit: 9 }), sorted.slice(2, 4));
    assert.deepEqual(await store.find({ ...key, since: 300, after: before, limit: 9 }), []);
  });

  check('a removed entry is not found, and a repeat changes nothing', async () => {
    const store = await create();
    const key = keyOf();
    const entries = [1, 2, 3].map((createdAt) => entryOf(key, createdAt));
    const [first, second, third] = entries;
    assert.ok(first && second && third);
    await store.write(entries, []);
    await store.write([first], [second]);
    await store.write([first], [second]);
    assert.deepEqual(await store.find({ ...key, limit: 9 }), newestFirst([first, third]));
    await store.write([], []);
    // A number and its text are one entry.
    await store.write([], [...entries, { ...first, value: 7 }, { ...first, value: '7' }]);
    assert.deepEqual(await store.find({ ...key, limit: 9 }), []);
  });

  check('an entry that is added and removed at once is there', async () => {
    const store = await create();
    const entry = entryOf(keyOf(), 1);
    await store.write([entry], [entry]);
    assert.equal((await store.find({ ...entry, limit: 9 })).length, 1);
  });

  check('an entry that the same or a later revision added is not removed', async () => {
    const store = await create();
    const entry = entryOf(keyOf(), 1);
    const count = async () => (await store.find({ ...entry, limit: 9 })).length;
    await store.write([entry], [], 7);
    for (const rev of [1, 6, 7]) await store.write([], [entry], rev);
    assert.equal(await count(), 1);
    // An entry keeps its newest revision.
    await store.write([entry], [], 2);
    await store.write([], [entry], 5);
    assert.equal(await count(), 1);
    // Revisions are compared as numbers.
    await store.write([], [entry], 10);
    assert.equal(await count(), 0);
    await store.write([], [entry], 11);
    await store.write([entry], []);
    await store.write([], [entry], 1);
    assert.equal(await count(), 0);
    await store.write([entry], [], 7);
    await store.write([], [entry]);
    assert.equal(await count(), 0);
  });

  check('values may have any characters, and numbers are found by their text', async () => {
    const store = await create();
    for (const value of ['a#b', 'ü€😀 '.repeat(60), ' ', 12.5, -3, 1e21]) {
      const key = { ...keyOf(), value };
      await store.write([entryOf(key, 1)], []);
      assert.equal((await store.find({ ...key, limit: 9 })).length, 1);
      assert.equal((await store.find({ ...key, value: String(value), limit: 9 })).length, 1);
      assert.deepEqual(await store.find({ ...key, value: `${value}x`, limit: 9 }), []);
    }
  });

  check('ids that do not fit into a key are refused', async () => {
    const store = await create();
    const entry = { ...entryOf(keyOf(), 1), id: 'a#b' };
    await assert.rejects(store.write([entry], []), { code: 'invalid_request' });
  });
}

function keyOf(): AttributeKey {
  return { flow: randomId(), name: 'customer', value: 'c-1' };
}

function entryOf(key: AttributeKey, createdAt: number): AttributeEntry {
  const { flow, name, value } = key;
  return { flow, name, value, createdAt, id: randomId() };
}

function newestFirst(entries: readonly Position[]): Position[] {
  return entries
    .map(({ createdAt, id }) => ({ createdAt, id }))
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
}
