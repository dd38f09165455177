import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Head } from '../../../lib/engine/head.ts';
import { reduce } from '../../../lib/engine/reduce.ts';
import { cascadeId } from '../../../lib/engine/work/cascades.ts';
import { defineFlow } from '../../../lib/index.ts';
import { effects, LEASE, pass, Run, SKEW } from '../support.ts';

function five() {
  const flow = defineFlow({ name: 'five' });
  for (const name of ['a', 'b', 'c', 'd', 'e']) flow.to(name, pass);
  return flow;
}

describe('claim', () => {
  it('takes the oldest work up to the limit and counts the attempt', () => {
    const run = new Run(five());
    assert.deepEqual(run.claim('w', { limit: 2 }), ['a', 'b']);
    assert.deepEqual(
      run.head.activations.map(({ attempt }) => attempt),
      [1, 1, 0, 0, 0],
    );
    assert.deepEqual(run.claim('v', { limit: 2 }), ['c', 'd']);
  });

  it('fills up to the limit, including the work that the session holds', () => {
    const run = new Run(five());
    run.claim('w', { limit: 2 });
    run.done('a');
    assert.deepEqual(run.claim('w', { limit: 2 }), ['b', 'c']);
  });

  it('keeps one fence for a session and gives a higher one to the next', () => {
    const run = new Run(five());
    run.claim('w', { limit: 1 });
    run.claim('v', { limit: 1 });
    run.done('a');
    run.claim('w', { limit: 1 });
    assert.deepEqual(
      run.head.leases.map(({ session, fence }) => [session, fence]),
      [
        ['w', 1],
        ['v', 2],
      ],
    );
    assert.deepEqual(
      run.head.activations.map(({ fence }) => fence),
      [2, 1, undefined, undefined],
    );
  });

  it('renews the lease, also without new work', () => {
    const run = new Run(five());
    run.claim();
    run.now += 5_000;
    run.claim();
    assert.equal(run.head.leases[0]?.until, run.now + LEASE);
  });

  it('ends an empty lease and reports it only once', () => {
    const flow = defineFlow({ name: 'one' });
    flow.to('a', pass);
    const run = new Run(flow);
    run.claim();
    run.done('a');
    assert.deepEqual(run.claimEvent(), { kind: 'applied' });
    assert.deepEqual(run.head.leases, []);
    assert.deepEqual(run.claimEvent(), { kind: 'already' });
    assert.equal(run.last.changed, false);
  });

  it('gives each activation to one of 20 racing workers', () => {
    const run = new Run(five());
    let row: { head: Head; rev: number } = { head: run.head, rev: 1 };
    const read = Array.from({ length: 20 }, (_, i) => ({ session: `w${i}`, seen: row }));
    const claimOn = (head: Head, session: string) =>
      reduce(
        run.graph,
        head,
        [{ type: 'claim', session, until: run.now + LEASE, reclaimBefore: 0, limit: 5, deliver: 0, solo: true }],
        run.now,
      );
    let lost = 0;
    const answers = read.map(({ session, seen }) => {
      let reduction = claimOn(seen.head, session);
      assert.equal(reduction.changed, true, 'every worker tried to claim the work');
      if (seen.rev !== row.rev) {
        lost += 1;
        reduction = claimOn(row.head, session);
      }
      if (reduction.changed) row = { head: reduction.head, rev: row.rev + 1 };
      return reduction.answers[0]?.kind;
    });
    assert.equal(lost, 19);
    assert.equal(answers.filter((kind) => kind === 'applied').length, 1);
    assert.deepEqual(
      row.head.leases.map(({ session }) => session),
      ['w0'],
    );
    assert.ok(row.head.activations.every(({ fence, attempt }) => fence === 1 && attempt === 1));
  });

  it('starts one queued signal for each received message, oldest first, once per session', () => {
    const flow = defineFlow({ name: 'nowait' });
    flow.to('begin', pass);
    flow.when('go').to('on', pass);
    const run = new Run(flow);
    run.claim();
    run.done('begin', null, {
      emits: [
        ['go', 1],
        ['go', 2],
        ['go', 3],
      ],
    });
    assert.equal(run.head.signals.length, 3);
    run.claim('w2', { deliver: 2 });
    assert.deepEqual(
      run.head.activations.map(({ input }) => input),
      [{ v: 1 }, { v: 2 }],
    );
    run.claim('w2', { deliver: 2 });
    assert.equal(run.head.signals.length, 1, 'the session has started its share');
  });
});

