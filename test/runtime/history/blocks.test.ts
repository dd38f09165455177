/** Blocks of records: each as long as its span and its bytes allow. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Head } from '../../../lib/engine/head.ts';
import type { HistoryRecord } from '../../../lib/engine/history/records.ts';
import { BLOCK_SPAN } from '../../../lib/ports/history-store.ts';
import { BLOCK_BYTES, BLOCKS, putBlocks } from '../../../lib/runtime/history/blocks.ts';
import { recordsAfter } from '../../../lib/runtime/history/records-after.ts';
import { createKit } from '../kit.ts';

const OWNER = { executionId: 'e1', inc: 'a' };

const record = (seq: number, more: Partial<HistoryRecord> = {}): HistoryRecord => ({
  seq,
  at: 0,
  type: 'attempt_succeeded',
  ...more,
});

/** The `seq` of the records in each stored block. */
async function stored(records: readonly HistoryRecord[]): Promise<readonly (readonly number[])[]> {
  const { ports } = createKit({ flows: [], resources: {} });
  await putBlocks(ports, OWNER, 'w', records);
  const blocks = await ports.history.read(OWNER, { first: 0, id: '~' }, 100);
  for (const block of blocks) assert.equal(block.first, block.records[0]?.seq);
  return blocks.map((block) => block.records.map(({ seq }) => seq));
}

describe('blocks of records', () => {
  it('span fewer positions than their limit, in order', async () => {
    const seqs = [1, 2, BLOCK_SPAN, BLOCK_SPAN + 1, 3 * BLOCK_SPAN];
    const given = seqs.toReversed().map((seq) => record(seq));
    assert.deepEqual(await stored(given), [[1, 2, BLOCK_SPAN], [BLOCK_SPAN + 1], [3 * BLOCK_SPAN]]);
  });

  for (const name of ['message', 'value'] as const)
    it(`have no more bytes than their limit: records with a long ${name}`, async () => {
      const text = 'ü'.repeat(BLOCK_BYTES / 5);
      const more = name === 'value' ? { value: { v: text } } : { error: { name: 'Error', message: text } };
      // Two of them fit into a block, with a short one.
      const given = [record(1, more), record(2), record(3, more), record(4, more), record(5)];
      assert.deepEqual(await stored(given), [
        [1, 2, 3],
        [4, 5],
      ]);
    });

  it('hold one record that is over the limit alone', async () => {
    const value = { v: 'x'.repeat(2 * BLOCK_BYTES) };
    assert.deepEqual(await stored([record(1), record(2, { value }), record(3)]), [[1], [2], [3]]);
  });

  it('are read on while others begin before the records that are asked for', async () => {
    const { ports } = createKit({ flows: [], resources: {} });
    const worker = [1, ...Array.from({ length: 100 }, (_, i) => 2 * BLOCKS + i)];
    await putBlocks(
      ports,
      OWNER,
      'worker',
      worker.map((seq) => record(seq)),
    );
    for (let seq = 2; seq < 2 * BLOCKS; seq += 1) await putBlocks(ports, OWNER, `caller${seq}`, [record(seq)]);
    const head = { id: OWNER.executionId, inc: OWNER.inc, history: { n: 2 * BLOCKS + 99 }, options: {} } as Head;
    for (const after of [0, BLOCKS, 2 * BLOCKS - 5, 2 * BLOCKS + 50]) {
      const { records } = await recordsAfter({ ports, graphOf: () => undefined }, head, after, 10);
      assert.equal(records[0]?.seq, after + 1);
      assert.ok(records.length >= 10);
    }
  });
});
