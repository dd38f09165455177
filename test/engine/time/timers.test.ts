import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ARM_AHEAD, nextCheckAt, nextSweepAt } from '../../../lib/engine/time/timers.ts';
import { defineFlow } from '../../../lib/index.ts';
import { LEASE, pass, Run, SKEW } from '../support.ts';

function one() {
  const flow = defineFlow({ name: 'one' });
  flow.to('a', pass);
  return flow;
}

const floor = (time: number) => Math.floor(time / 30_000) * 30_000;

describe('the next sweep time', () => {
  it('is soon for ready work, the lease end for claimed work, the due time for a retry', () => {
    const run = new Run(one());
    assert.equal(nextSweepAt(run.head, undefined, run.now), floor(run.now + 30_000));
    run.claim();
    assert.equal(nextSweepAt(run.head, undefined, run.now), floor(run.now + LEASE));
    run.fails('a', { retryAfter: 600_000 });
    run.claim();
    assert.equal(nextSweepAt(run.head, undefined, run.now), floor(run.now + 600_000));
  });

  it('is the expiry of a wait; a wait without expiry has none', () => {
    const run = new Run(one());
    run.claim();
    run.pauses('a', { expiresIn: 10_000_000 });
    run.claim();
    run.clear();
    assert.equal(nextSweepAt(run.head, undefined, run.now), floor(run.now + 10_000_000));
    const forever = new Run(one());
    forever.claim();
    forever.pauses('a');
    forever.claim();
    forever.clear();
    assert.equal(nextSweepAt(forever.head, undefined, forever.now), undefined);
  });

  it('moves at most once in 30 s while ready and claimed work alternate', () => {
    const ready = new Run(one()).head;
    const claimed = new Run(one());
    claimed.claim();
    const moves: number[] = [];
    let stored: number | undefined;
    for (let now = 1_200_000; now < 1_500_000; now += 500) {
      const leases = claimed.head.leases.map((lease) => ({ ...lease, until: now + LEASE }));
      for (const head of [ready, { ...claimed.head, leases }]) {
        const next = nextSweepAt(head, stored, now);
        if (next !== stored) moves.push(now);
        stored = next;
      }
    }
    assert.ok(moves.length <= 11, `${moves.length} moves in ten half minutes`);
  });

  it('is soon for values to drop, also after the close', () => {
    const run = new Run(one(), null, { autoClose: true, retention: null });
    run.claim();
    run.done('a');
    assert.equal(nextSweepAt(run.head, undefined, run.now), undefined);
    const head = { ...run.head, outbox: [{ id: 'o', kind: 'drop' as const, refs: ['r'] }] };
    assert.equal(nextSweepAt(head, undefined, run.now), floor(run.now + 30_000));
  });

  it('stays while it is early enough and when no work is left', () => {
    const run = new Run(one());
    run.claim();
    const stored = floor(run.now + LEASE);
    assert.equal(nextSweepAt(run.head, stored, run.now), stored);
    const early = stored - 30_000 > run.now ? stored - 30_000 : run.now + 1;
    assert.equal(nextSweepAt(run.head, early, run.now), early, 'an earlier sweep is harmless');
    run.done('a');
    run.claim();
    assert.equal(nextSweepAt(run.head, stored, run.now), stored, 'the sweeper clears it');
  });

  it('moves to an earlier time and once it has passed', () => {
    const run = new Run(one());
    run.claim();
    const right = floor(run.now + LEASE);
    assert.equal(nextSweepAt(run.head, right + 60_000, run.now), right);
    assert.equal(nextSweepAt(run.head, run.now - 1, run.now), right);
  });
});

describe('a delayed message', () => {
  it("is recorded once for a timer within the queue's delay limit, and not beyond", () => {
    const run = new Run(one());
    run.claim();
    run.fails('a', { retryAfter: ARM_AHEAD });
    assert.equal(run.head.armed, run.now + ARM_AHEAD);
    const far = new Run(one());
    far.claim();
    far.fails('a', { retryAfter: ARM_AHEAD + 1 });
    assert.equal(far.head.armed, undefined);
    far.now += 1;
    far.claim();
    assert.equal(far.head.armed, far.now + ARM_AHEAD, 'the first commit near enough sends it');
  });

  it('is deleted with its timer', () => {
    const run = new Run(one());
    run.claim();
    run.fails('a');
    run.now += 1_000;
    run.claim();
    assert.equal(run.head.armed, undefined);
  });
});

describe('a wake-up without work', () => {
  it('is repeated when a lease may still be held, allowing for clock skew', () => {
    const run = new Run(one());
    assert.equal(nextCheckAt(run.head, SKEW), undefined);
    run.claim();
    assert.equal(nextCheckAt(run.head, SKEW), run.now + LEASE + SKEW);
  });
});
