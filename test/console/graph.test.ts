/** How a flow is drawn, and the state of each box from a view and a history. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Item, View } from '../../lib/console/api/history.ts';
import { draw } from '../../lib/console/graph/draw.ts';
import { placed, toElk } from '../../lib/console/graph/layout.ts';
import { inOrder } from '../../lib/console/graph/order.ts';
import { activityOf } from '../../lib/console/live/activity.ts';
import { complete } from '../../lib/console/live/complete.ts';
import { lineStates } from '../../lib/console/live/line-state.ts';
import { nodeStates } from '../../lib/console/live/node-state.ts';
import { expense, records } from '../browser/console-app.ts';

const drawing = draw(expense.graph, { 'check>match/0': 'over100' });
const boxes = new Map(drawing.boxes.map((box) => [box.id, box]));
const SUB = 'check>match/0>subFlow';

const view = (more: Partial<View> = {}): View => ({
  ...{ executionId: 'x', flow: 'expense-approval', status: 'running', lifecycle: 'open', autoClose: true },
  ...{ state: {}, interrupts: [], createdAt: '2026-01-01T00:00:00.000Z' },
  ...(more as View),
});

let seq = 0;
const item = (type: string, node: string, more: Partial<Item> = {}): Item => {
  seq += 1;
  return { seq, at: new Date(seq * 1_000).toISOString(), type, node, activationId: `a-${node}`, attempt: 1, ...more };
};
const ran = (node: string, more: Partial<Item> = {}) => [
  item('attempt_started', node, more),
  item('attempt_succeeded', node, { ms: 400, ...more }),
];

function statesOf(shown: View, items: readonly Item[]) {
  const states = nodeStates(drawing, { view: shown, activity: activityOf(items) });
  const lines = lineStates(drawing, states);
  return {
    state: (id: string) => states.get(id)?.state,
    live: (id: string) => states.get(id),
    line: (from: string, to: string) => {
      const line = drawing.lines.find((each) => each.from === from && each.to === to);
      return line && lines.get(line.id);
    },
  };
}

describe('a drawing', () => {
  it('names a choice by its predicate, and its ways yes and no', () => {
    assert.equal(boxes.get('check>match')?.name, 'over100');
    const ways = drawing.lines.filter(({ from }) => from === 'check>match');
    assert.deepEqual(
      ways.map(({ to, label }) => [to, label]),
      [
        [SUB, 'yes'],
        ['check>match/else/autoApprove', 'no'],
      ],
    );
  });

  it('leads what leaves a branch to what follows the choice, into its slot', () => {
    const into = drawing.lines.filter(({ to }) => to === 'ready');
    assert.deepEqual(
      into.map(({ from, slot }) => `${from} ${slot}`).toSorted(),
      [`${SUB} decision`, 'check>match/else/autoApprove decision', 'loadLimits limits'].toSorted(),
    );
  });

  it('opens a sub-flow in place', () => {
    const inner = boxes.get(`${SUB}|askManager`);
    assert.deepEqual([inner?.name, inner?.parent], ['askManager', SUB]);
    assert.equal(boxes.get(SUB)?.kind, 'frame');
  });

  it('shows a list as one box with its steps', () => {
    const list = draw(records.graph);
    assert.deepEqual(
      list.boxes.map(({ name, kind }) => [name, kind]),
      [
        ['readFile', 'chunk'],
        ['normalise → lookUpVendor', 'list'],
        ['summarise', 'chunk'],
      ],
    );
    assert.deepEqual(list.boxes[1]?.steps, ['normalise', 'lookUpVendor']);
  });

  it('asks the layout for every box once, at its own level, with a port for each slot', () => {
    const root = toElk(drawing);
    const frame = root.children?.find(({ id }) => id === SUB);
    assert.deepEqual(
      frame?.children?.map(({ id }) => id),
      [`${SUB}|askManager`, `${SUB}|keepAnswer`],
    );
    const join = root.children?.find(({ id }) => id === 'ready');
    assert.equal(join?.ports?.length, 3);
    const targets = root.edges?.flatMap((edge) => edge.targets) ?? [];
    assert.ok(targets.includes('ready slot decision') && targets.includes('ready slot limits'));
  });

  it('places what is in a frame where the frame is', () => {
    const child = { id: 'b', x: 5, y: 6, width: 10, height: 10 };
    const { boxes: places } = placed({ id: 'flow', children: [{ id: 'a', x: 100, y: 50, children: [child] }] });
    assert.deepEqual(places.b, { x: 105, y: 56, width: 10, height: 10 });
  });

  it('has an order in which each box follows what leads to it', () => {
    const order = inOrder(drawing).map(({ id }) => id);
    for (const { from, to } of drawing.lines) assert.ok(order.indexOf(from) < order.indexOf(to), `${from} ${to}`);
  });
});

describe('the state of a box', () => {
  it('is to come before anything has run', () => {
    const { state, line } = statesOf(view(), []);
    assert.deepEqual([state('check'), state('payOut'), line('check', 'loadLimits')], ['later', 'later', 'off']);
  });

  it('is that of its most urgent activation, also inside a sub-flow, whose frame shows it', () => {
    const doing = [
      { node: 'askManager', path: [SUB], chunk: 'askManager', activationId: 'a', state: 'waiting', attempt: 1 },
      { node: 'loadLimits', chunk: 'loadLimits', activationId: 'b', state: 'running', attempt: 1 },
      { node: 'loadLimits', chunk: 'loadLimits', activationId: 'c', state: 'retrying', attempt: 2, maxAttempts: 5 },
    ] as const;
    const { state, live, line } = statesOf(view({ doing }), ran('check'));
    assert.equal(state(`${SUB}|askManager`), 'waiting');
    assert.equal(state(SUB), 'waiting');
    assert.deepEqual(
      [live('loadLimits')?.state, live('loadLimits')?.text, live('loadLimits')?.times],
      ['retrying', '2 of 5', 2],
    );
    assert.equal(line('check', 'loadLimits'), 'retry');
    assert.equal(line(SUB, 'ready'), 'wait');
  });

  it('is skipped where the choice went another way', () => {
    const doing = [
      { node: 'askManager', path: [SUB], chunk: 'askManager', activationId: 'a', state: 'waiting', attempt: 1 },
    ] as const;
    const { state, line } = statesOf(view({ doing }), ran('check'));
    assert.deepEqual([state('check>match'), state('check>match/else/autoApprove')], ['done', 'skipped']);
    assert.equal(line('check>match', 'check>match/else/autoApprove'), 'no');
    assert.equal(line('check>match', SUB), 'done');
    assert.equal(state('payOut'), 'later');
  });

  it('shows which slots of a join are filled', () => {
    const have = [{ name: 'limits', at: '2026-01-01T00:00:01.000Z' }];
    const joins = [{ node: 'ready', scope: 's', have, missing: ['decision'] }];
    const { live, line } = statesOf(view({ joins }), [...ran('check'), ...ran('loadLimits')]);
    assert.deepEqual(live('ready')?.have, { limits: '2026-01-01T00:00:01.000Z' });
    assert.deepEqual([line('loadLimits', 'ready'), line(SUB, 'ready')], ['done', 'off']);
  });

  it('is failed with the reason, and the rest is not done', () => {
    const shown = view({ status: 'failed', failed: [{ activationId: 'a-check', chunk: 'check' }] });
    const { state } = statesOf(shown, [item('attempt_started', 'check'), item('attempt_failed', 'check', { ms: 1 })]);
    assert.deepEqual([state('check'), state('payOut')], ['failed', 'later']);
  });

  it('is done or skipped once the execution is closed', () => {
    const items = [...ran('check'), ...ran('check>match/else/autoApprove'), ...ran('loadLimits'), ...ran('payOut')];
    const shown = view({ status: 'completed', lifecycle: 'closed' });
    const { state, live } = statesOf(shown, [...items, item('joined', 'ready')]);
    assert.deepEqual([state('payOut'), state(SUB), state('fileReceipt')], ['done', 'skipped', 'skipped']);
    assert.equal(live('ready')?.isFull, true);
    assert.equal(live('payOut')?.text, '0.4 s');
  });
});

describe('a view that does not say what goes on', () => {
  it('is completed from the records: attempts, slots of joins, items of lists', () => {
    const path = [SUB];
    const items = [
      ...ran('check', { next: ['loadLimits', SUB] }),
      item('attempt_started', 'askManager', { path }),
      item('waiting', 'askManager', { path }),
      item('attempt_started', 'loadLimits'),
      item('attempt_succeeded', 'loadLimits', { next: ['ready'] }),
    ];
    const shown = complete(view(), items, drawing);
    assert.deepEqual(
      shown.doing?.map(({ node, state }) => [node, state]),
      [['askManager', 'waiting']],
    );
    assert.deepEqual(
      shown.joins?.map(({ node, have, missing }) => [node, have.map(({ name }) => name), missing]),
      [['ready', ['limits'], ['decision']]],
    );
    const { line } = statesOf(shown, items);
    assert.deepEqual([line('loadLimits', 'ready'), line(SUB, 'ready')], ['done', 'wait']);
  });

  it('counts a list by its last step', () => {
    const list = draw(records.graph);
    const [first = '', last = ''] = list.boxes[1]?.inside ?? [];
    const of = (type: string, node: string, n: number) => item(type, node, { activationId: `${node} ${n}` });
    const items = [
      item('items_opened', list.boxes[1]?.id ?? '', { count: 4 }),
      ...[0, 1, 2].flatMap((n) => [of('attempt_started', first, n), of('attempt_succeeded', first, n)]),
      ...[of('attempt_started', last, 0), of('attempt_succeeded', last, 0)],
      ...[of('attempt_started', last, 1), of('attempt_failed', last, 1)],
      of('attempt_started', last, 2),
    ];
    const [counts] = complete(view(), items, list).lists ?? [];
    assert.deepEqual([counts?.total, counts?.done, counts?.failed, counts?.running, counts?.retrying], [4, 1, 1, 1, 0]);
  });
});
