import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SettleEvent } from '../../../lib/engine/events.ts';
import { defineFlow } from '../../../lib/index.ts';
import { effects, LEASE, pass, Run, SKEW } from '../support.ts';

function chain() {
  const flow = defineFlow({ name: 'chain' });
  flow.to('a', pass).to('b', pass);
  return flow;
}

/** A settle as the present holder of `a` would send it. */
function settleOf(run: Run, output = 1): SettleEvent {
  const { id, fence = -1, attempt } = run.at('a');
  return { type: 'settle', activation: id, fence, attempt, outcome: { kind: 'done', output, effects: effects() } };
}

describe('settle token', () => {
  it('is refused with another fence or attempt, and without a claim', () => {
    const run = new Run(chain());
    assert.deepEqual(run.apply(settleOf(run)), { kind: 'refused' }, 'the activation is not claimed');
    run.claim();
    const good = settleOf(run);
    for (const stale of [{ fence: 0 }, { fence: 2 }, { attempt: 0 }, { attempt: 2 }]) {
      assert.deepEqual(run.apply({ ...good, ...stale }), { kind: 'refused' });
    }
    assert.deepEqual(run.apply(good), { kind: 'applied' });
  });

  it('is a duplicate the second time, whatever the second settle contains', () => {
    const run = new Run(chain());
    run.claim();
    const first = settleOf(run, 1);
    run.apply(first);
    assert.deepEqual(run.apply(first), { kind: 'already' });
    assert.deepEqual(run.apply({ ...first, outcome: { kind: 'done', output: 2, effects: effects() } }), {
      kind: 'already',
    });
    assert.equal(run.input('b'), 1);
    assert.deepEqual(run.nodes(), ['b']);
  });

  it('is valid after the lease ended, until the work is reclaimed', () => {
    const run = new Run(chain());
    run.claim();
    const late = settleOf(run);
    run.now += 100 * LEASE;
    assert.deepEqual(run.apply(late), { kind: 'applied' });
  });

  it('of a replaced worker is refused, also when that worker has a new lease', () => {
    const run = new Run(chain());
    run.claim('zombie');
    const stale = settleOf(run, 1);
    run.now += LEASE + SKEW + 1;
    run.claim('next');
    assert.deepEqual(run.apply(stale), { kind: 'refused' });
    run.done('a', 2);
    assert.deepEqual(run.apply(stale), { kind: 'already' });
    assert.equal(run.input('b'), 2);
  });

  it('of an attempt that the same session retried is refused', () => {
    const run = new Run(chain());
    run.claim();
    const stale = settleOf(run);
    run.fails('a');
    run.now += 1_000;
    run.claim();
    const { fence, attempt } = run.at('a');
    assert.deepEqual(
      { fence, attempt },
      { fence: stale.fence, attempt: stale.attempt + 1 },
      'only the attempt differs',
    );
    assert.deepEqual(run.apply(stale), { kind: 'refused' });
  });
});

describe('atomic settle', () => {
  it('commits state, signals and output together', () => {
    const flow = defineFlow({ name: 'all' });
    flow.to('a', pass).to('b', pass);
    flow.when('told').to('c', pass);
    const run = new Run(flow);
    run.claim();
    run.done('a', 1, {
      state: [{ op: 'set', path: 'k', value: 2 }],
      emits: [
        ['told', 3],
        ['unheard', 4],
      ],
    });
    assert.deepEqual(run.head.state, { k: { v: 2 } });
    assert.deepEqual(
      run.head.signals.map(({ name, value }) => [name, value]),
      [['told', { v: 3 }]],
    );
    assert.equal(run.input('b'), 1);
  });

  it('is rolled back when one of its state writes is invalid', () => {
    const flow = defineFlow({ name: 'clash' });
    flow.to('a', pass).to('next', pass);
    flow.to('b', pass);
    flow.when('told').to('c', pass);
    const run = new Run(flow);
    run.claim();
    run.done('b', null, { state: [{ op: 'set', path: 'k', value: 'scalar' }] });
    run.done('a', 1, {
      state: [
        { op: 'set', path: 'first', value: 1 },
        { op: 'set', path: 'k.deep', value: 1 },
      ],
      emits: [['told', 1]],
    });
    assert.deepEqual(run.head.state, { k: { v: 'scalar' } });
    assert.deepEqual(run.head.signals, []);
    assert.deepEqual(
      { code: run.head.failure?.code, chunk: run.head.failure?.chunk },
      { code: 'invalid_value', chunk: 'a' },
    );
    assert.match(run.head.failure?.message ?? '', /state\.set\("k\.deep"\)/);
    assert.ok(!run.nodes().includes('next'));
  });

  it('merges appends and increments of parallel chunks; the later set wins', () => {
    const flow = defineFlow({ name: 'parallel' });
    flow.to('a', pass);
    flow.to('b', pass);
    for (const order of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const run = new Run(flow);
      run.claim();
      for (const node of order) {
        run.done(node, null, {
          state: [
            { op: 'append', path: 'list', value: node },
            { op: 'increment', path: 'deep.count', by: 2 },
            { op: 'set', path: 'last', value: node },
          ],
        });
      }
      assert.deepEqual(run.head.state, { list: { v: order }, deep: { v: { count: 4 } }, last: { v: order[1] } });
    }
  });

  it('converts a scalar to a list, creates paths, deletes leaves and ignores missing ones', () => {
    const run = new Run(chain());
    run.claim();
    run.done('a', null, {
      state: [
        { op: 'set', path: 'one', value: 'x' },
        { op: 'append', path: 'one', value: 'y' },
        { op: 'append', path: 'none', value: 1 },
        { op: 'set', path: 'tree.a.b', value: 1 },
        { op: 'set', path: 'tree.a.c', value: 2 },
        { op: 'delete', path: 'tree.a.b' },
        { op: 'delete', path: 'missing.path' },
        { op: 'set', path: 'gone', value: 1 },
        { op: 'delete', path: 'gone' },
      ],
    });
    assert.deepEqual(run.head.state, { one: { v: ['x', 'y'] }, none: { v: [1] }, tree: { v: { a: { c: 2 } } } });
  });

  it('separates keys from inherited properties of the same name', () => {
    const run = new Run(chain());
    run.claim();
    run.done('a', null, {
      state: [
        { op: 'append', path: 'toString', value: 1 },
        { op: 'increment', path: 'o.valueOf', by: 1 },
      ],
    });
    assert.deepEqual(run.head.state, { toString: { v: [1] }, o: { v: { valueOf: 1 } } });
  });
});

describe('a refused wait', () => {
  const did = effects({ state: [{ op: 'increment', path: 'n', by: 1 }], emits: [['told', 1]] });
  const limit = { type: 'ask', payload: null, resumeTo: 'self', maxResumes: 0 } as const;
  const taken = { type: 'ask', payload: null, resumeTo: 'next', maxResumes: 1, id: 'gate' } as const;

  it('discards its attempt', () => {
    const flow = chain();
    flow.to('c', pass);
    flow.when('told').to('hears', pass);
    for (const [pause, code] of [
      [limit, 'resume_limit'],
      [taken, 'interrupt_id_taken'],
    ] as const) {
      const run = new Run(flow);
      run.claim();
      run.pauses('c', { id: 'gate' });
      run.settle('a', { kind: 'paused', pause, effects: did });
      assert.equal(run.head.failure?.code, code);
      assert.deepEqual(
        { state: run.head.state, signals: run.head.signals, interruptCount: run.head.interrupts.length },
        { state: {}, signals: [], interruptCount: 1 },
      );
    }
  });
});
