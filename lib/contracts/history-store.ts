import assert from 'node:assert/strict';
import type { HistoryBlock, HistoryStore } from '../ports/history-store.ts';
import type { Owner } from '../ports/value-store.ts';
import { randomId } from './samples.ts';
import { suite, together, untilErased } from './suite.ts';

const START = { first: 0, id: '' };

/** Blocks of records: written once, read in order. @param create a store; each call may return the same */
export function describeHistoryStore(adapter: string, create: () => Promise<HistoryStore>): void {
  const { check } = suite('HistoryStore', adapter);

  check('a block is read as it was put, and shares nothing with the caller', async () => {
    const store = await create();
    const owner = ownerOf();
    const block = blockOf(1, 'w', 3);
    await store.put(owner, block);
    const [read] = await store.read(owner, START, 10);
    assert.deepEqual(read, block);
    read?.records[0]?.next?.push('changed');
    assert.deepEqual(await store.read(owner, START, 10), [block]);
  });

  check('a block that is put again stays as it was', async () => {
    const store = await create();
    const owner = ownerOf();
    await store.put(owner, blockOf(1, 'w', 3));
    await store.put(owner, blockOf(1, 'w', 4));
    assert.deepEqual(await store.read(owner, START, 10), [blockOf(1, 'w', 3)]);
  });

  check('blocks are read in order of their first position, then of their writer', async () => {
    const store = await create();
    const owner = ownerOf();
    const blocks = [blockOf(2, 'a'), blockOf(9, 'b'), blockOf(10, 'a'), blockOf(10, 'b'), blockOf(100, 'a')];
    await together(blocks.length, (i) => store.put(owner, blocks[blocks.length - 1 - i] ?? blockOf(1, 'x')));
    assert.deepEqual(await store.read(owner, START, 10), blocks);
  });

  check('a page begins after its position and holds at most its limit', async () => {
    const store = await create();
    const owner = ownerOf();
    const blocks = Array.from({ length: 12 }, (_, i) => blockOf(1 + 5 * i, 'w', 5));
    for (const block of blocks) await store.put(owner, block);
    assert.deepEqual(await store.read(owner, START, 5), blocks.slice(0, 5));
    assert.deepEqual(await store.read(owner, { first: 21, id: 'w' }, 4), blocks.slice(5, 9));
    assert.deepEqual(await store.read(owner, { first: 20, id: 'z' }, 1), blocks.slice(4, 5));
    assert.deepEqual(await store.read(owner, { first: 56, id: 'w' }, 4), []);
  });

  check('summaries are read without the records', async () => {
    const store = await create();
    const owner = ownerOf();
    const blocks = [blockOf(1, 'a', 2), blockOf(3, 'b')];
    for (const block of blocks) await store.put(owner, block);
    const summaries = blocks.map(({ records: _, ...rest }) => rest);
    assert.deepEqual(await store.summaries(owner, START, 10), summaries);
    assert.deepEqual(await store.summaries(owner, { first: 1, id: 'a' }, 10), summaries.slice(1));
  });

  check('incarnations and executions have histories of their own', async () => {
    const store = await create();
    const owner = ownerOf();
    await store.put(owner, blockOf(1, 'w'));
    assert.deepEqual(await store.read({ ...owner, inc: randomId() }, START, 10), []);
    assert.deepEqual(await store.read({ ...owner, executionId: randomId() }, START, 10), []);
  });

  check('what is erased is gone, and the rest stays', async () => {
    const store = await create();
    const [owner, other] = [ownerOf(), ownerOf()];
    for (let first = 1; first <= 300; first += 1) await store.put(owner, blockOf(first, 'w'));
    await store.put(other, blockOf(1, 'w'));
    await untilErased(() => store.erase(owner));
    assert.deepEqual(await store.read(owner, START, 10), []);
    assert.equal((await store.read(other, START, 10)).length, 1);
    assert.equal(await store.erase(owner), 'erased');
  });

  check('blocks over 64 KB come back whole', async () => {
    const store = await create();
    const owner = ownerOf();
    const block = blockOf(1, 'w', 250, 'ü€😀'.repeat(40));
    await store.put(owner, block);
    assert.deepEqual(await store.read(owner, START, 1), [block]);
  });
}

function ownerOf(): Owner {
  return { executionId: randomId(), inc: randomId() };
}

function blockOf(first: number, id: string, count = 1, text = 'x'): HistoryBlock {
  const records = Array.from({ length: count }, (_, i) => ({
    seq: first + i,
    at: 1_000 + i,
    type: 'attempt_succeeded' as const,
    node: 'a',
    next: ['b'],
    output: { v: text },
  }));
  return { first, id, summary: { nodes: { a: count }, text }, records };
}
