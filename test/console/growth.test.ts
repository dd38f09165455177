/** What an update of a long execution costs: the records that are new, never all. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Item } from '../../lib/console/api/history.ts';
import { createActivations } from '../../lib/console/execution/panel/activations.ts';
import { createReasons } from '../../lib/console/execution/panel/list-facts.ts';
import { draw } from '../../lib/console/graph/draw.ts';
import { activityOf, createActivity } from '../../lib/console/live/activity.ts';
import { createFold } from '../../lib/console/live/fold.ts';
import { createRows, rowsOf } from '../../lib/console/timeline/rows.ts';
import { records } from '../browser/console-app.ts';

const drawing = draw(records.graph);
const list = drawing.boxes.find(({ kind }) => kind === 'list');
assert.ok(list);
const [first = '', last = ''] = list.inside ?? [];

const at = (ms: number) => new Date(ms).toISOString();
const item = (n: number, type: string, node: string, more: Partial<Item> = {}): Item => ({
  ...{ seq: 4 * n, at: at(n * 10), type, node, activationId: `${node} ${n}`, attempt: 1, items: String(n), ...more },
});
/** Records of item `n` of the list: one in forty fails. */
const itemRecords = (n: number): readonly Item[] => [
  item(n, 'attempt_started', first),
  item(n, 'attempt_succeeded', first, { ms: 5 }),
  item(n, 'attempt_started', last),
  n % 40 === 17
    ? item(n, 'attempt_failed', last, { ms: 5, error: { name: 'Error', message: 'vendor unknown' } })
    : item(n, 'attempt_succeeded', last, { ms: 5 }),
];
const recordsOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => itemRecords(from + i)).flat();

/** Counts how many records are looked at. */
function watched(items: readonly Item[]) {
  const seen = new Set<Item>();
  const each = items.map(
    (record): Item =>
      new Proxy(record, {
        get(target, name, self) {
          seen.add(target);
          return Reflect.get(target, name, self);
        },
      }),
  );
  return { items: each, seen };
}

describe('an update of 5,000 records', () => {
  const readers = {
    activity: createActivity(),
    rows: createRows(drawing),
    reasons: createReasons(list),
    activations: createActivations(last),
  };
  const { items, seen } = watched(recordsOf(0, 1_250));
  const before = items.slice(0, 4_980);

  for (const [name, read] of Object.entries(readers)) {
    it(`walks only the new ones: ${name}`, () => {
      read(before);
      seen.clear();
      read(items);
      assert.equal(seen.size, 20);
      seen.clear();
      read(items);
      assert.equal(seen.size, 0);
    });
  }

  it('gives what a reading of all at once gives', () => {
    const plain = recordsOf(0, 1_250);
    const [activity, rows] = [createActivity(), createRows(drawing)];
    for (let upTo = 0; upTo <= plain.length; upTo += 333) {
      activity(plain.slice(0, upTo));
      rows(plain.slice(0, upTo));
    }
    assert.deepEqual(activity(plain), activityOf(plain));
    assert.deepEqual(strip(rows(plain)), strip(rowsOf(plain, drawing)));
    const [reason] = createReasons(list)(plain);
    assert.deepEqual([reason?.message, reason?.count, reason?.items.length], ['vendor unknown', 31, 5]);
  });

  it('keeps rows that did not change', () => {
    const rows = createRows(drawing);
    const [one] = rows(items).rows;
    const [other] = rows([...items]).rows;
    assert.equal(one, other);
  });

  it('begins anew with other records', () => {
    const fold = createFold<number, { sum: number }>(
      () => ({ sum: 0 }),
      (state, n) => {
        state.sum += n;
      },
    );
    assert.equal(fold([1, 2, 3]).sum, 6);
    assert.equal(fold([1, 2, 3, 4]).sum, 10);
    assert.equal(fold([1, 4]).sum, 5);
    assert.equal(fold([]).sum, 0);
    assert.equal(fold([7]).sum, 7);
  });
});

function strip({ rows, busy }: ReturnType<typeof rowsOf>) {
  return { busy, rows: rows.map(({ box, spans, marks, times, workMs }) => [box.id, spans, marks, times, workMs]) };
}
