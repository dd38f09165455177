import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refundApproval } from '../../functions/flows/01-refund-approval.ts';
import { defineFlow } from '../../lib/index.ts';

const pass = ({ input }: { input: unknown }) => input;

function abc() {
  const flow = defineFlow({ name: 'f' });
  return { flow, a: flow.chunk('a', pass), b: flow.chunk('b', pass), c: flow.chunk('c', pass) };
}

describe('graph', () => {
  it('uses chunk names as ids and chains chunks', () => {
    const { flow, a, b } = abc();
    flow.to(a).to(b).to('d', pass);
    assert.deepEqual(flow.graph, {
      flow: 'f',
      entry: [{ node: 'a' }],
      nodes: {
        a: { kind: 'chunk', chunk: 'a', out: [{ node: 'b' }] },
        b: { kind: 'chunk', chunk: 'b', out: [{ node: 'd' }] },
        d: { kind: 'chunk', chunk: 'd', out: [] },
      },
      on: {},
      after: {},
      policies: {},
      defaults: {},
    });
    assert.deepEqual([...flow.chunks.keys()], ['a', 'b', 'c', 'd']);
  });

  it('forks where a point is continued twice, once per target', () => {
    const { flow, a, b, c } = abc();
    const point = flow.to(a);
    point.to(b);
    point.to(c);
    point.to('b');
    assert.deepEqual(flow.graph.nodes.a?.out, [{ node: 'b' }, { node: 'c' }]);
  });

  it('has one node per chunk and level: continuations of all uses are merged', () => {
    const { flow, a, b, c } = abc();
    flow.to(a).to(b);
    flow.when('go').to(a).to(c);
    assert.deepEqual(flow.graph.nodes.a?.out, [{ node: 'b' }, { node: 'c' }]);
    assert.deepEqual(flow.graph.on, { go: [{ node: 'a' }] });
  });

  it('contains batch branches in the body of the batch', () => {
    const { flow, a, b, c } = abc();
    flow.to(a).batch([b, c]).to(b);
    assert.deepEqual(flow.graph.nodes, {
      a: { kind: 'chunk', chunk: 'a', out: [{ node: 'a>batch' }] },
      'a>batch': {
        kind: 'batch',
        branches: [
          { name: 'b', to: { node: 'a>batch/b' } },
          { name: 'c', to: { node: 'a>batch/c' } },
        ],
        out: [{ node: 'b' }],
      },
      'a>batch/b': { kind: 'chunk', chunk: 'b', out: [{ exit: 'a>batch', branch: 'b' }] },
      'a>batch/c': { kind: 'chunk', chunk: 'c', out: [{ exit: 'a>batch', branch: 'c' }] },
      b: { kind: 'chunk', chunk: 'b', out: [] },
    });
  });

  it('numbers operators of one kind after one point', () => {
    const { flow, a, b, c } = abc();
    flow.batch([a]).to(b);
    flow.batch([b]);
    flow.when('go').batch([c]).batch([c]);
    assert.deepEqual(flow.graph.entry, [{ node: '>batch' }, { node: '>batch#2' }]);
    assert.deepEqual(flow.graph.on.go, [{ node: 'signal:go>batch' }]);
    assert.deepEqual(flow.graph.nodes['signal:go>batch']?.out, [{ node: 'signal:go>batch>batch' }]);
  });

  it('connects the tails of match bodies to the exit, also of an empty body', () => {
    const { flow, a, b, c } = abc();
    const large = () => true;
    flow
      .to(a)
      .match((m) => m.case(large, (p) => p.to(b).to(c)).case({ x: [1] }, (p) => p))
      .to(c);
    const { nodes } = flow.graph;
    assert.deepEqual(nodes['a>match'], {
      kind: 'match',
      cases: [
        { when: { predicate: 'a>match/0' }, to: [{ node: 'a>match/0/b' }] },
        { when: { value: { x: [1] } }, to: [{ exit: 'a>match', branch: '1' }] },
      ],
      out: [{ node: 'c' }],
    });
    assert.deepEqual(nodes['a>match/0/b']?.out, [{ node: 'a>match/0/c' }]);
    assert.deepEqual(nodes['a>match/0/c']?.out, [{ exit: 'a>match', branch: '0' }]);
    assert.equal(flow.predicates.get('a>match/0'), large);
  });

  it('nests operators in bodies; forks there are not collected', () => {
    const { flow, a, b, c } = abc();
    flow.match((m) =>
      m
        .case(1, (p) => {
          p.to(c);
          return p.batch([a]);
        })
        .caseElse((p) => p.to(b).match((inner) => inner.case(2, (q) => q.to(b)))),
    );
    const { nodes } = flow.graph;
    assert.deepEqual(nodes['>match'], {
      kind: 'match',
      cases: [{ when: { value: 1 }, to: [{ node: '>match/0/c' }, { node: '>match/0>batch' }] }],
      otherwise: [{ node: '>match/else/b' }],
      out: [],
    });
    assert.deepEqual(nodes['>match/0/c']?.out, []);
    assert.deepEqual(nodes['>match/0>batch']?.out, [{ exit: '>match', branch: '0' }]);
    assert.deepEqual(nodes['>match/0>batch/a']?.out, [{ exit: '>match/0>batch', branch: 'a' }]);
    assert.deepEqual(nodes['>match/else/b>match']?.out, [{ exit: '>match', branch: 'else' }]);
    assert.deepEqual(nodes['>match/else/b>match/0/b']?.out, [{ exit: '>match/else/b>match', branch: '0' }]);
  });

  it('joins signals and chunks in named slots; a list of one is not a join', () => {
    const { flow, a, b, c } = abc();
    flow.to(a);
    flow.when(['y', a, 'x']).to(b);
    flow.when([a]).to(c);
    flow.when(['x']).to(c);
    const id = 'when:chunk:a+x+y';
    assert.deepEqual(flow.graph.nodes[id], { kind: 'join', slots: ['a', 'x', 'y'], out: [{ node: 'b' }] });
    assert.deepEqual(flow.graph.on, { x: [{ node: 'c' }, { join: id, slot: 'x' }], y: [{ join: id, slot: 'y' }] });
    assert.deepEqual(flow.graph.after, { a: [{ node: 'c' }, { join: id, slot: 'a' }] });
  });

  it('stores policies with the nodes', () => {
    const flow = defineFlow({
      name: 'f',
      defaults: { retry: { maxAttempts: 5 } },
      execution: { autoCloseTimeout: null },
    });
    flow.to(flow.chunk('a', { retry: { initialDelay: 10 } }, pass));
    assert.deepEqual(flow.graph.policies, { a: { retry: { initialDelay: 10 } } });
    assert.deepEqual(flow.graph.defaults, { retry: { maxAttempts: 5 } });
    assert.deepEqual(flow.execution, { autoCloseTimeout: null });
  });

  it('is the graph of the first example', () => {
    const { graph } = refundApproval;
    const match = 'normalize>batch>match';
    assert.deepEqual(graph.entry, [{ node: 'normalize' }]);
    assert.deepEqual(graph.on, { refundSettled: [{ node: 'notify' }] });
    assert.deepEqual(Object.keys(graph.nodes).sort(), [
      'normalize',
      'normalize>batch',
      'normalize>batch/fraudScore',
      'normalize>batch/policyCheck',
      match,
      `${match}/0/autoApprove`,
      `${match}/else/askManager`,
      'notify',
      'settle',
    ]);
    assert.deepEqual(graph.nodes[match]?.out, [{ node: 'settle' }]);
    assert.deepEqual(refundApproval.contract.resources, ['notifier']);
  });
});

