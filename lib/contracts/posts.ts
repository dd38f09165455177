import assert from 'node:assert/strict';
import type { Head } from '../engine/head.ts';
import { type ExecutionStore, POSTS_LOADED, WAKE_SHARDS } from '../ports/execution-store.ts';
import { answerOf, headOf, randomId, signalOf } from './samples.ts';
import { type Suite, together } from './suite.ts';

/** The sweep time of the posts. */
const WAKE_AT = 5_000;

/** Events beside the head: nothing refuses them, a load has them, and only a removal deletes them. */
export function describePosts({ check }: Suite, create: () => Promise<ExecutionStore>): void {
  const started = async (part: Partial<Head> = {}) => {
    const store = await create();
    const head = headOf(part);
    assert.equal(await store.create({ head, wakeAt: 9_000 }), 'created');
    return { store, head, owner: { executionId: head.id, inc: head.inc } };
  };

  check('posts of many callers are loaded after the head, in the order of their keys', async () => {
    const { store, head, owner } = await started();
    const keys = Array.from({ length: 20 }, (_, i) => `${String(100 + i)}.=k`);
    await together(20, (i) => {
      const at = (i * 7) % 20;
      return store.post(owner, keys[at] ?? '', signalOf(`s${at}`), WAKE_AT);
    });
    const inbox = keys.map((_, i) => signalOf(`s${i}`));
    assert.deepEqual(await store.load(head.id), { head, rev: 1, inbox, posted: keys, wakeAt: 9_000 });
    assert.equal(await store.loadOldestPost(owner), keys[0]);
  });

  check('posts need no revision, survive commits and come after appended entries', async () => {
    const { store, head, owner } = await started();
    await store.post(owner, 'k', answerOf('posted'), WAKE_AT);
    assert.equal(await store.append(head.id, head.inc, signalOf('appended'), WAKE_AT), 'appended');
    const next = { ...head, fence: 7 };
    const request = { head: next, rev: 1, folded: 1, exclusive: true };
    assert.equal(await store.commit(request), 'committed');
    assert.deepEqual(await store.load(head.id), { head: next, rev: 2, inbox: [answerOf('posted')], posted: ['k'] });
  });

  check('removed posts are gone, the others stay; a removal can be repeated', async () => {
    const { store, head, owner } = await started();
    const keys = Array.from({ length: 60 }, (_, i) => `k${String(100 + i)}`);
    for (const key of keys) await store.post(owner, key, signalOf(key), WAKE_AT);
    for (let times = 0; times < 2; times += 1) await store.removePosts(owner, keys.slice(0, 58));
    assert.deepEqual((await store.load(head.id))?.posted, keys.slice(58));
    assert.equal(await store.loadOldestPost(owner), keys[58]);
    await store.removePosts(owner, keys);
    assert.equal('posted' in ((await store.load(head.id)) ?? {}), false);
    assert.equal(await store.loadOldestPost(owner), undefined);
  });

  check('a post with the same key replaces the first one', async () => {
    const { store, head, owner } = await started();
    for (const id of ['a', 'a']) await store.post(owner, 'k', signalOf(id), WAKE_AT);
    assert.deepEqual((await store.load(head.id))?.inbox, [signalOf('a')]);
  });

  check('a load has only posts to its incarnation, also without a head', async () => {
    const { store, head, owner } = await started();
    const other = { executionId: head.id, inc: randomId() };
    await store.post(other, 'a', signalOf('other'), WAKE_AT);
    await store.post(owner, 'b', signalOf('own'), WAKE_AT);
    assert.deepEqual((await store.load(head.id))?.inbox, [signalOf('own')]);
    assert.equal(await store.loadOldestPost(owner), 'b');
    const missing = randomId();
    await store.post({ executionId: missing, inc: head.inc }, 'a', signalOf('nobody'), WAKE_AT);
    assert.equal(await store.load(missing), undefined);
    assert.equal(await store.create({ head: headOf({ id: missing }) }), 'created');
  });

  check('a load has the oldest posts, at most as many as asked for', async () => {
    const { store, head, owner } = await started();
    const keys = Array.from({ length: POSTS_LOADED + 5 }, (_, i) => `k${String(1_000 + i)}`);
    for (let from = 0; from < keys.length; from += 30) {
      const some = keys.slice(from, from + 30);
      await together(some.length, (i) => store.post(owner, some[i] ?? '', signalOf('s'), WAKE_AT));
    }
    assert.deepEqual((await store.load(head.id))?.posted, keys.slice(0, POSTS_LOADED));
    const one = await store.load(head.id, 1);
    assert.deepEqual([one?.posted, one?.inbox], [keys.slice(0, 1), [signalOf('s')]]);
  });

  check('an execution is due at the sweep time of a post until it is removed', async () => {
    const { store, head, owner } = await started();
    const isDue = async (until: number) => {
      const shards = await together(WAKE_SHARDS, (shard) => store.listDue(shard, until, 100));
      return shards.flat().some(({ id }) => id === head.id);
    };
    await store.post(owner, 'k', signalOf('s'), WAKE_AT);
    assert.deepEqual([await isDue(WAKE_AT - 1), await isDue(WAKE_AT)], [false, true]);
    await store.removePosts(owner, ['k']);
    assert.deepEqual([await isDue(WAKE_AT), await isDue(9_000)], [false, true]);
  });
}
