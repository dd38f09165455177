import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineFlow } from '../../lib/index.ts';

const pass = ({ input }: { input: unknown }) => input;
const isLarge = () => true;
const isSmall = () => false;

function abc() {
  const flow = defineFlow({ name: 'f' });
  return { flow, a: flow.chunk('a', pass), b: flow.chunk('b', pass), c: flow.chunk('c', pass) };
}

describe('forEach', () => {
  it('collects what its body returns, but not forks in the body', () => {
    const { flow, a, b, c } = abc();
    flow
      .to(a)
      .forEach(
        (item) => {
          item.to(c);
          return item.to(b);
        },
        { concurrency: 2, onItemError: 'collect' },
      )
      .to(c);
    const { nodes } = flow.graph;
    const id = 'a>forEach';
    assert.deepEqual(nodes[id], {
      kind: 'forEach',
      collects: true,
      concurrency: 2,
      onItemError: 'collect',
      body: [{ node: `${id}/item/c` }, { node: `${id}/item/b` }],
      out: [{ node: 'c' }],
    });
    assert.deepEqual(nodes[`${id}/item/b`]?.out, [{ exit: id, branch: 'item' }]);
    assert.deepEqual(nodes[`${id}/item/c`]?.out, []);
  });

  it('collects nothing when its callback returns undefined', () => {
    const { flow, a } = abc();
    flow.forEach((item) => {
      item.to(a);
    });
    assert.deepEqual(flow.graph.nodes['>forEach'], {
      kind: 'forEach',
      collects: false,
      body: [{ node: '>forEach/item/a' }],
      out: [],
    });
    assert.deepEqual(flow.graph.nodes['>forEach/item/a']?.out, []);
  });

  it('nests, also around other operators, and passes items through', () => {
    const { flow, a, b } = abc();
    flow.forEach((row) => row.forEach((cell) => cell.batch([a, b])));
    flow.when('go').forEach((item) => item);
    assert.deepEqual(flow.graph.nodes['>forEach/item>forEach/item>batch']?.out, [
      { exit: '>forEach/item>forEach', branch: 'item' },
    ]);
    const outer = flow.graph.nodes['signal:go>forEach'];
    assert.deepEqual(outer?.kind === 'forEach' && outer.body, [{ exit: 'signal:go>forEach', branch: 'item' }]);
  });
});

describe('match and if', () => {
  it('marks a match that takes every case', () => {
    const { flow, a, b } = abc();
    const cases = flow.match((m) => m.case(1, (p) => p.to(a)).caseElse((p) => p), { mode: 'all' });
    cases.to(b);
    assert.deepEqual(flow.graph.nodes['>match'], {
      kind: 'match',
      mode: 'all',
      cases: [{ when: { value: 1 }, to: [{ node: '>match/0/a' }] }],
      otherwise: [{ exit: '>match', branch: 'else' }],
      out: [{ node: 'b' }],
    });
  });

  it('builds an if from the equivalent match', () => {
    const byIf = abc();
    byIf.flow
      .if(isLarge, (p) => p.to(byIf.a))
      .elseIf(isSmall, (p) => p.to(byIf.b))
      .else((p) => p)
      .to(byIf.c);
    const byMatch = abc();
    byMatch.flow
      .match((m) =>
        m
          .case(isLarge, (p) => p.to(byMatch.a))
          .case(isSmall, (p) => p.to(byMatch.b))
          .caseElse((p) => p),
      )
      .to(byMatch.c);
    assert.deepEqual(byIf.flow.graph, byMatch.flow.graph);
    assert.equal(byIf.flow.fingerprint, byMatch.flow.fingerprint);
    assert.equal(byIf.flow.predicates.get('>match/1'), isSmall);
  });

  it('continues after any number of branches, also when wired again', () => {
    const { flow, a, b, c } = abc();
    const wire = () => {
      flow.if(isLarge, (p) => p.to(a)).to(c);
      flow
        .if(isLarge, (p) => p.to(a))
        .elseIf(isSmall, (p) => p.to(b))
        .to(c);
      flow.when('go').if(isLarge, (p) => p.if(isSmall, (q) => q.to(a)).else((q) => q.to(b)));
    };
    wire();
    wire();
    const { nodes, entry } = flow.graph;
    assert.deepEqual(entry, [{ node: '>match' }, { node: '>match#2' }]);
    assert.deepEqual(nodes['>match#2']?.out, [{ node: 'c' }]);
    assert.deepEqual(nodes['signal:go>match/0>match']?.out, [{ exit: 'signal:go>match', branch: '0' }]);
  });
});

