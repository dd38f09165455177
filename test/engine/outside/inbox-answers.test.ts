/** Answers that are appended before the commit that takes them are judged by their append time and their wait. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResumeEvent } from '../../../lib/engine/events.ts';
import { digest } from '../../../lib/flow/json.ts';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

function asking() {
  const flow = defineFlow({ name: 'asking' });
  flow.to('ask', pass).to('use', pass);
  flow.when('again').to(flow.chunk('ask', pass));
  return flow;
}

function answer(rest: Partial<ResumeEvent>): ResumeEvent {
  return { type: 'resume', interrupt: 'q', requestId: 'r', value: 'yes', valueHash: digest('yes'), mark: 'm', ...rest };
}

function paused(options: { expiresIn?: number } = {}): Run {
  const run = new Run(asking());
  run.claim();
  run.pauses('ask', { id: 'q', onExpiry: { value: 'expired' }, ...options });
  return run;
}

describe('an answer from the inbox', () => {
  it('is accepted after the expiry if it was appended before, with the id of its call', () => {
    const run = paused({ expiresIn: 10_000 });
    const at = run.now + 9_999;
    run.now += 60_000;
    const accepted = run.apply(answer({ at }));
    assert.deepEqual(accepted.kind === 'accepted' && accepted.entry, {
      kind: 'resume',
      id: 'q',
      outcome: 'accepted',
      at: run.now,
      requestId: 'r',
      valueHash: digest('yes'),
      mark: 'm',
    });
    assert.equal(run.input('use'), 'yes');
    assert.equal(run.apply(answer({ at, mark: 'other' })).kind, 'duplicate');
  });

  it('loses to the expiry if it was appended at that time or later', () => {
    const run = paused({ expiresIn: 10_000 });
    run.now += 10_000;
    assert.equal(run.apply(answer({ at: run.now })).kind, 'gone');
    assert.equal(run.head.interrupts.length, 1);
    run.tick();
    assert.equal(run.input('use'), 'expired');
    assert.equal(run.apply(answer({ at: run.now })).kind, 'gone');
  });

  it('is checked against the host lease at its append, unless another host has the lease now', () => {
    const run = paused();
    run.apply({ type: 'release', session: 'w', started: [] });
    const claim = (owner: string) => {
      const { kind } = run.apply({ type: 'hostClaim', owner, mark: owner, until: run.now + 1_000 });
      assert.equal(kind, 'applied');
      return run.head.fence;
    };
    const first = claim('first');
    const at = run.now + 500;
    run.now += 2_000;
    assert.equal(run.apply(answer({ at: run.now, host: first })).kind, 'leaseExpired');
    const second = claim('second');
    assert.equal(run.apply(answer({ at, host: first })).kind, 'leaseExpired');
    run.now += 5_000;
    assert.equal(run.apply(answer({ at: run.now - 4_500, host: second })).kind, 'accepted');
  });

  it('gets its first answer again after the end of the host lease', () => {
    const run = paused();
    run.apply({ type: 'release', session: 'w', started: [] });
    run.apply({ type: 'hostClaim', owner: 'host', mark: 'host', until: run.now + 1_000 });
    const host = run.head.fence;
    assert.equal(run.apply(answer({ host })).kind, 'accepted');
    run.now += 2_000;
    assert.equal(run.apply(answer({ host })).kind, 'duplicate');
    assert.equal(run.apply(answer({ host, requestId: 'other' })).kind, 'leaseExpired');
  });

  it('does not answer a later wait of the same id', () => {
    const run = paused();
    const old = answer({ at: run.now, generation: 0 });
    run.resume('q', 'first', 'r0');
    run.signal('again');
    run.claim('w2');
    run.pauses('ask', { id: 'q' });
    assert.equal(run.head.interrupts.length, 1);
    assert.equal(run.apply(old).kind, 'conflict');
    assert.equal(run.head.interrupts.length, 1);
    assert.equal(run.apply(answer({ at: run.now, generation: 1, requestId: 'r1' })).kind, 'accepted');
  });
});
