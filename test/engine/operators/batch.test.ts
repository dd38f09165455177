import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dispatch } from '../../../lib/engine/moves.ts';
import { NO_LOOKUPS, newTransition } from '../../../lib/engine/transition.ts';
import { literal } from '../../../lib/engine/values/value-refs.ts';
import { MOVES } from '../../../lib/engine/wiring.ts';
import type { Graph } from '../../../lib/flow/graph/graph.ts';
import { defineFlow } from '../../../lib/index.ts';
import { unfilledJoins } from '../../../lib/runtime/view/unfilled.ts';
import { pass, Run } from '../support.ts';

function threeWay() {
  const flow = defineFlow({ name: 'batch' });
  const [a, b, c] = [flow.chunk('a', pass), flow.chunk('b', pass), flow.chunk('c', pass)];
  flow.batch([a, b, c]).to('end', pass);
  return flow;
}

const A = '>batch/a';
const B = '>batch/b';
const C = '>batch/c';

/** A batch nested in a batch branch, built by hand because the authoring API cannot express it. */
const nested: Graph = {
  flow: 'nested',
  entry: [{ node: 'outer' }],
  nodes: {
    outer: {
      kind: 'batch',
      branches: [
        { name: 'in', to: { node: 'inner' } },
        { name: 'x', to: { node: 'x' } },
      ],
      out: [{ node: 'end' }],
    },
    inner: {
      kind: 'batch',
      branches: [
        { name: 'y', to: { node: 'y' } },
        { name: 'z', to: { node: 'z' } },
      ],
      out: [{ exit: 'outer', branch: 'in' }],
    },
    x: { kind: 'chunk', chunk: 'x', out: [{ exit: 'outer', branch: 'x' }] },
    y: { kind: 'chunk', chunk: 'y', out: [{ exit: 'inner', branch: 'y' }] },
    z: { kind: 'chunk', chunk: 'z', out: [{ exit: 'inner', branch: 'z' }] },
    end: { kind: 'chunk', chunk: 'end', out: [] },
  },
  on: {},
  after: {},
  policies: {},
  defaults: {},
};

function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item) => orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

describe('an operator with a branch that was skipped', () => {
  const skips = (flow: ReturnType<typeof defineFlow>) => flow.chunk('skips', { onError: 'skip' }, pass);

  it('is reported as unfilled, and its running branches continue', () => {
    const flow = defineFlow({ name: 'skipping' });
    flow.batch([skips(flow), flow.chunk('asks', pass), flow.chunk('b', pass)]).to('end', pass);
    const run = new Run(flow);
    run.claim();
    run.fails('>batch/skips', { fatal: true });
    const wait = run.pauses('>batch/asks');
    run.done('>batch/b');
    run.resume(wait, null);
    assert.deepEqual(run.nodes(), []);
    const [unfilled] = unfilledJoins(flow, run.head);
    assert.deepEqual({ has: unfilled?.has, missing: unfilled?.missing }, { has: ['asks', 'b'], missing: ['skips'] });
  });

  it('does not make the head of a loop grow', () => {
    const flow = defineFlow({ name: 'looping' });
    flow.when('again').batch([skips(flow), flow.chunk('b', pass)]);
    const run = new Run(flow);
    for (let turn = 0; turn < 50; turn += 1) {
      run.signal('again', null, `s${turn}`);
      run.claim();
      run.done('signal:again>batch/b', turn);
      run.fails('signal:again>batch/skips', { fatal: true });
    }
    const kept = Object.values(run.head.frames).map((frame) => frame.kind === 'branches' && frame.slots.b);
    assert.deepEqual(
      kept,
      Array.from({ length: 20 }, (_, i) => ({ v: 30 + i })),
    );
  });

  it('deletes items without live work', () => {
    const flow = defineFlow({ name: 'items' });
    flow.forEach((outer) => outer.forEach((item) => item.to(skips(flow)))).to('end', pass);
    const run = new Run(flow, [[1, 2], [3]]);
    const at = '>forEach/item>forEach/item/skips';
    const kinds = () => Object.values(run.head.frames).map(({ kind }) => kind);
    run.claim();
    run.done(at, 1);
    run.fails(at, { fatal: true });
    assert.deepEqual(kinds().sort(), ['item', 'item', 'list', 'list', 'list']);
    run.done(at, 3);
    assert.deepEqual({ kinds: kinds(), nodes: run.nodes() }, { kinds: ['list', 'list'], nodes: [] });
  });
});

