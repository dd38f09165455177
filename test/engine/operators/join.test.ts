import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

function pair() {
  const flow = defineFlow({ name: 'join' });
  flow.to('begin', pass);
  flow.when(['a', 'b']).to('both', pass);
  return flow;
}

/** The values that reached `both`, in order. */
function firings(signals: readonly (readonly [string, string])[]): { run: Run; inputs: readonly string[] } {
  const run = new Run(pair());
  for (const [i, [name, value]] of signals.entries()) run.signal(name, value, `s${i}`);
  const both = run.head.activations.filter(({ node }) => node === 'both');
  return { run, inputs: both.map(({ input }) => JSON.stringify(input)) };
}

const fired = (a: string, b: string) => JSON.stringify({ of: { a: { v: a }, b: { v: b } } });

describe('join', () => {
  it('fires once all slots are filled, with the values by name', () => {
    const { run, inputs } = firings([
      ['b', 'B'],
      ['a', 'A'],
    ]);
    assert.deepEqual(inputs, [fired('A', 'B')]);
    assert.deepEqual(run.head.joins, [], 'a fired join is deleted');
  });

  it('keeps the last value of a repeated signal', () => {
    assert.deepEqual(
      firings([
        ['a', '1'],
        ['a', '2'],
        ['b', 'B'],
      ]).inputs,
      [fired('2', 'B')],
    );
  });

  it('needs the full set again for the next generation', () => {
    const { run, inputs } = firings([
      ['a', '1'],
      ['b', '1'],
      ['b', '2'],
      ['a', '2'],
    ]);
    assert.deepEqual(inputs, [fired('1', '1'), fired('2', '2')]);
    assert.equal(new Set(run.head.activations.map(({ id }) => id)).size, 3);
  });

  it('has the same result for any order of delivery', () => {
    const ids = [
      [
        ['a', '1'],
        ['b', '2'],
      ] as const,
      [
        ['b', '2'],
        ['a', '1'],
      ] as const,
    ].map((signals) => {
      const run = new Run(pair());
      for (const [name, value] of signals) run.signal(name, value, `id-of-${name}`);
      return run.at('both').id;
    });
    assert.equal(ids[0], ids[1]);
  });

  it('blocks neither status nor close while half filled', () => {
    const { run } = firings([['a', '1']]);
    run.claim();
    run.done('begin');
    assert.equal(run.head.joins.length, 1);
    assert.deepEqual(run.close(), { kind: 'applied' });
    assert.equal(run.head.lifecycle, 'closed');
  });

  it('joins a signal of the start chain with one from outside', () => {
    const run = new Run(pair());
    run.claim();
    run.done('begin', null, { emits: [['a', 'inside']] });
    run.claim('w2', { deliver: 1 });
    run.signal('b', 'outside');
    assert.deepEqual(run.input('both'), { a: 'inside', b: 'outside' });
    assert.equal(run.at('both').scope, '');
  });

  it('never joins the chains of two outside signals', () => {
    const flow = defineFlow({ name: 'scopes' });
    flow.when('order').to('split', pass);
    flow.when(['left', 'right']).to('both', pass);
    const run = new Run(flow);
    run.signal('order', 1, 'o1');
    run.signal('order', 2, 'o2');
    const [first, second] = run.head.activations;
    assert.notEqual(first?.scope, second?.scope);
    run.claim();
    run.done('split', null, { emits: [['left', 'l1']] });
    run.done('split', null, { emits: [['right', 'r2']] });
    run.claim('w2', { deliver: 2 });
    assert.deepEqual(run.nodes(), [], 'halves of two orders do not join');
    assert.equal(run.head.joins.length, 2);
  });

  it('joins two paths of one outside signal', () => {
    const flow = defineFlow({ name: 'ways' });
    const split = flow.chunk('split', pass);
    flow.when('order').to(split);
    flow.when(['left', split]).to('both', pass);
    const run = new Run(flow);
    for (const id of ['o1', 'o2']) run.signal('order', id, id);
    run.claim();
    for (const id of ['o1', 'o2']) run.done('split', id, { emits: [['left', id]] });
    run.claim('w2', { deliver: 2 });
    const inputs = run.head.activations.map(({ input }) => JSON.stringify(input));
    const expected = ['o1', 'o2'].map((id) => JSON.stringify({ of: { left: { v: id }, split: { v: id } } }));
    assert.deepEqual(inputs, expected);
  });

  it('accepts slot names that objects inherit, such as toString', () => {
    const { run } = firings([]);
    assert.deepEqual(run.signal('toString', 1), run.last.answers[0]);
    assert.deepEqual(run.nodes(), ['begin']);
  });
});
