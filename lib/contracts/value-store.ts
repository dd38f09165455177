import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Json } from '../flow/json.ts';
import { MAX_ROW_BYTES, MAX_VALUE_BYTES, type ValueStore } from '../ports/value-store.ts';
import { randomId, randomOwner } from './samples.ts';
import { suite, together, untilErased } from './suite.ts';

/** Large values, written before the head that names them. @param create a store; each call may return the same */
export function describeValueStore(adapter: string, create: () => Promise<ValueStore>): void {
  const { check } = suite('ValueStore', adapter);

  check('values of every kind and size come back equal', async () => {
    const store = await create();
    const owner = randomOwner();
    const values = new Map<string, Json>([
      ['null', null],
      ['zero', 0],
      ['false', false],
      ['empty', ''],
      ['nested', { list: [1, { deep: ['ü', '€', '😀', '\u0000'] }], none: null }],
      ['large', 'text '.repeat(60_000)],
      ...Array.from({ length: 150 }, (_, i): [string, Json] => [`many-${i}`, { i }]),
    ]);
    await store.put(owner, values);
    assert.deepEqual(await sorted(store.get(owner, [...values.keys()])), new Map([...values].sort(byKey)));
  });

  check('missing values are absent, repeated refs are answered once', async () => {
    const store = await create();
    const owner = randomOwner();
    await store.put(owner, new Map([['here', 1]]));
    assert.deepEqual(await store.get(owner, ['here', 'not', 'here']), new Map([['here', 1]]));
    assert.deepEqual(await store.get(owner, []), new Map());
  });

  check('a value belongs to one incarnation of one execution', async () => {
    const store = await create();
    const owner = randomOwner();
    await store.put(owner, new Map([['ref', 1]]));
    assert.equal((await store.get({ ...owner, inc: randomId() }, ['ref'])).size, 0);
    assert.equal((await store.get({ ...owner, executionId: randomId() }, ['ref'])).size, 0);
  });

  check('a value never changes: a second put is without effect', async () => {
    const store = await create();
    const owner = randomOwner();
    await store.put(owner, new Map([['ref', { first: true }]]));
    await store.put(
      owner,
      new Map<string, Json>([
        ['ref', 'second'],
        ['other', 2],
      ]),
    );
    const expected = new Map<string, Json>([
      ['ref', { first: true }],
      ['other', 2],
    ]);
    assert.deepEqual(await sorted(store.get(owner, ['ref', 'other'])), new Map([...expected].sort(byKey)));
    await together(10, (i) => store.put(owner, new Map([['raced', i]])));
    const raced = await store.get(owner, ['raced']);
    await store.put(owner, new Map([['raced', 99]]));
    assert.deepEqual(await store.get(owner, ['raced']), raced);
  });

  check('what is loaded shares nothing with what was put', async () => {
    const store = await create();
    const owner = randomOwner();
    const value = { list: [1] };
    await store.put(owner, new Map([['ref', value]]));
    value.list.push(2);
    const loaded = (await store.get(owner, ['ref'])).get('ref') as { list: number[] };
    loaded.list.push(3);
    assert.deepEqual((await store.get(owner, ['ref'])).get('ref'), { list: [1] });
  });

  check('large values come back equal, next to small ones', async () => {
    const store = await create();
    const owner = randomOwner();
    const values = new Map<string, Json>([
      ['small', 1],
      ['row', noise(MAX_ROW_BYTES - 2)],
      ['over', noise(MAX_ROW_BYTES - 1)],
      ['plain', 'text '.repeat(1_000_000)],
      ['wide', '€'.repeat(MAX_ROW_BYTES)],
      ['list', Array.from({ length: 20 }, (_, i) => ({ i, text: noise(60_000) }))],
    ]);
    await store.put(owner, values);
    await store.put(owner, values);
    assert.deepEqual(await sorted(store.get(owner, [...values.keys()])), new Map([...values].sort(byKey)));
  });

  check('a large value never changes either, and is dropped whole', async () => {
    const store = await create();
    const owner = randomOwner();
    const first = noise(2 * MAX_ROW_BYTES);
    await store.put(owner, new Map([['ref', first]]));
    await store.put(owner, new Map([['ref', noise(3 * MAX_ROW_BYTES)]]));
    await store.put(owner, new Map([['ref', 'small']]));
    assert.ok((await store.get(owner, ['ref'])).get('ref') === first);
    await store.drop(owner, ['ref'], Date.now() + 86_400_000);
    await store.drop(owner, ['ref'], Date.now() + 86_400_000);
    assert.ok((await store.get(owner, ['ref'])).get('ref') === first);
  });

  check('the limit is bytes of JSON in UTF-8; one byte more and nothing at all is written', async () => {
    const store = await create();
    const owner = randomOwner();
    const fitting = noise(MAX_VALUE_BYTES - 2);
    await store.put(owner, new Map([['fits', fitting]]));
    assert.ok((await store.get(owner, ['fits'])).get('fits') === fitting);
    const tooLarge = [`${fitting}x`, '€'.repeat(Math.floor(MAX_VALUE_BYTES / 3) + 1)];
    for (const value of tooLarge) {
      const values = new Map([
        ['small', '1'],
        ['large', value],
      ]);
      await assert.rejects(store.put(owner, values), { code: 'value_too_large' });
      assert.equal((await store.get(owner, ['small', 'large'])).size, 0);
    }
  });

  check('dropped values are still there before their time; dropping is repeatable and makes nothing', async () => {
    const store = await create();
    const owner = randomOwner();
    await store.put(owner, new Map([['ref', 1]]));
    const tomorrow = Date.now() + 86_400_000;
    await store.drop(owner, ['ref', 'never'], tomorrow);
    await store.drop(owner, ['ref', 'never'], tomorrow);
    assert.deepEqual(await store.get(owner, ['ref', 'never']), new Map([['ref', 1]]));
  });

  check('what is erased is gone, dropped or not, and the rest stays', async () => {
    const store = await create();
    const [owner, other] = [randomOwner(), randomOwner()];
    const refs = Array.from({ length: 300 }, (_, i) => `r${i}`);
    await store.put(owner, new Map(refs.map((ref) => [ref, 1])));
    await store.put(other, new Map([['r0', 1]]));
    await store.drop(owner, ['r0'], Date.now() + 86_400_000);
    await untilErased(() => store.erase(owner));
    assert.equal((await store.get(owner, refs)).size, 0);
    assert.equal((await store.get(other, ['r0'])).size, 1);
    assert.equal(await store.erase(owner), 'erased');
  });

  check('refs and owners that do not fit into a key are refused', async () => {
    const store = await create();
    const owner = randomOwner();
    const values = (ref: string) =>
      new Map([
        ['fine', 1],
        [ref, 1],
      ]);
    await assert.rejects(store.put(owner, values('a#b')), { code: 'invalid_request' });
    await assert.rejects(store.put({ ...owner, inc: 'a#b' }, values('ref')), { code: 'invalid_request' });
    await assert.rejects(store.get({ ...owner, executionId: '' }, ['ref']), { code: 'invalid_request' });
    assert.equal((await store.get(owner, ['fine'])).size, 0);
  });
}

async function sorted(found: Promise<ReadonlyMap<string, Json>>): Promise<Map<string, Json>> {
  return new Map([...(await found)].sort(byKey));
}

function byKey([a]: [string, Json], [b]: [string, Json]): number {
  return a < b ? -1 : 1;
}

/** Text that does not get much shorter when it is packed. */
function noise(length: number): string {
  return randomBytes(length).toString('base64url').slice(0, length);
}
