import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reduce } from '../../../lib/engine/reduce.ts';
import { statusOf } from '../../../lib/engine/time/lifecycle.ts';
import { nextTimer } from '../../../lib/engine/time/timers.ts';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

function work() {
  const flow = defineFlow({ name: 'work' });
  flow.to('a', pass).to('b', pass);
  flow.when('poke').to('poked', pass);
  return flow;
}

const status = (run: Run) => statusOf(run.head, run.graph);

describe('close', () => {
  it('drains first: accepted work runs, then the execution closes', () => {
    const run = new Run(work());
    run.claim();
    assert.deepEqual(run.close(), { kind: 'applied' });
    assert.equal(run.head.lifecycle, 'sealed');
    run.done('a');
    run.claim();
    assert.equal(run.head.closedAt, undefined);
    run.now += 5;
    run.done('b');
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, closedAt: run.head.closedAt, leases: run.head.leases },
      { lifecycle: 'closed', closedAt: run.now, leases: [] },
    );
    assert.equal(status(run), 'completed');
  });

  it('changes nothing while a wait is pending, and names the waits', () => {
    const run = new Run(work());
    run.claim();
    const interrupt = run.pauses('a');
    const before = JSON.stringify(run.head);
    assert.deepEqual(run.close('reject'), { kind: 'pendingInterrupts', ids: [interrupt] });
    assert.equal(JSON.stringify(run.head), before);
  });

  it('with cancel ends the waits and cancels the execution', () => {
    const run = new Run(work());
    run.claim();
    const interrupt = run.pauses('a');
    assert.deepEqual(run.close('cancel'), { kind: 'applied' });
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, status: status(run) },
      { lifecycle: 'closed', status: 'cancelled' },
    );
    assert.equal(run.resume(interrupt, 1).kind, 'gone');
    assert.deepEqual(run.nodes(), []);
  });

  it('with cancel is an ordinary close without pending waits', () => {
    const run = new Run(work());
    run.claim();
    run.done('a');
    run.claim();
    run.done('b');
    run.close('cancel');
    assert.equal(status(run), 'completed');
  });

  it('lets a pending wait be answered while sealed', () => {
    const run = new Run(work());
    run.claim();
    run.close();
    const interrupt = run.pauses('a');
    assert.equal(run.head.lifecycle, 'sealed');
    assert.equal(run.resume(interrupt, 1).kind, 'accepted');
    assert.deepEqual(run.claim(), ['b']);
    run.done('b');
    assert.equal(run.head.lifecycle, 'closed');
  });

  it('happens once', () => {
    const run = new Run(work());
    run.claim();
    run.close();
    assert.deepEqual(run.close(), { kind: 'already' });
    run.done('a');
    run.claim();
    run.done('b');
    assert.deepEqual(run.close('cancel'), { kind: 'already' });
    assert.equal(status(run), 'completed');
  });

  it('of a failed execution waits for running work only', () => {
    const flow = defineFlow({ name: 'fails' });
    flow.to('a', pass);
    flow.to('b', pass).to('c', pass);
    const run = new Run(flow);
    run.claim();
    run.fails('a', { fatal: true });
    run.close();
    assert.equal(run.head.lifecycle, 'sealed');
    run.done('b');
    assert.equal(run.head.lifecycle, 'closed');
    assert.equal(status(run), 'failed');
  });

  it('with cancel ends a wait that began during the drain of an earlier close', () => {
    const run = new Run(work());
    run.claim();
    run.close('reject');
    run.pauses('a');
    assert.deepEqual(run.close('reject'), { kind: 'already' });
    assert.deepEqual(run.close('cancel'), { kind: 'applied' });
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, status: status(run) },
      { lifecycle: 'closed', status: 'cancelled' },
    );
  });

  it('with cancel ends a wait that begins afterwards', () => {
    const run = new Run(work());
    run.claim();
    run.close('cancel');
    run.pauses('a');
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, status: status(run) },
      { lifecycle: 'closed', status: 'cancelled' },
    );
  });
});

describe('automatic close', () => {
  it('comes at once without remaining work', () => {
    const run = new Run(work(), null, { autoClose: true });
    run.claim();
    run.done('a');
    run.claim();
    run.done('b');
    assert.equal(run.head.lifecycle, 'closed');
  });

  it('comes after the idle time, not before', () => {
    const run = new Run(work(), null, { autoClose: true, autoCloseTimeout: 5_000 });
    run.claim();
    run.done('a');
    run.claim();
    run.done('b');
    const due = run.now + 5_000;
    assert.equal(nextTimer(run.head), due);
    run.now = due - 1;
    run.tick();
    assert.deepEqual({ lifecycle: run.head.lifecycle, status: status(run) }, { lifecycle: 'open', status: 'idle' });
    run.now = due;
    run.tick();
    assert.equal(run.head.lifecycle, 'closed');
  });

  it('restarts the idle time after new work', () => {
    const run = new Run(work(), null, { autoClose: true, autoCloseTimeout: 5_000 });
    run.claim();
    run.done('a');
    run.claim();
    run.done('b');
    run.now += 4_000;
    run.signal('poke');
    assert.equal(run.head.idleSince, undefined);
    run.claim();
    run.now += 4_000;
    run.done('poked');
    assert.equal(nextTimer(run.head), run.now + 5_000);
  });

  it('is suspended by a wait and restarts the idle time afterwards', () => {
    const flow = defineFlow({ name: 'ask' });
    flow.to('ask', pass);
    const run = new Run(flow, null, { autoClose: true, autoCloseTimeout: 5_000 });
    run.claim();
    const interrupt = run.pauses('ask');
    run.claim();
    run.now += 100_000;
    run.tick();
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, status: status(run), nextTimer: nextTimer(run.head) },
      { lifecycle: 'open', status: 'waiting', nextTimer: undefined },
    );
    run.resume(interrupt, 1);
    assert.equal(nextTimer(run.head), run.now + 5_000);
    run.now += 5_000;
    run.tick();
    assert.equal(run.head.lifecycle, 'closed');
  });

  it('never comes with a null timeout or without autoClose', () => {
    for (const options of [{ autoClose: true, autoCloseTimeout: null }, { autoClose: false }]) {
      const flow = defineFlow({ name: 'one' });
      flow.to('a', pass);
      const run = new Run(flow, null, options);
      run.claim();
      run.done('a');
      run.now += 1e9;
      run.tick();
      assert.deepEqual(
        { lifecycle: run.head.lifecycle, nextTimer: nextTimer(run.head) },
        { lifecycle: 'open', nextTimer: undefined },
      );
    }
  });

  it('loses no signal accepted before it', () => {
    const run = new Run(work(), null, { autoClose: true, autoCloseTimeout: 5_000 });
    run.claim();
    run.done('a');
    run.claim();
    run.done('b');
    run.now += 6_000;
    const inbox = ['unheard', 'poke'].map((name) => ({ type: 'signal', id: name, name, value: null }) as const);
    const { head, answers } = reduce(run.graph, run.head, [...inbox, { type: 'tick' }], run.now);
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['accepted', 'accepted', 'already'],
    );
    assert.deepEqual(
      head.activations.map(({ node }) => node),
      ['poked'],
    );
  });
});
