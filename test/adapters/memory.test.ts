import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../lib/adapters/memory/clock.ts';
import { createSeededEntropy } from '../../lib/adapters/memory/entropy.ts';
import { createMemoryQueue } from '../../lib/adapters/memory/queue.ts';
import { createMemoryStores } from '../../lib/adapters/memory/stores.ts';
import { headOf, randomOwner } from '../../lib/contracts/samples.ts';

test('the clock ends sleeps by due time, then in order of their start', async () => {
  const clock = createFakeClock(1_000);
  const ended: string[] = [];
  const sleeper = async (name: string, ms: number) => {
    await clock.sleep(ms);
    ended.push(`${name}@${clock.now()}`);
    if (name === 'a') await sleeper('a again', 5);
  };
  const all = [sleeper('c', 20), sleeper('a', 10), sleeper('b', 10), sleeper('late', 31)];
  assert.equal(clock.nextDue(), 1_010);
  await clock.advance(30);
  assert.deepEqual(ended, ['a@1010', 'b@1010', 'a again@1015', 'c@1020']);
  assert.equal(clock.now(), 1_030);
  await clock.advance(1);
  await Promise.all(all);
  assert.equal(clock.nextDue(), undefined);
});

test('an aborted sleep ends at once', async () => {
  const clock = createFakeClock(0);
  const abort = new AbortController();
  const sleeping = clock.sleep(1_000, abort.signal);
  abort.abort();
  await sleeping;
  await clock.sleep(1_000, abort.signal);
  assert.equal(clock.nextDue(), undefined);
});

test('seeded entropy is deterministic and differs by seed', () => {
  const take = (seed: number) => {
    const entropy = createSeededEntropy(seed);
    return Array.from({ length: 50 }, () => [entropy.id(), entropy.number()] as const);
  };
  assert.deepEqual(take(7), take(7));
  assert.notDeepEqual(take(7), take(8));
  const all = take(7);
  assert.equal(new Set(all.map(([id]) => id)).size, 50);
  for (const [id, number] of all) {
    assert.match(id, /^[A-Za-z0-9_-]{22}$/);
    assert.ok(number >= 0 && number < 1);
  }
});

test('the queue delivers by due time, hides delivered messages and delivers them again', async () => {
  const clock = createFakeClock(0);
  const queue = createMemoryQueue({ clock, visibilitySeconds: 30 });
  const message = (executionId: string) => ({ executionId, kind: 'wake' }) as const;
  const ids = (max: number) => queue.receive(max).map((received) => received.message.executionId);
  await queue.send([
    { message: message('late'), delaySeconds: 9 },
    { message: message('a'), delaySeconds: 0 },
    { message: message('b'), delaySeconds: 0 },
  ]);
  assert.deepEqual(ids(1), ['a']);
  assert.deepEqual(ids(9), ['b']);
  assert.deepEqual(ids(9), []);
  assert.equal(queue.nextDue(), 9_000);
  await clock.advance(30_000);
  const [late, a, b] = queue.receive(9);
  assert.deepEqual(
    [late, a, b].map((received) => received?.receiveCount),
    [1, 2, 2],
  );
  queue.ack(a?.receipt ?? '');
  queue.nack(b?.receipt ?? '', 5);
  await clock.advance(5_000);
  const [again] = queue.receive(9);
  assert.equal(again?.message.executionId, 'b');
  queue.ack(b?.receipt ?? '');
  assert.equal(queue.size(), 2);
  queue.ack(again?.receipt ?? '');
  assert.equal(queue.size(), 1);
  await assert.rejects(queue.send([{ message: message('x'), delaySeconds: 901 }]), { code: 'invalid_request' });
});

test('with a clock, dropped values expire at their TTL', async () => {
  const clock = createFakeClock(0);
  const { values } = createMemoryStores({ clock });
  const owner = randomOwner();
  await values.put(owner, new Map([['ref', 1]]));
  await values.drop(owner, ['ref'], 1_000);
  assert.equal((await values.get(owner, ['ref'])).size, 1);
  await clock.advance(1_000);
  assert.equal((await values.get(owner, ['ref'])).size, 0);
});

test('with a clock, a value that nobody reads again is removed after its TTL', async () => {
  let now = 0;
  const { values } = createMemoryStores({ clock: { now: () => now } });
  const owner = randomOwner();
  await values.put(owner, new Map(Object.entries({ old: 1, other: 2 })));
  await values.drop(owner, ['old'], 1_000);
  now = 1_000;
  await values.drop(owner, ['other'], 2_000);
  // By this clock none has expired, so what is missing was removed before.
  now = 0;
  assert.deepEqual([...(await values.get(owner, ['old', 'other'])).keys()], ['other']);
});

test('a head larger than a table item is refused', async () => {
  const { executions } = createMemoryStores();
  const head = headOf({ state: { text: { v: 'x'.repeat(410_000) } } });
  await assert.rejects(executions.create({ head }), { code: 'head_too_large' });
});