describe('when', () => {
  it('listens to signals, chunks, keys and collections, alone and in one join', () => {
    const { flow, a, b, c } = abc();
    flow.to(a).collect('all', { branch: 'x' });
    flow.when({ state: 'total' }).to(b);
    flow.when([{ flowData: 'rates' }], { mode: 'or' }).to(b);
    flow.when({ collect: 'all' }).to(b);
    flow.when(['go', a, { state: 'total' }, { flowData: 'rates' }, { collect: 'all' }]).to(c);
    const id = 'when:chunk:a+collect:all+go+flowData:rates+state:total';
    const { graph } = flow;
    assert.deepEqual(graph.nodes[id], {
      kind: 'join',
      slots: ['a', 'all', 'go', 'rates', 'total'],
      out: [{ node: 'c' }],
    });
    assert.deepEqual(graph.onState, { total: [{ node: 'b' }, { join: id, slot: 'total' }] });
    assert.deepEqual(graph.onFlowData, { rates: [{ node: 'b' }, { join: id, slot: 'rates' }] });
    assert.deepEqual(graph.collections, {
      all: { branches: ['x'], out: [{ node: 'b' }, { join: id, slot: 'all' }] },
    });
  });

  it('distinguishes an or from an and', () => {
    const { flow, b, c } = abc();
    flow.when(['y', 'x'], { mode: 'or' }).to(b);
    flow.when(['x', 'y']).to(c);
    assert.deepEqual(flow.graph.nodes['or:x+y'], { kind: 'join', mode: 'or', slots: ['x', 'y'], out: [{ node: 'b' }] });
    assert.deepEqual(flow.graph.on.x, [
      { join: 'or:x+y', slot: 'x' },
      { join: 'when:x+y', slot: 'x' },
    ]);
  });
});

describe('collect', () => {
  it('continues after all its uses, in any chain', () => {
    const { flow, a, b, c } = abc();
    flow.to(a).collect('c', { branch: 'x', mode: 'reset' }).to(c);
    flow.when('go').to(b).collect('c', { branch: 'y', mode: 'reset' }).batch([a]);
    const { nodes, collections } = flow.graph;
    assert.deepEqual(collections, {
      c: { branches: ['x', 'y'], mode: 'reset', out: [{ node: 'c' }, { node: 'collect:c>batch' }] },
    });
    assert.deepEqual(nodes.b?.out, [{ collect: 'c', branch: 'y' }]);
  });

  it('can be in a body, and leaves it once when several cases end with it', () => {
    const { flow, a, b, c } = abc();
    flow.forEach((item) => {
      item.to(a).collect('c', { branch: 'x' });
      return item.to(b).collect('c', { branch: 'y' });
    });
    flow
      .when('go')
      .match((m) =>
        m.case(1, (p) => p.to(a).collect('d', { branch: 'x' })).case(2, (p) => p.to(b).collect('d', { branch: 'y' })),
      )
      .to(c);
    assert.deepEqual(flow.graph.collections?.c?.out, [{ exit: '>forEach', branch: 'item' }]);
    assert.deepEqual(flow.graph.collections?.d?.out, [{ exit: 'signal:go>match', branch: '0' }]);
  });

  it('can follow another collection, also by when', () => {
    const { flow, a, b, c } = abc();
    flow.when({ collect: 'second' }).to(c);
    flow.when({ collect: 'first' }).collect('second', { branch: 'x' });
    flow.match((m) => m.case(1, (p) => p.to(a).collect('first', { branch: 'x' })));
    flow.when(c).to(b);
    assert.deepEqual(flow.graph.collections, {
      first: {
        branches: ['x'],
        out: [
          { exit: '>match', branch: '0' },
          { collect: 'second', branch: 'x' },
        ],
      },
      second: { branches: ['x'], out: [{ node: 'c' }] },
    });
  });
});

describe('side branches', () => {
  it('run beside the main path, which continues from the same point', () => {
    const { flow, a, b, c } = abc();
    const child = defineFlow({ name: 'child' });
    flow
      .to(a)
      .sideBranch(b)
      .to('d', pass, { sideBranch: true })
      .batch([b], { sideBranch: true, concurrency: 1 })
      .subFlow(child, { sideBranch: true })
      .to(c);
    assert.deepEqual(flow.graph.nodes.a?.out, [
      { node: 'b', side: true },
      { node: 'd', side: true },
      { node: 'a>batch', side: true },
      { node: 'a>subFlow', side: true },
      { node: 'c' },
    ]);
    const batch = flow.graph.nodes['a>batch'];
    assert.equal(batch?.kind === 'batch' && batch.concurrency, 1);
  });
});

