import assert from 'node:assert/strict';
import type { FlowDataStore } from '../ports/flow-data-store.ts';
import { MAX_ROW_BYTES } from '../ports/value-store.ts';
import { randomId } from './samples.ts';
import { suite, together } from './suite.ts';

/** Shared data: versions, conditions, idempotent operations. @param create a store; each call may return the same */
export function describeFlowDataStore(adapter: string, create: () => Promise<FlowDataStore>): void {
  const { check } = suite('FlowDataStore', adapter);

  check('there is nothing at version 0; every write raises the version', async () => {
    const store = await create();
    const flow = randomId();
    assert.deepEqual(await store.load(flow), { version: 0, data: {}, operations: [] });
    const data = { a: { deep: [1, null, 'ü'] }, 'with space': 'x'.repeat(3_000) };
    assert.equal(await store.apply(flow, { version: 0, data, operations: ['o1', 'host:o2'] }), 'applied');
    assert.deepEqual(await store.load(flow), { version: 1, data, operations: ['o1', 'host:o2'] });
    assert.equal(await store.apply(flow, { version: 1, data: {}, operations: [] }), 'applied');
    assert.deepEqual(await store.load(flow), { version: 2, data: {}, operations: [] });
  });

  check('a write on another version than the stored one changes nothing', async () => {
    const store = await create();
    const flow = randomId();
    const next = { data: { k: 1 }, operations: [] };
    assert.equal(await store.apply(flow, { version: 3, ...next }), 'conflict');
    assert.equal(await store.apply(flow, { version: 0, ...next }), 'applied');
    for (const version of [0, 2]) {
      assert.equal(await store.apply(flow, { version, data: { k: 2 }, operations: ['o'] }), 'conflict');
    }
    assert.deepEqual(await store.load(flow), { version: 1, ...next });
  });

  check('of many writers at once one wins each version', async () => {
    const store = await create();
    const flow = randomId();
    await together(12, async (i) => {
      for (;;) {
        const { version, data, operations } = await store.load(flow);
        const next = { version, data: { n: Number(data.n ?? 0) + 1 }, operations: [...operations, `o${i}`] };
        if ((await store.apply(flow, next)) === 'applied') return;
      }
    });
    const { version, data, operations } = await store.load(flow);
    assert.deepEqual({ version, data }, { version: 12, data: { n: 12 } });
    assert.equal(new Set(operations).size, 12);
  });

  check('data over the limit is refused and nothing is written', async () => {
    const store = await create();
    const flow = randomId();
    const data = { k: 'x'.repeat(MAX_ROW_BYTES) };
    await assert.rejects(store.apply(flow, { version: 0, data, operations: [] }), { code: 'value_too_large' });
    assert.equal((await store.load(flow)).version, 0);
  });

  check('flows have data of their own', async () => {
    const store = await create();
    const flow = randomId();
    await store.apply(flow, { version: 0, data: { k: 1 }, operations: [] });
    assert.equal((await store.load(`${flow}.v2`)).version, 0);
  });
}