describe('idempotence of wiring', () => {
  it('ignores repeated wiring', () => {
    const { flow, a, b, c } = abc();
    const isLarge = () => true;
    const wire = () => {
      flow
        .to(a)
        .batch([b, c])
        .match((m) => m.case(isLarge, (p) => p.to(b)).caseElse((p) => p))
        .to(c);
      flow.when(['x', 'y']).to('d', pass);
      flow.when(a).match((m) => m.case('A', (p) => p.to(c)));
    };
    wire();
    wire();
    const once = structuredClone(flow.graph);
    wire();
    assert.deepEqual(flow.graph, once);
    assert.equal(Object.keys(once.nodes).length, 11);
    assert.equal(flow.chunk('a', pass), a);
  });

  it('distinguishes matches by their bodies', () => {
    const { flow, a, b, c } = abc();
    flow
      .to(a)
      .match((m) => m.case(1, (p) => p.to(b)))
      .to(b);
    flow
      .to(a)
      .match((m) => m.case(1, (p) => p.to(c)))
      .to(c);
    assert.deepEqual(flow.graph.nodes.a?.out, [{ node: 'a>match' }, { node: 'a>match#2' }]);
    assert.deepEqual(flow.graph.nodes['a>match#2']?.out, [{ node: 'c' }]);
  });

  it('freezes the wiring when the graph is read', () => {
    const { flow, a, b } = abc();
    const point = flow.to(a);
    assert.equal(flow.graph.entry.length, 1);
    flow.to(a);
    const late = { code: 'definition_invalid', message: /too late/ };
    assert.throws(() => point.to(b), late);
    assert.throws(() => flow.when('x').to(b), late);
    assert.throws(() => flow.when(['x', 'y']).to(b), late);
    assert.throws(() => point.match((m) => m.case(1, (p) => p.to(b))), late);
    assert.throws(() => flow.chunk('new', pass), late);
  });
});
