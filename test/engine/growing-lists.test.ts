import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headOf } from '../../lib/contracts/samples.ts';
import type { Head, PartedList, Value } from '../../lib/engine/head.ts';
import { bytesOf, pack } from '../../lib/engine/values/pack.ts';

const ITEM = 'x'.repeat(98);

/** Appends to a list in parts, `times` commits with one item each. @returns the largest bytes of the list in a head */
function grow(times: number): { readonly list: PartedList; readonly most: number } {
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `${ids}`.padStart(22, 'r');
  };
  let before: Head = headOf({ state: { rows: { size: 1, parts: [{ ref: newId(), at: '0' }], bytes: 100 } as Value } });
  let most = 0;
  for (let n = 1; n <= times; n += 1) {
    const list = before.state.rows as PartedList;
    const rest = { ...list.rest, [list.size]: { v: ITEM } };
    const head: Head = { ...before, format: 2, outbox: [], state: { rows: { ...list, size: list.size + 1, rest } } };
    pack(before, head, { inlineBytes: 256, ledgerKept: 64, newId, known: new Map(), format: 2 });
    most = Math.max(most, bytesOf(head.state.rows));
    before = head;
  }
  return { list: before.state.rows as PartedList, most };
}

describe('a list of the state that grows', () => {
  it('takes a few KB of the head, and 25 bytes for each further 60 KB', () => {
    const { list, most } = grow(20_000);
    assert.equal(list.size, 20_001);
    const further = Math.ceil((20_000 * 100) / 60_000);
    assert.ok(list.index && list.index.length <= further, `${list.index?.length} references, not ${further}`);
    assert.ok(most < 5_200 + further * 25, `${most} bytes`);
  });
});