describe('reclaim', () => {
  it('ignores a lease until it ended, plus clock skew', () => {
    const run = new Run(five());
    run.claim('w', { limit: 5 });
    const { until = 0 } = run.head.leases[0] ?? {};
    for (const now of [until, until + SKEW]) {
      run.now = now;
      assert.deepEqual(run.claim('v'), [], `${now - until} ms after its end`);
    }
    run.now = until + SKEW + 1;
    run.claim('v');
    assert.equal(run.held('w').length, 0);
  });

  it('refunds all activations of a lost lease and marks each as suspect', () => {
    const run = new Run(five());
    run.claim('w', { limit: 3 });
    run.now += LEASE + SKEW + 1;
    run.claim('v', { solo: false });
    const [a, b, c, d] = run.head.activations;
    for (const each of [a, b, c])
      assert.deepEqual(
        { attempt: each?.attempt, suspect: each?.suspect, fence: each?.fence },
        { attempt: 0, suspect: true, fence: undefined },
      );
    assert.deepEqual({ attempt: d?.attempt, suspect: d?.suspect }, { attempt: 1, suspect: undefined });
  });

  it('gives suspects out last, each alone to a worker that runs nothing else', () => {
    const run = new Run(five());
    run.claim('w', { limit: 3 });
    run.now += LEASE + SKEW + 1;
    assert.deepEqual(run.claim('shared', { solo: false }), ['d', 'e']);
    run.done('d');
    run.done('e');
    assert.deepEqual(run.claim('shared', { solo: false }), []);
    assert.deepEqual(run.claim('solo'), ['a']);
    assert.deepEqual(run.claim('solo'), ['a'], 'no work is claimed beside a suspect');
    run.done('a');
    assert.deepEqual(run.claim('solo'), ['b']);
  });

  it('counts the attempt when a worker died with this activation alone', () => {
    const flow = defineFlow({ name: 'one' });
    flow.to('a', pass);
    const run = new Run(flow);
    for (const attempt of [1, 2, 3]) {
      assert.deepEqual(run.claim(`w${attempt}`), ['a']);
      assert.equal(run.at('a').attempt, attempt);
      assert.equal(run.head.failure, undefined);
      run.now += LEASE + SKEW + 1;
    }
    assert.deepEqual(run.claim('w4'), []);
    assert.equal(run.head.failure?.code, 'poison');
    assert.deepEqual(
      { chunk: run.head.failure?.chunk, attempt: run.head.failure?.attempt },
      { chunk: 'a', attempt: 3 },
    );
    assert.deepEqual(run.head.leases, []);
  });

  it('refunds it when the worker also ran other executions', () => {
    const run = new Run(five());
    run.claim('w', { limit: 1, solo: false });
    run.now += LEASE + SKEW + 1;
    run.claim('v', { limit: 1, solo: false });
    assert.deepEqual({ attempt: run.at('a').attempt, suspect: run.at('a').suspect }, { attempt: 0, suspect: true });
  });

  it('never blames an activation for workers that also ran others', () => {
    const flow = defineFlow({ name: 'one' });
    flow.to('a', pass);
    const run = new Run(flow);
    for (let n = 0; n < 10; n += 1) {
      run.claim(`w${n}`, { solo: n > 0 && n % 2 === 0 });
      if (run.at('a').suspect && run.at('a').fence !== undefined) run.done('a', null, {});
      if (run.nodes().length === 0) return;
      run.now += LEASE + SKEW + 1;
      assert.ok(run.at('a').attempt <= 1);
    }
    assert.fail('the suspect was never run alone');
  });
});

describe('heartbeat and release', () => {
  it('extends a lease, never shortens it, and refuses a session that lost it', () => {
    const run = new Run(five());
    run.claim();
    const until = run.now + 60_000;
    assert.deepEqual(run.apply({ type: 'heartbeat', session: 'w', until }), { kind: 'applied' });
    run.apply({ type: 'heartbeat', session: 'w', until: until - 1 });
    assert.equal(run.head.leases[0]?.until, until);
    run.now = until + SKEW + 1;
    run.claim('v');
    assert.deepEqual(run.apply({ type: 'heartbeat', session: 'w', until: run.now }), { kind: 'refused' });
  });

  it('renews a lease that ended but was not reclaimed', () => {
    const run = new Run(five());
    run.claim();
    run.now += 10 * LEASE;
    assert.deepEqual(run.apply({ type: 'heartbeat', session: 'w', until: run.now + LEASE }), { kind: 'applied' });
    assert.deepEqual(run.claim('v'), []);
  });

  it('returns work at the deadline: started attempts count, others are refunded', () => {
    const run = new Run(five());
    run.claim('w', { limit: 2 });
    run.apply({ type: 'release', session: 'w', started: [run.at('a').id] });
    assert.deepEqual({ aAttempt: run.at('a').attempt, bAttempt: run.at('b').attempt }, { aAttempt: 1, bAttempt: 0 });
    assert.deepEqual(run.head.leases, []);
    assert.deepEqual(run.claim('v', { limit: 1 }), ['a'], 'at once, in the old order');
  });

  it('fails an activation that the deadline interrupts in its last attempt', () => {
    const run = new Run(five());
    for (const session of ['w1', 'w2', 'w3']) {
      assert.equal(run.head.failure, undefined);
      run.claim(session, { limit: 1 });
      run.apply({ type: 'release', session, started: [run.at('a').id] });
    }
    assert.equal(run.head.failure?.code, 'deadline_exceeded');
  });

  it('counts the next attempt of a chunk that continued after an awaited emit', () => {
    const run = new Run(five());
    run.claim();
    const { id: activation, fence = -1, attempt } = run.at('a');
    const mark = { activation, fence, attempt, ordinal: 1, hash: 'h' };
    run.apply({ type: 'emit', ...mark, effects: effects(), emits: { signal: 'heard', value: 1 } });
    const cascade = cascadeId(activation, 1);
    assert.deepEqual(run.at('a').awaiting, [cascade]);
    run.apply({ type: 'reenter', activation, fence, cascade });
    run.apply({ type: 'release', session: 'w', started: [] });
    assert.equal(run.at('a').attempt, 0);
    run.claim('v');
    assert.equal(run.at('a').attempt, 1);
  });
});
