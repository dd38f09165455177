import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusOf } from '../../../lib/engine/time/lifecycle.ts';
import { nextTimer } from '../../../lib/engine/time/timers.ts';
import { defineFlow } from '../../../lib/index.ts';
import { messagesAfter } from '../../../lib/runtime/commit/wake-ups.ts';
import { pass, Run } from '../support.ts';

function work() {
  const flow = defineFlow({ name: 'work' });
  flow.to('a', pass).to('b', pass);
  flow.when('poke').to('poked', pass);
  return flow;
}

const pause = (run: Run, actor = 'ann') => run.apply({ type: 'pause', paused: true, actor, verified: true });
const unpause = (run: Run) => run.apply({ type: 'pause', paused: false });
const status = (run: Run) => statusOf(run.head, run.graph);

describe('a paused execution', () => {
  it('says who paused it and when, and keeps that in its history', () => {
    const run = new Run(work());
    assert.equal(pause(run).kind, 'applied');
    assert.deepEqual(run.head.paused, { at: run.now, actor: 'ann', verified: true });
    assert.equal(status(run), 'paused');
    const [{ type, action, actor } = { type: '' }] = run.last.records;
    assert.deepEqual({ type, action, actor }, { type: 'host', action: 'pause', actor: 'ann' });
    assert.equal(pause(run, 'bob').kind, 'already');
    assert.equal(run.head.paused?.actor, 'ann');
    assert.equal(unpause(run).kind, 'applied');
    assert.equal(run.last.records[0]?.action, 'unpause');
    assert.equal(unpause(run).kind, 'already');
    assert.equal(status(run), 'running');
  });

  it('takes the outcomes of running attempts, and claims nothing of what they cause', () => {
    const run = new Run(work());
    run.claim();
    pause(run);
    assert.equal(run.done('a', 1, { emits: [['poke', 2]] }).kind, 'applied');
    assert.deepEqual(run.nodes(), ['b']);
    assert.deepEqual(run.claim('other', { deliver: 8 }), []);
    assert.equal(run.head.signals.length, 1);
    unpause(run);
    assert.deepEqual(run.claim('other', { deliver: 8 }), ['b', 'poked']);
  });

  it('decides answers at once, and lets deadlines pass after the pause', () => {
    const run = new Run(work());
    run.claim();
    const wait = run.pauses('a', { expiresIn: 10_000 });
    pause(run);
    run.now += 20_000;
    run.tick();
    assert.equal(nextTimer(run.head), undefined);
    assert.equal(run.head.interrupts.length, 1);
    assert.equal(run.resume(wait, 'yes').kind, 'accepted');
    assert.deepEqual(run.nodes(), ['b']);
    assert.equal(status(run), 'paused');

    const other = new Run(work());
    other.claim();
    const late = other.pauses('a', { expiresIn: 10_000 });
    pause(other);
    other.now += 20_000;
    unpause(other);
    assert.ok((nextTimer(other.head) ?? Infinity) <= other.now);
    other.tick();
    assert.equal(other.resume(late, 'yes').kind, 'gone');
  });

  it('takes an answer from the inbox that was appended after the deadline', () => {
    const run = new Run(work());
    run.claim();
    const interrupt = run.pauses('a', { expiresIn: 10_000 });
    pause(run);
    run.now += 20_000;
    const event = { type: 'resume', interrupt, requestId: 'r', value: 1, valueHash: 'h', at: run.now } as const;
    assert.equal(run.apply(event).kind, 'accepted');
  });

  it('wakes no sleeper and tries nothing again before its end', () => {
    const run = new Run(work());
    run.claim();
    run.settle('a', { kind: 'slept', until: run.now + 1_000, effects: { state: [], signals: [] } });
    pause(run);
    run.now += 60_000;
    run.tick();
    assert.deepEqual(run.nodes(), ['a']);
    unpause(run);
    run.tick();
    assert.deepEqual(run.nodes(), ['b']);

    const other = new Run(work());
    other.claim();
    other.fails('a');
    pause(other);
    other.now += 60_000;
    assert.deepEqual(other.claim('next'), []);
    unpause(other);
    assert.deepEqual(other.claim('next'), ['a']);
  });

  it('does not close by itself, and idles from zero after the pause', () => {
    const run = new Run(work(), null, { autoClose: true, autoCloseTimeout: 5_000 });
    run.claim();
    run.done('a');
    run.claim();
    pause(run);
    run.done('b');
    run.now += 60_000;
    run.tick();
    assert.equal(run.head.lifecycle, 'open');
    unpause(run);
    run.now += 4_999;
    run.tick();
    assert.equal(run.head.lifecycle, 'open');
    run.now += 1;
    run.tick();
    assert.equal(run.head.lifecycle, 'closed');
  });

  it('is closed after the pause, with its waits', () => {
    const run = new Run(work());
    run.claim();
    const interrupt = run.pauses('a');
    pause(run);
    assert.equal(run.close('cancel').kind, 'applied');
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, waits: run.head.interrupts.length },
      { lifecycle: 'sealed', waits: 1 },
    );
    unpause(run);
    assert.equal(run.head.lifecycle, 'closed');
    assert.equal(run.resume(interrupt, 1).kind, 'gone');
    assert.equal(pause(run).kind, 'ignored');
  });

  it('is cancelled at once', () => {
    const run = new Run(work());
    run.claim();
    pause(run);
    assert.equal(run.apply({ type: 'cancel' }).kind, 'applied');
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, paused: run.head.paused },
      { lifecycle: 'closed', paused: undefined },
    );
  });

  it('needs no wake-up, and all of them after the pause', () => {
    const run = new Run(work());
    pause(run);
    const paused = run.head;
    run.signal('poke');
    const change = { now: run.now, received: 0, committerIsNoWorker: true };
    assert.deepEqual(messagesAfter({ ...change, before: paused, after: run.head }), []);
    const before = run.head;
    unpause(run);
    const kinds = messagesAfter({ ...change, before, after: run.head }).map(({ message }) => message.kind);
    assert.deepEqual(kinds, ['wake']);
  });
});
