import assert from 'node:assert/strict';
import type { LedgerEntry } from '../engine/head.ts';
import { type LedgerStore, ledgerKey } from '../ports/ledger-store.ts';
import { randomId, randomOwner } from './samples.ts';
import { suite, untilErased } from './suite.ts';

/** Accepted outside events that have left the head. @param create a store; each call may return the same */
export function describeLedgerStore(adapter: string, create: () => Promise<LedgerStore>): void {
  const { check } = suite('LedgerStore', adapter);
  const signal = (id: string, at = 1): LedgerEntry => ({ kind: 'signal', id, valueHash: 'h', at });
  const resume = (id: string, at: number, requestId?: string): LedgerEntry => ({
    kind: 'resume',
    id,
    outcome: requestId === undefined ? 'expired' : 'accepted',
    at,
    ...(requestId === undefined ? {} : { requestId, valueHash: 'h', actor: 'someone' }),
  });

  check('entries come back by key, oldest first, whatever the order they were put in', async () => {
    const store = await create();
    const owner = randomOwner();
    const entries = [resume('i', 1_000, 'c'), resume('i', 9, 'a'), resume('i', 20, '-'), resume('i', 20)];
    await store.put(owner, [...entries, signal('i', 5)]);
    const found = await store.get(owner, 'resume:i');
    assert.deepEqual(
      found.map((entry) => entry.at),
      [9, 20, 20, 1_000],
    );
    assert.deepEqual(
      new Set(found.map((entry) => JSON.stringify(entry))),
      new Set(entries.map((e) => JSON.stringify(e))),
    );
    assert.deepEqual(await store.get(owner, 'signal:i'), [signal('i', 5)]);
    assert.deepEqual(await store.get(owner, 'signal:none'), []);
  });

  check('an entry put again is there once', async () => {
    const store = await create();
    const owner = randomOwner();
    const entries = [signal('a'), signal('a'), resume('a', 3, 'r'), resume('a', 4)];
    await store.put(owner, entries);
    await Promise.all([store.put(owner, entries), store.put(owner, entries)]);
    assert.deepEqual(await store.get(owner, 'signal:a'), [signal('a')]);
    assert.deepEqual(await store.get(owner, 'resume:a'), [resume('a', 3, 'r'), resume('a', 4)]);
  });

  check('a key that is the beginning of another does not find its entries', async () => {
    const store = await create();
    const owner = randomOwner();
    const ids = ['a', 'a-', 'a_', 'a-b', 'a0', 'a#', 'a#1', 'a%23', '1', '', 'ü'];
    await store.put(
      owner,
      ids.map((id) => signal(id)),
    );
    for (const id of ids) assert.deepEqual(await store.get(owner, ledgerKey(signal(id))), [signal(id)]);
    assert.deepEqual(await store.get(owner, 'signal'), []);
  });

  check('entries belong to one incarnation of one execution', async () => {
    const store = await create();
    const owner = randomOwner();
    await store.put(owner, [signal('a')]);
    assert.deepEqual(await store.get({ ...owner, inc: randomId() }, 'signal:a'), []);
    assert.deepEqual(await store.get({ ...owner, executionId: randomId() }, 'signal:a'), []);
  });

  check('what is erased is gone, and the rest stays', async () => {
    const store = await create();
    const [owner, other] = [randomOwner(), randomOwner()];
    const entries = Array.from({ length: 300 }, (_, i) => signal(`s${i}`));
    await store.put(owner, entries);
    await store.put(other, [signal('a')]);
    await untilErased(() => store.erase(owner));
    assert.deepEqual(await store.list(owner), []);
    assert.equal((await store.list(other)).length, 1);
    assert.equal(await store.erase(owner), 'erased');
  });

  check('many entries at once, and none', async () => {
    const store = await create();
    const owner = randomOwner();
    await store.put(owner, []);
    const entries = Array.from({ length: 130 }, (_, i) => resume(`i${i % 2}`, i, `r${i}`));
    await store.put(owner, entries);
    assert.deepEqual(
      await store.get(owner, 'resume:i1'),
      entries.filter((entry) => entry.id === 'i1'),
    );
  });
}