describe('sub-flows', () => {
  it('embed the graph of the child and keep the child', () => {
    const { flow, a } = abc();
    const child = defineFlow({ name: 'child', state: { lang: z.string() } });
    const bindings = {
      capture: {
        input: { id: 'value.id' },
        state: { lang: 'state.language' },
        flowData: { rate: 'flowData.rates.eur' },
      },
      writeBack: { value: { answer: 'result.text' }, state: { 'last.lang': 'state.lang' } },
    };
    flow.subFlow(child, { ...bindings, concurrency: 2 }).to(a);
    child.to('a', pass);
    const graph = child.graph;
    assert.deepEqual(flow.graph.nodes['>subFlow'], {
      kind: 'subFlow',
      graph,
      ...bindings,
      concurrency: 2,
      out: [{ node: 'a' }],
    });
    assert.equal(flow.children.get('>subFlow'), child);
  });

  it('count in the fingerprint with their graph and their contract', () => {
    const parent = (input: z.ZodType, chunk: string) => {
      const child = defineFlow({ name: 'child', input });
      child.to(chunk, pass);
      const flow = defineFlow({ name: 'f' });
      flow.subFlow(child);
      return flow.fingerprint;
    };
    const base = parent(z.unknown(), 'a');
    assert.equal(parent(z.unknown(), 'a'), base);
    assert.notEqual(parent(z.unknown(), 'b'), base);
    assert.notEqual(parent(z.any().nullable(), 'a'), base);
  });
});

describe('taps, points and ends', () => {
  it('are at the point where the value passes', () => {
    const { flow, a, b } = abc();
    const look = () => {};
    flow.tap(look).tap('named', look).interventionPoint('review', { target: 'legal' }).to(a).tap(look).to(b).end();
    const { nodes } = flow.graph;
    const point = '>tap>tap>interventionPoint';
    assert.deepEqual(nodes['>tap'], { kind: 'tap', tap: '>tap', out: [{ node: '>tap>tap' }] });
    assert.deepEqual(nodes[point], {
      kind: 'interventionPoint',
      name: 'review',
      target: 'legal',
      out: [{ node: 'a' }],
    });
    assert.deepEqual(nodes.b?.out, [{ end: true }]);
    assert.equal(flow.taps.get('a>tap'), look);
    assert.equal(flow.taps.get('>tap>tap')?.name, 'named');
  });
});

describe('policies', () => {
  it('name the handler chunk by its top-level node', () => {
    const flow = defineFlow({ name: 'f', defaults: { timeout: 1_000, onError: { chunk: 'rescue' } } });
    const rescue = flow.chunk('rescue', pass);
    const other = flow.chunk('other', pass);
    const risky = flow.chunk('risky', { onError: other, timeout: 5 }, pass);
    flow.forEach((item) => item.to(risky));
    flow.when(rescue).to('after', pass);
    assert.deepEqual(flow.graph.policies, {
      risky: { timeout: 5, onError: { handler: 'other' } },
      rescue: { onError: 'fail' },
    });
    assert.deepEqual(flow.graph.defaults, { timeout: 1_000, onError: { handler: 'rescue' } });
    assert.deepEqual(flow.graph.nodes.other, { kind: 'chunk', chunk: 'other', out: [] });
    assert.deepEqual(flow.graph.nodes.rescue, { kind: 'chunk', chunk: 'rescue', out: [] });
  });
});

describe('every operator', () => {
  const child = defineFlow({ name: 'child' });
  const wire = (reversed: boolean, times: number) => {
    const { flow, a, b, c } = abc();
    const chains = [
      () => flow.forEach((item) => item.to(a).tap(isLarge), { concurrency: 3 }).to(b),
      () => flow.when('x').collect('c', { branch: 'x' }).to(c),
      () => flow.when('y').collect('c', { branch: 'y' }),
      () => flow.when(['x', { state: 's' }], { mode: 'or' }).sideBranch(b),
      () => flow.when({ flowData: 'd' }).subFlow(child, { writeBack: { value: 'result.x' } }),
      () => flow.when({ state: 's' }).match((m) => m.case(isLarge, (p) => p.to(a)), { mode: 'all' }),
      () => flow.when('z').interventionPoint('p').to(c).end(),
    ];
    if (reversed) chains.reverse();
    for (let i = 0; i < times; i += 1) for (const chain of chains) chain();
    return flow;
  };

  it('is wired once for any order of statements', () => {
    const { fingerprint } = wire(false, 1);
    assert.equal(wire(false, 2).fingerprint, fingerprint);
    assert.equal(wire(true, 3).fingerprint, fingerprint);
  });

  it('has a graph that is plain JSON', () => {
    const { graph } = wire(false, 1);
    assert.deepEqual(JSON.parse(JSON.stringify(graph)), graph);
  });
});
