import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HistoryRecord } from '../../../lib/engine/history/records.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { beginningOf } from '../../../lib/runtime/history/committed.ts';
import { createTestkit } from '../../../lib/testing.ts';

const ID = 'K0Kb_nSsY2ZK08RpNTqakw';

/** Where the activation began, by these records of its execution. */
async function begunBy(records: readonly HistoryRecord[]) {
  const flow = defineFlow({ name: 'told' });
  flow.to('work', () => null);
  const { client, ports } = createTestkit(defineApp({ flows: [flow] }));
  await client.start('told', null, { id: 'x' });
  const head = (await ports.executions.load('x'))?.head;
  assert.ok(head);
  const block = { first: 1, id: 'a', last: records.length, records };
  const history = {
    ...ports.history,
    read: async (_: unknown, { first }: { first: number }) => (first < 1 ? [block] : []),
  };
  const reading = { ports: { clock: ports.clock, history }, graphOf: () => flow.graph };
  return beginningOf(reading as never, { ...head, history: { n: records.length, stubs: '', at: 0 } as never }, ID);
}

const started = (seq: number, rest: object): HistoryRecord => ({
  seq,
  at: seq,
  type: 'attempt_started',
  node: 'work',
  ...rest,
});
const changed: HistoryRecord = {
  seq: 2,
  at: 2,
  type: 'attempt_succeeded',
  changes: [{ n: 1, state: { a: { v: 1 } } }],
};

describe('the beginning of an activation', () => {
  it('is that of its first attempt', async () => {
    const first = started(1, { activationId: ID, base: 0 });
    const found = await begunBy([first, changed, started(3, { activationId: ID, base: 1 })]);
    assert.deepEqual(found, { record: first, committed: { state: {}, joins: [] } });
  });

  it('is not that of a later attempt, if a vanished worker took the record of the first along', async () => {
    const found = await begunBy([
      started(1, { activationId: 'K0K', lost: true }),
      changed,
      started(3, { activationId: ID, base: 1 }),
    ]);
    assert.deepEqual(found, { record: started(3, { activationId: ID }) });
  });
});
