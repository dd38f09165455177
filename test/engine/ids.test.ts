import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Graph } from '../../lib/flow/graph/graph.ts';
import { defineFlow } from '../../lib/index.ts';
import { pass, Run } from './support.ts';

function chain() {
  const flow = defineFlow({ name: 'chain' });
  flow.to('a', pass).to('b', pass).to('c', pass);
  return flow;
}

function idsAlong(order: readonly string[]): readonly string[] {
  const flow = defineFlow({ name: 'fork' });
  const root = flow.to('root', pass);
  root.to('left', pass).to('leftEnd', pass);
  root.to('right', pass).to('rightEnd', pass);
  const run = new Run(flow);
  run.claim();
  run.done('root');
  run.claim();
  for (const node of order) run.done(node);
  return run.head.activations.map(({ id, node }) => `${node} ${id}`).sort();
}

describe('start and dispatch', () => {
  it('passes the start value to the entry and each output to the next chunk', () => {
    const run = new Run(chain(), { n: 1 });
    assert.deepEqual(run.claim(), ['a']);
    assert.deepEqual(run.input('a'), { n: 1 });
    run.done('a', { n: 2 });
    assert.deepEqual(run.nodes(), ['b']);
    assert.deepEqual(run.input('b'), { n: 2 });
  });

  it('passes the same value to every branch of a fork, in wiring order', () => {
    const flow = defineFlow({ name: 'fork' });
    flow.to('x', pass);
    flow.to('y', pass);
    const run = new Run(flow, 'v');
    assert.deepEqual(run.nodes(), ['x', 'y']);
    assert.deepEqual({ inputOfX: run.input('x'), inputOfY: run.input('y') }, { inputOfX: 'v', inputOfY: 'v' });
  });

  it('delivers a completion to the next chunk and to listeners', () => {
    const flow = defineFlow({ name: 'after' });
    const a = flow.chunk('a', pass);
    flow.to(a).to('b', pass);
    flow.when(a).to('audit', pass);
    const run = new Run(flow);
    run.claim();
    run.done('a', 7);
    assert.deepEqual(run.nodes(), ['b', 'audit']);
    assert.equal(run.input('audit'), 7);
  });

  it('ignores a head of another format', () => {
    const run = new Run(chain());
    const future = { ...run.head, format: 4 as unknown as 1 };
    run.head = future;
    assert.throws(() => run.reduce([{ type: 'tick' }]), /format 4/);
  });
});

describe('activation ids', () => {
  it('are equal in every replay of a history and differ between executions', () => {
    const [one, two] = [new Run(chain()), new Run(chain())];
    assert.equal(one.at('a').id, two.at('a').id);
    assert.match(one.at('a').id, /^[A-Za-z0-9_-]{22}$/);
    const start = one.at('a').id;
    for (const run of [one, two]) {
      run.claim(run === one ? 'first' : 'other');
      run.now += run === one ? 5 : 500;
      run.done('a', run === one ? 1 : 2);
    }
    assert.equal(one.at('b').id, two.at('b').id, 'time, session and value are not part of the id');
    assert.notEqual(one.at('b').id, start);
    assert.notEqual(new Run(chain(), null, {}, {}, 'x2').at('a').id, start);
  });

  it('do not depend on the order of arrival', () => {
    assert.deepEqual(idsAlong(['left', 'right']), idsAlong(['right', 'left']));
  });

  it('differ when one cause reaches a node twice', () => {
    const graph: Graph = {
      flow: 'twice',
      nodes: {
        a: { kind: 'chunk', chunk: 'a', out: [{ node: 'b' }, { node: 'b' }] },
        b: { kind: 'chunk', chunk: 'b', out: [] },
      },
      entry: [{ node: 'a' }],
      on: {},
      after: {},
      policies: {},
      defaults: {},
    };
    const run = new Run({ graph });
    run.claim();
    run.done('a', 1);
    assert.deepEqual(run.nodes(), ['b', 'b']);
    const [first, second] = run.head.activations;
    assert.notEqual(first?.id, second?.id);
  });

  it('differ between turns of a loop, although position and scope are the same', () => {
    const flow = defineFlow({ name: 'loop' });
    flow.to('begin', pass);
    flow.when('again').to('turn', pass);
    const run = new Run(flow);
    run.claim();
    run.done('begin', null, { emits: [['again', 0]] });
    const seen = new Set<string>();
    for (let n = 1; n <= 5; n += 1) {
      run.claim(`w${n}`, { deliver: 1 });
      seen.add(run.at('turn').id);
      run.done('turn', null, { emits: [['again', n]] });
    }
    assert.equal(seen.size, 5);
  });
});
