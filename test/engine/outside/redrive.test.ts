import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusOf } from '../../../lib/engine/time/lifecycle.ts';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

const ONCE = { defaults: { retry: { maxAttempts: 1 } } };

function chain(name = 'chain') {
  const flow = defineFlow({ name, ...ONCE });
  flow.to('a', pass).to('b', pass);
  return flow;
}

const redrive = (run: Run, id = 'd1') => run.apply({ type: 'redrive', id, actor: 'ann' });

describe('redrive', () => {
  it('gives what has failed fresh attempts under the same id; the rest stays', () => {
    const run = new Run(chain(), 7);
    run.claim();
    run.done('a', 8, { state: [{ op: 'set', path: 'kept', value: 1 }] });
    run.claim();
    const { id } = run.at('b');
    run.fails('b');
    assert.deepEqual([statusOf(run.head, run.graph), run.claim()], ['failed', []]);
    assert.deepEqual(redrive(run), { kind: 'applied' });
    assert.deepEqual([run.at('b').id, run.at('b').attempt, run.at('b').failed], [id, 0, undefined]);
    assert.equal(statusOf(run.head, run.graph), 'running');
    assert.deepEqual(run.head.redrives, [
      { id: 'd1', at: run.now, actor: 'ann', error: { name: 'Error', chunk: 'b' } },
    ]);
    assert.deepEqual([run.claim('v'), run.input('b')], [['b'], 8]);
    run.done('b');
    assert.deepEqual([run.head.activations, run.head.state], [[], { kept: { v: 1 } }]);
  });

  it('is accepted once by id, and only where something has failed', () => {
    const run = new Run(chain());
    assert.deepEqual(redrive(run), { kind: 'ignored' });
    run.claim();
    run.fails('a');
    assert.deepEqual(redrive(run), { kind: 'applied' });
    run.claim('v');
    run.fails('a');
    assert.deepEqual(redrive(run), { kind: 'already' }, 'the first one, told again');
    assert.deepEqual(redrive(run, 'd2'), { kind: 'applied' });
    assert.deepEqual(
      run.head.redrives?.map(({ id }) => id),
      ['d1', 'd2'],
    );
  });

  it('opens what was closed as failed, and leaves alone what was cancelled', () => {
    const run = new Run(chain());
    run.claim();
    run.fails('a');
    run.close();
    assert.equal(run.head.lifecycle, 'closed');
    assert.deepEqual(redrive(run), { kind: 'applied' });
    assert.deepEqual([run.head.lifecycle, run.head.closedAt, run.head.closing], ['open', undefined, undefined]);
    run.claim('v');
    run.fails('a');
    run.apply({ type: 'cancel' });
    assert.deepEqual(redrive(run, 'd2'), { kind: 'ignored' });
  });

  it('closes by itself again once all is done', () => {
    const run = new Run(chain(), null, { autoClose: true });
    run.claim();
    run.fails('a');
    assert.equal(run.head.lifecycle, 'closed');
    redrive(run);
    run.claim('v');
    run.done('a');
    run.claim('v');
    run.done('b');
    assert.deepEqual([run.head.lifecycle, statusOf(run.head, run.graph)], ['closed', 'completed']);
  });

  it('tries a side branch again', () => {
    const flow = defineFlow({ name: 'side', ...ONCE });
    flow.to('a', pass).sideBranch(flow.chunk('s', pass));
    const run = new Run(flow, null, { autoClose: true });
    run.claim();
    run.done('a');
    run.claim();
    run.fails('s');
    assert.deepEqual([run.head.lifecycle, run.head.failure?.chunk], ['closed', 's']);
    redrive(run);
    run.claim('v');
    run.done('s');
    assert.equal(statusOf(run.head, run.graph), 'completed');
  });

  it('finds the operators around it as they were', () => {
    const flow = defineFlow({ name: 'items', ...ONCE });
    flow.to('list', pass).forEach((item) => void item.to('x', pass).sideBranch(flow.chunk('beside', pass)));
    const run = new Run(flow, null);
    run.claim();
    run.done('list', [1, 2]);
    run.claim();
    run.done('list>forEach/item/x', 1);
    run.fails('list>forEach/item/x');
    const { scope } = run.head.activations.find((row) => row.failed) ?? {};
    assert.ok(scope !== undefined && run.head.frames[scope], 'the item of what failed is there');
    redrive(run);
    for (let turns = 0; turns < 5 && run.claim('v').length > 0; turns += 1) {
      for (const { node } of run.held('v')) run.done(node, 2);
    }
    assert.deepEqual([run.head.activations, run.head.frames], [[], {}]);
  });

  it('begins a wait anew whose expiry was the failure', () => {
    const run = new Run(chain());
    run.claim();
    const id = run.pauses('a', { expiresIn: 1_000 });
    run.now += 1_000;
    run.tick();
    assert.deepEqual([run.head.failure?.code, run.head.interrupts], ['interrupt_expired', []]);
    assert.equal(run.resume(id, 'late').kind, 'gone');
    run.now += 500;
    redrive(run);
    assert.deepEqual(
      run.head.interrupts.map((each) => [each.id, each.createdAt, each.expiresAt]),
      [[id, run.now, run.now + 1_000]],
    );
    assert.equal(run.resume(id, 'in time').kind, 'accepted');
    assert.equal(run.input('b'), 'in time');
  });
});

describe('redrive and awaited emits', () => {
  const [C, D] = ['signal:go>batch/c', 'signal:go>batch/d'] as const;

  function emitting() {
    const flow = defineFlow({ name: 'emitting', ...ONCE });
    flow.to('a', pass).to('b', pass);
    flow.when('go').batch([flow.chunk('c', pass), flow.chunk('d', pass)]);
    return flow;
  }

  function emits(run: Run, ordinal: number, signal = 'go') {
    const { id, fence = -1, attempt } = run.at('a');
    const effects = { state: [], signals: [] };
    const emits = { signal, value: null };
    run.apply({ type: 'emit', activation: id, fence, attempt, ordinal, hash: `h${ordinal}`, effects, emits });
  }

  it('tries the cascade again first, then who awaits it', () => {
    const run = new Run(emitting());
    run.claim();
    emits(run, 1);
    run.claim();
    run.done(C);
    run.fails(D);
    run.settle('a', { kind: 'failed', error: { name: 'Error', message: 'broken' }, fatal: true, entropy: 0 });
    assert.equal(run.head.failure?.chunk, 'a');
    redrive(run);
    assert.deepEqual(run.claim('v'), [D], 'a waits for it');
    run.done(D);
    assert.deepEqual(run.claim('v'), ['a']);
    assert.deepEqual([run.at('a').attempt, run.at('a').ops?.n], [1, 1]);
    assert.equal(Object.values(run.head.cascades)[0]?.failure, undefined);
    run.done('a');
    assert.deepEqual([run.head.cascades, run.head.frames], [{}, {}]);
  });

  it('leaves a failure alone that the chunk went on from', () => {
    const run = new Run(emitting());
    run.claim();
    emits(run, 1);
    run.claim();
    run.done(C);
    run.fails(D);
    emits(run, 2, 'compensate');
    run.fails('a', { fatal: true });
    redrive(run);
    assert.deepEqual(run.claim('v'), ['a']);
    assert.equal(Object.values(run.head.cascades)[0]?.failure?.chunk, 'd');
    run.done('a');
    assert.deepEqual([run.nodes(), run.head.cascades, run.head.frames], [['b'], {}, {}], 'nothing of it stays');
  });
});
