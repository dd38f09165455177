import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

function listening() {
  const flow = defineFlow({ name: 'signals' });
  flow.to('begin', pass);
  flow.when('go').to('on', pass);
  return flow;
}

describe('outside signals', () => {
  it('are accepted once by id', () => {
    const run = new Run(listening());
    assert.equal(run.signal('go', 1, 's1').kind, 'accepted');
    assert.equal(run.signal('go', 1, 's1').kind, 'duplicate');
    assert.equal(run.signal('go', 2, 's1').kind, 'mismatch');
    assert.equal(run.signal('went', 1, 's1').kind, 'mismatch', 'the name is part of the identity');
    assert.equal(run.signal('go', 1, 's2').kind, 'accepted');
    assert.deepEqual(run.nodes(), ['begin', 'on', 'on']);
  });

  it('are accepted without listeners and then change nothing else', () => {
    const run = new Run(listening());
    assert.equal(run.signal('quiet', 1).kind, 'accepted');
    assert.deepEqual(run.nodes(), ['begin']);
  });

  it('start chains in separate scopes', () => {
    const run = new Run(listening());
    run.signal('go', 1, 's1');
    run.signal('go', 1, 's2');
    const scopes = run.head.activations.map(({ scope }) => scope);
    assert.equal(new Set(scopes).size, 3);
    assert.equal(scopes[0], '');
  });

  it('are ignored once sealed or closed; repeats are still duplicates', () => {
    const run = new Run(listening());
    run.signal('go', 1, 's1');
    run.close();
    assert.equal(run.head.lifecycle, 'sealed');
    for (const lifecycle of ['sealed', 'closed']) {
      assert.deepEqual(run.signal('go', 2, 's2'), { kind: 'ignored' });
      assert.equal(run.last.changed, false);
      assert.equal(run.signal('go', 1, 's1').kind, 'duplicate');
      if (lifecycle === 'closed') break;
      run.claim();
      run.done('begin');
      run.done('on');
      assert.equal(run.head.lifecycle, 'closed');
    }
  });

  it('are duplicates after their entries left the head', () => {
    const run = new Run(listening());
    run.signal('go', 1, 's1');
    const [entry] = run.head.ledger;
    assert.ok(entry);
    run.head = { ...run.head, ledger: [], spilled: 1 };
    run.ledger.set('signal:s1', [entry]);
    run.ledger.set('signal:s2', []);
    assert.equal(run.signal('go', 1, 's1').kind, 'duplicate');
    assert.equal(run.signal('go', 1, 's2').kind, 'accepted');
  });

  it('do not match inherited property names', () => {
    const run = new Run(listening());
    for (const name of ['toString', 'constructor', '__proto__']) assert.equal(run.signal(name, 1).kind, 'accepted');
    assert.deepEqual(run.nodes(), ['begin']);
  });
});

describe('emitNowait', () => {
  it('is queued in order, in the scope of its chunk, under its own id', () => {
    const run = new Run(listening());
    run.signal('go', 1, 's1');
    run.claim();
    const { scope } = run.at('on');
    run.done('on', null, {
      emits: [
        ['go', 'x'],
        ['go', 'x'],
      ],
    });
    const { signals } = run.head;
    assert.deepEqual(
      signals.map((signal) => signal.scope),
      [scope, scope],
    );
    assert.equal(new Set(signals.map(({ id }) => id)).size, 2);
  });

  it('keeps the execution from closing until it has run', () => {
    const run = new Run(listening(), null, { autoClose: true });
    run.claim();
    run.done('begin', null, { emits: [['go', 1]] });
    run.claim();
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, leaseCount: run.head.leases.length },
      { lifecycle: 'open', leaseCount: 0 },
    );
    run.claim('w2', { deliver: 1 });
    run.done('on');
    assert.equal(run.head.lifecycle, 'closed');
  });

  it('is drained by a close without loss', () => {
    const run = new Run(listening());
    run.claim();
    run.close();
    run.done('begin', null, { emits: [['go', 1]] });
    assert.deepEqual(run.claim('w2', { deliver: 1 }), ['on']);
    assert.equal(run.head.lifecycle, 'sealed');
    run.done('on');
    assert.equal(run.head.lifecycle, 'closed');
  });
});