describe('batch', () => {
  it('gives every branch the same input in one new scope', () => {
    const run = new Run(threeWay(), { n: 1 });
    assert.deepEqual(run.nodes(), [A, B, C]);
    assert.deepEqual(
      { inputOfA: run.input(A), inputOfB: run.input(B), inputOfC: run.input(C) },
      { inputOfA: { n: 1 }, inputOfB: { n: 1 }, inputOfC: { n: 1 } },
    );
    const scopes = new Set(run.head.activations.map(({ scope }) => scope));
    assert.equal(scopes.size, 1);
    assert.ok(!scopes.has(''));
  });

  it('continues once, with outputs in order of declaration, for any order of completion', () => {
    const ends = orders([A, B, C]).map((order) => {
      const run = new Run(threeWay());
      run.claim();
      order.forEach((node, i) => {
        assert.ok(!run.nodes().includes('end'), `went on after ${i} of 3`);
        run.done(node, node.slice(-1));
      });
      assert.deepEqual(run.nodes(), ['end']);
      assert.deepEqual(run.head.frames, {}, 'the frame is deleted');
      const { id, scope } = run.at('end');
      assert.equal(scope, '', 'the scope of the batch ends with it');
      return `${id} ${JSON.stringify(run.input('end'))}`;
    });
    assert.equal(ends.length, 6);
    assert.deepEqual([...new Set(ends)], [`${ends[0]}`]);
    assert.match(`${ends[0]}`, /\{"a":"a","b":"b","c":"c"\}$/);
  });

  it('waits for every branch; null is a value', () => {
    const run = new Run(threeWay());
    run.claim();
    run.done(A, null);
    run.done(B, null);
    assert.deepEqual(run.nodes(), [C]);
    run.done(C, null);
    assert.deepEqual(run.input('end'), { a: null, b: null, c: null });
  });

  it('continues with the answer of a paused branch', () => {
    const run = new Run(threeWay());
    run.claim();
    run.done(A, 1);
    const interrupt = run.pauses(B);
    run.done(C, 3);
    assert.deepEqual(run.nodes(), [], 'the others wait for it');
    run.resume(interrupt, 2);
    assert.deepEqual(run.input('end'), { a: 1, b: 2, c: 3 });
  });

  it('nests in another batch, in any order of completion', () => {
    const ends = orders(['x', 'y', 'z']).map((order) => {
      const run = new Run({ graph: nested }, 'v');
      run.claim();
      for (const node of order) run.done(node, node);
      assert.deepEqual(run.nodes(), ['end']);
      assert.deepEqual(run.head.frames, {});
      assert.deepEqual(run.input('end'), { in: { y: 'y', z: 'z' }, x: 'x' });
      return run.at('end').id;
    });
    assert.equal(new Set(ends).size, 1);
  });

  it('overwrites a repeated branch before the end and ignores it afterwards', () => {
    const run = new Run(threeWay());
    const [frame = ''] = Object.keys(run.head.frames);
    const turn = newTransition(run.graph, structuredClone(run.head), run.now, NO_LOOKUPS, MOVES);
    const leave = (branch: string, value: string) =>
      dispatch(turn, [{ exit: '>batch', branch }], literal(value), { scope: frame }, 'again');
    for (const [branch, value] of [
      ['a', 'old'],
      ['a', 'new'],
      ['b', 'b'],
      ['c', 'c'],
    ] as const)
      leave(branch, value);
    leave('a', 'late');
    const ends = turn.head.activations.filter(({ node }) => node === 'end');
    assert.equal(ends.length, 1);
    assert.deepEqual(ends[0]?.input, { of: { a: { v: 'new' }, b: { v: 'b' }, c: { v: 'c' } } });
  });

  it('separates two concurrent batches of one loop', () => {
    const flow = defineFlow({ name: 'loop' });
    const [a, b] = [flow.chunk('a', pass), flow.chunk('b', pass)];
    flow.when('go').batch([a, b]).to('end', pass);
    const run = new Run(flow);
    run.signal('go', 1, 'one');
    run.signal('go', 2, 'two');
    run.claim();
    const [a1, b1, a2, b2] = run.head.activations;
    for (const activation of [a2, b1, b2, a1]) {
      assert.ok(activation?.fence);
      const output = `${activation.node.slice(-1)}${'v' in activation.input ? activation.input.v : ''}`;
      run.apply({
        type: 'settle',
        activation: activation.id,
        fence: activation.fence,
        attempt: 1,
        outcome: { kind: 'done', output, effects: { state: [], signals: [] } },
      });
    }
    const ends = run.head.activations.map(({ input }) => JSON.stringify(input));
    assert.deepEqual(ends, ['{"of":{"a":{"v":"a2"},"b":{"v":"b2"}}}', '{"of":{"a":{"v":"a1"},"b":{"v":"b1"}}}']);
  });
});
