import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { retryDelay } from '../../../lib/engine/limits/retry-policy.ts';
import { statusOf } from '../../../lib/engine/time/lifecycle.ts';
import { nextTimer } from '../../../lib/engine/time/timers.ts';
import type { RetryPolicy } from '../../../lib/flow/options/policies.ts';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

const POLICY: RetryPolicy = { maxAttempts: 5, initialDelay: 1_000, factor: 2, jitter: 0.2 };

function pair() {
  const flow = defineFlow({ name: 'pair' });
  flow.to('a', pass).to('after', pass);
  flow.to('b', pass).to('next', pass);
  flow.when('told').to('c', pass);
  return flow;
}

describe('retry', () => {
  it('waits by the policy, longer each time', () => {
    assert.deepEqual(
      [1, 2, 3].map((attempt) => retryDelay(POLICY, attempt, 0)),
      [1_000, 2_000, 4_000],
    );
  });

  it("never shortens the wait, by jitter or by the chunk's retryAfter", () => {
    for (const entropy of [0, 0.5, 0.999]) {
      const delay = retryDelay(POLICY, 1, entropy);
      assert.ok(delay >= 1_000 && delay <= 1_200, `${delay}`);
    }
    assert.equal(retryDelay(POLICY, 1, 0, 60_000), 60_000);
    assert.equal(retryDelay(POLICY, 1, 0, 10), 1_000);
  });

  it('waits a finite time for any policy and chunk', () => {
    const year = 365 * 24 * 3_600_000;
    assert.equal(retryDelay({ ...POLICY, factor: 10 }, 400, 0), year);
    assert.equal(retryDelay(POLICY, 1, 0, Number.POSITIVE_INFINITY), year);
    assert.equal(retryDelay(POLICY, 1, 0, Number.NaN), 1_000);
    assert.equal(retryDelay(POLICY, 1, 0, 1_500.2), 1_501, 'never early');
  });

  it('is not claimed early and keeps its place and id', () => {
    const run = new Run(pair());
    run.claim('w', { limit: 1 });
    const { id } = run.at('a');
    run.fails('a');
    const due = run.now + 1_000;
    assert.deepEqual(
      { dueAt: run.at('a').dueAt, fence: run.at('a').fence, nextTimer: nextTimer(run.head) },
      { dueAt: due, fence: undefined, nextTimer: due },
    );
    run.now = due - 1;
    assert.deepEqual(run.claim('v'), ['b']);
    run.now = due;
    assert.deepEqual(run.claim('v'), ['a', 'b']);
    assert.deepEqual(
      { id: run.at('a').id, attempt: run.at('a').attempt, dueAt: run.at('a').dueAt },
      { id, attempt: 2, dueAt: undefined },
    );
  });

  it('waits as long as the error asks for', () => {
    const run = new Run(pair());
    run.claim();
    run.fails('a', { retryAfter: 90_000 });
    assert.equal(run.at('a').dueAt, run.now + 90_000);
  });

  it('uses the policy of the chunk, then of the execution, then of the flow', () => {
    const flow = defineFlow({ name: 'p', defaults: { retry: { maxAttempts: 4, initialDelay: 7 } } });
    flow.to(flow.chunk('own', { retry: { maxAttempts: 1 } }, pass));
    flow.to('plain', pass);
    const run = new Run(flow, null, { defaults: { retry: { initialDelay: 9 } } });
    run.claim();
    run.fails('plain');
    assert.equal(run.at('plain').dueAt, run.now + 9);
    run.fails('own');
    assert.equal(run.head.failure?.chunk, 'own');
  });
});

describe('failure', () => {
  it('comes after the last attempt and names chunk, attempt and reason', () => {
    const run = new Run(pair());
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      assert.equal(run.head.failure, undefined);
      run.claim(`w${attempt}`);
      run.fails('a');
      run.now += 10_000;
    }
    assert.deepEqual(run.head.failure, { name: 'Error', message: 'broken', chunk: 'a', attempt: 3 });
    assert.equal(statusOf(run.head, run.graph), 'failed');
    assert.equal(run.head.lifecycle, 'open', 'failed is a status, not a lifecycle');
  });

  it('comes at once for a fatal error', () => {
    const run = new Run(pair());
    run.claim();
    run.fails('a', { fatal: true });
    assert.equal(run.head.failure?.attempt, 1);
  });

  it('lets running work settle, keeps its results and starts nothing more', () => {
    const run = new Run(pair());
    run.claim();
    run.fails('a', { fatal: true });
    assert.deepEqual(run.done('b', 1, { state: [{ op: 'set', path: 'k', value: 1 }], emits: [['told', 1]] }), {
      kind: 'applied',
    });
    assert.deepEqual(run.head.state, { k: { v: 1 } });
    assert.deepEqual(run.claim('w2', { deliver: 5 }), []);
    assert.equal(run.head.signals.length, 1, 'kept for a redrive');
    assert.ok(run.nodes().includes('next'));
  });

  it('keeps the first error', () => {
    const run = new Run(pair());
    run.claim();
    run.fails('a', { fatal: true });
    run.fails('b', { fatal: true });
    assert.equal(run.head.failure?.chunk, 'a');
  });

  it('sets no timer for retries that will not run', () => {
    const run = new Run(pair());
    run.claim();
    run.fails('b');
    run.fails('a', { fatal: true });
    assert.equal(nextTimer(run.head), undefined);
  });

  it('closes automatically when no work runs', () => {
    const run = new Run(pair(), null, { autoClose: true });
    run.claim();
    run.fails('a', { fatal: true });
    assert.equal(run.head.lifecycle, 'open');
    run.done('b');
    assert.equal(run.head.lifecycle, 'closed');
    assert.equal(statusOf(run.head, run.graph), 'failed');
  });
});
