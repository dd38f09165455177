import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FlowEvent } from '../../../lib/engine/events.ts';
import { statusOf } from '../../../lib/engine/time/lifecycle.ts';
import { tokenOf } from '../../../lib/engine/work/claims/attempt-token.ts';
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
  it('gives failed activations fresh attempts under the same id and keeps other results', () => {
    const run = new Run(chain(), 7);
    run.claim();
    run.done('a', 8, { state: [{ op: 'set', path: 'kept', value: 1 }] });
    run.claim();
    const { id } = run.at('b');
    run.fails('b');
    assert.deepEqual(
      { status: statusOf(run.head, run.graph), claimed: run.claim() },
      { status: 'failed', claimed: [] },
    );
    assert.deepEqual(redrive(run), { kind: 'applied' });
    assert.deepEqual(
      { id: run.at('b').id, attempt: run.at('b').attempt, failed: run.at('b').failed },
      { id, attempt: 0, failed: undefined },
    );
    assert.equal(statusOf(run.head, run.graph), 'running');
    assert.deepEqual(run.head.redrives, [
      { id: 'd1', at: run.now, actor: 'ann', error: { name: 'Error', chunk: 'b' } },
    ]);
    assert.deepEqual({ claimed: run.claim('v'), inputOfB: run.input('b') }, { claimed: ['b'], inputOfB: 8 });
    run.done('b');
    assert.deepEqual(
      { activations: run.head.activations, state: run.head.state },
      { activations: [], state: { kept: { v: 1 } } },
    );
  });

  it('refuses events of earlier attempts, also under the same lease', () => {
    const flow = defineFlow({ name: 'beside', ...ONCE });
    flow.to('a', pass);
    flow.to('b', pass);
    const run = new Run(flow);
    run.claim();
    const before = tokenOf(run.at('a'));
    const failed = { kind: 'failed', error: { name: 'Error', message: 'broken' }, fatal: true, entropy: 0 } as const;
    assert.deepEqual(run.apply({ type: 'settle', ...before, outcome: failed }), { kind: 'applied' });
    redrive(run);
    assert.deepEqual(run.claim(), ['a', 'b']);
    const { fence, attempt } = run.at('a');
    assert.deepEqual([fence, attempt], [before.fence, before.attempt]);
    const effects = { state: [], signals: [] };
    const emits = { signal: 'go', value: null };
    const late: readonly FlowEvent[] = [
      { type: 'emit', ...before, ordinal: 1, hash: 'h', effects, emits },
      { type: 'settle', ...before, outcome: failed },
    ];
    for (const event of late) assert.deepEqual(run.apply(event), { kind: 'refused' }, event.type);
    run.done('a');
    run.done('b');
    assert.deepEqual([run.head.failure, run.head.activations], [undefined, []]);
  });

  it('is accepted once by id, and only after a failure', () => {
    const run = new Run(chain());
    assert.deepEqual(redrive(run), { kind: 'ignored' });
    run.claim();
    run.fails('a');
    assert.deepEqual(redrive(run), { kind: 'applied' });
    run.claim('v');
    run.fails('a');
    assert.deepEqual(redrive(run), { kind: 'already' }, 'a repeat is recognized');
    assert.deepEqual(redrive(run, 'd2'), { kind: 'applied' });
    assert.deepEqual(
      run.head.redrives?.map(({ id }) => id),
      ['d1', 'd2'],
    );
  });

  it('reopens an execution closed as failed, but not a cancelled one', () => {
    const run = new Run(chain());
    run.claim();
    run.fails('a');
    run.close();
    assert.equal(run.head.lifecycle, 'closed');
    assert.deepEqual(redrive(run), { kind: 'applied' });
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, closedAt: run.head.closedAt, closing: run.head.closing },
      { lifecycle: 'open', closedAt: undefined, closing: undefined },
    );
    run.claim('v');
    run.fails('a');
    run.apply({ type: 'cancel' });
    assert.deepEqual(redrive(run, 'd2'), { kind: 'ignored' });
  });

  it('closes automatically again when all work is done', () => {
    const run = new Run(chain(), null, { autoClose: true });
    run.claim();
    run.fails('a');
    assert.equal(run.head.lifecycle, 'closed');
    redrive(run);
    run.claim('v');
    run.done('a');
    run.claim('v');
    run.done('b');
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, status: statusOf(run.head, run.graph) },
      { lifecycle: 'closed', status: 'completed' },
    );
  });

  it('retries a side branch', () => {
    const flow = defineFlow({ name: 'side', ...ONCE });
    flow.to('a', pass).sideBranch(flow.chunk('s', pass));
    const run = new Run(flow, null, { autoClose: true });
    run.claim();
    run.done('a');
    run.claim();
    run.fails('s');
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, chunk: run.head.failure?.chunk },
      { lifecycle: 'closed', chunk: 's' },
    );
    redrive(run);
    run.claim('v');
    run.done('s');
    assert.equal(statusOf(run.head, run.graph), 'completed');
  });

  it('finds the enclosing operators unchanged', () => {
    const flow = defineFlow({ name: 'items', ...ONCE });
    flow.to('list', pass).forEach((item) => void item.to('x', pass).sideBranch(flow.chunk('beside', pass)));
    const run = new Run(flow, null);
    run.claim();
    run.done('list', [1, 2]);
    run.claim();
    run.done('list>forEach/item/x', 1);
    run.fails('list>forEach/item/x');
    const { scope } = run.head.activations.find((row) => row.failed) ?? {};
    assert.ok(scope !== undefined && run.head.frames[scope], 'the item of the failure still exists');
    redrive(run);
    for (let turns = 0; turns < 5 && run.claim('v').length > 0; turns += 1) {
      for (const { node } of run.held('v')) run.done(node, 2);
    }
    assert.deepEqual({ activations: run.head.activations, frames: run.head.frames }, { activations: [], frames: {} });
  });

  it('restarts a wait whose expiry was the failure', () => {
    const run = new Run(chain());
    run.claim();
    const id = run.pauses('a', { expiresIn: 1_000 });
    run.now += 1_000;
    run.tick();
    assert.deepEqual(
      { code: run.head.failure?.code, interrupts: run.head.interrupts },
      { code: 'interrupt_expired', interrupts: [] },
    );
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
    const effects = { state: [], signals: [] };
    const emits = { signal, value: null };
    run.apply({ type: 'emit', ...tokenOf(run.at('a')), ordinal, hash: `h${ordinal}`, effects, emits });
  }

  /** `d` has failed in what `a` emitted and awaits. */
  function failedInCascade(): Run {
    const run = new Run(emitting());
    run.claim();
    emits(run, 1);
    run.claim();
    run.done(C);
    run.fails(D);
    return run;
  }

  it('retries the cascade first, then the awaiting chunk', () => {
    const run = failedInCascade();
    run.settle('a', { kind: 'failed', error: { name: 'Error', message: 'broken' }, fatal: true, entropy: 0 });
    assert.equal(run.head.failure?.chunk, 'a');
    redrive(run);
    assert.deepEqual(run.claim('v'), [D], 'a waits for it');
    run.done(D);
    assert.deepEqual(run.claim('v'), ['a']);
    assert.deepEqual({ attempt: run.at('a').attempt, n: run.at('a').ops?.n }, { attempt: 1, n: 1 });
    assert.equal(Object.values(run.head.cascades)[0]?.failure, undefined);
    run.done('a');
    assert.deepEqual({ cascades: run.head.cascades, frames: run.head.frames }, { cascades: {}, frames: {} });
  });

  it('ignores a failure that the chunk caught', () => {
    const run = failedInCascade();
    emits(run, 2, 'compensate');
    run.fails('a', { fatal: true });
    redrive(run);
    assert.deepEqual(run.claim('v'), ['a']);
    assert.equal(Object.values(run.head.cascades)[0]?.failure?.chunk, 'd');
    run.done('a');
    assert.deepEqual(
      { nodes: run.nodes(), cascades: run.head.cascades, frames: run.head.frames },
      { nodes: ['b'], cascades: {}, frames: {} },
      'the cascade is deleted',
    );
  });
});
