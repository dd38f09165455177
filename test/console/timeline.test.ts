/** Rows, folds and densities of the timeline. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Item } from '../../lib/console/api/history.ts';
import { draw } from '../../lib/console/graph/draw.ts';
import { addTo } from '../../lib/console/timeline/busy.ts';
import { densityOf, densityOfMinutes, shapesOf } from '../../lib/console/timeline/density.ts';
import { rowsOf } from '../../lib/console/timeline/rows.ts';
import { FOLD, scaleOf, ticks } from '../../lib/console/timeline/scale.ts';
import { expense, records } from '../browser/console-app.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const at = (seconds: number) => new Date(seconds * SECOND).toISOString();
const item = (type: string, seconds: number, node: string, more: Partial<Item> = {}): Item => ({
  ...{ seq: seconds, at: at(seconds), type, node, activationId: `a-${node}`, attempt: 1 },
  ...more,
});

describe('a row of the timeline', () => {
  const drawing = draw(expense.graph);

  it('has the time in the queue, each try, the pause between and what goes on', () => {
    const items = [
      item('attempt_started', 10, 'check', { dueAt: at(8) }),
      item('attempt_failed', 12, 'check', { ms: 2_000, nextAt: at(20) }),
      item('attempt_started', 23, 'check', { attempt: 2, dueAt: at(20) }),
    ];
    const [row] = rowsOf(items, drawing).rows;
    assert.deepEqual(
      row?.spans.map(({ kind, from, to }) => [kind, from / SECOND, to === undefined ? undefined : to / SECOND]),
      [
        ['queue', 8, 10],
        ['failed', 10, 12],
        ['retry', 12, 20],
        ['queue', 20, 23],
        ['run', 23, undefined],
      ],
    );
    assert.equal(row?.workMs, 2_000);
  });

  it('has the wait for a person up to the answer, and a mark there', () => {
    const node = 'askManager';
    const path = ['check>match/0>subFlow'];
    const items = [
      item('attempt_started', 1, node, { path }),
      item('waiting', 2, node, { path }),
      item('answered', 60, node, { path, actor: 'ann' }),
    ];
    const [row] = rowsOf(items, drawing).rows;
    assert.equal(row?.box.name, 'askManager');
    assert.deepEqual(row?.spans.at(-1), { kind: 'wait', from: 2 * SECOND, to: 60 * SECOND });
    assert.deepEqual(
      row?.marks.map(({ title }) => title),
      ['answered'],
    );
  });

  it('is one for all items of a list', () => {
    const list = draw(records.graph);
    const nodes = Object.keys(records.graph.nodes).filter((id) => id.endsWith('/normalise'));
    const [node = ''] = nodes;
    const items = Array.from({ length: 5 }, (_, i) => [
      item('attempt_started', i, node, { activationId: `a${i}` }),
      item('attempt_succeeded', i + 1, node, { activationId: `a${i}` }),
    ]).flat();
    const { rows } = rowsOf(items, list);
    assert.deepEqual(
      rows.map(({ box, times }) => [box.kind, times]),
      [['list', 5]],
    );
  });
});

describe('spans in which anything worked', () => {
  it('are joined where they meet, whatever their order', () => {
    const spans = [
      [10, 20],
      [90, 95],
      [21, 30],
      [50, 60],
      [0, 1],
      [25, 55],
    ] as const;
    const busy: { from: number; to: number }[] = [];
    for (const [from, to] of spans) addTo(busy, from * SECOND, to * SECOND);
    assert.deepEqual(
      busy.map(({ from, to }) => [from / SECOND, to / SECOND]),
      [
        [0, 1],
        [10, 60],
        [90, 95],
      ],
    );
  });
});

describe('the scale', () => {
  const drawing = draw(expense.graph);
  const { rows, busy } = rowsOf(
    [
      item('attempt_started', 0, 'check'),
      item('waiting', 60, 'check'),
      item('answered', 90_000, 'check'),
      item('attempt_started', 90_000, 'payOut'),
      item('attempt_succeeded', 90_060, 'payOut'),
    ],
    drawing,
  );
  const window = { from: 0, to: 90_060 * SECOND };

  it('folds a day in which only a person was waited for', () => {
    const scale = scaleOf(busy, window);
    assert.equal(scale.folds.length, 1);
    const [fold] = scale.folds;
    assert.ok(fold && fold.to - fold.from > 24 * HOUR);
    assert.ok(Math.abs(scale.place(fold.to) - scale.place(fold.from) - FOLD) < 1e-9);
    assert.equal(scale.place(0), 0);
    assert.equal(scale.place(window.to), 1);
  });

  it('grows with time, folded or not', () => {
    for (const unfold of [false, true]) {
      const scale = scaleOf(busy, window, unfold);
      const places = Array.from({ length: 500 }, (_, i) => scale.place((window.to * i) / 499));
      assert.ok(places.every((place, i) => place >= (places[i - 1] ?? 0)));
      assert.equal(scale.folds.length, unfold ? 0 : 1);
    }
  });

  it('has no tick inside a fold', () => {
    const scale = scaleOf(busy, window);
    const found = ticks(scale);
    assert.ok(found.length >= 3);
    for (const tick of found) assert.ok(scale.folds.every(({ from, to }) => tick <= from || tick >= to));
  });

  it('counts attempts per strip, from spans and from minutes', () => {
    const scale = scaleOf(busy, window, true);
    const spans = densityOf(rows, scale);
    assert.equal(
      spans.reduce((sum, { done }) => sum + done, 0),
      2,
    );
    const minutes = densityOfMinutes({ [at(60)]: { started: 9, succeeded: 7, failed: 2 } }, scale);
    assert.deepEqual(minutes[0], { done: 7, failed: 2 });
    const shapes = shapesOf(
      [
        { done: 3, failed: 1 },
        { done: 0, failed: 0 },
      ],
      20,
    );
    assert.deepEqual(shapes, { done: 'M0.08 20.00V5.00H0.92V20.00Z', failed: 'M0.08 5.00V0.00H0.92V5.00Z' });
  });
});
