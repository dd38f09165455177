import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

function looping() {
  const flow = defineFlow({ name: 'looping' });
  flow.to('begin', pass);
  flow.when('turn').to('a', pass);
  return flow;
}

const emits = [['turn', 1]] as const;

/** One hop through the queue: a new session starts the signal and emits the next. */
function hop(run: Run, session: string): string | undefined {
  run.claimEvent(session, { deliver: 1 });
  const held = run.held(session);
  if (held.length === 0) return run.head.failure?.code;
  run.done('a', null, { emits });
  run.claimEvent(session);
  return run.head.failure?.code;
}

function begun(hopBudget?: number): Run {
  const run = new Run(looping(), null, hopBudget === undefined ? {} : { hopBudget });
  run.claim('first');
  run.done('begin', null, { emits });
  run.claimEvent('first');
  return run;
}

describe('the hop budget', () => {
  it('fails an endless loop through the queue with a typed error', () => {
    const run = begun(20);
    let hops = 0;
    while (hops < 100 && hop(run, `s${hops}`) === undefined) hops += 1;
    assert.ok(hops > 5 && hops < 20, `${hops} turns`);
    assert.deepEqual(
      { code: run.head.failure?.code, chunk: run.head.failure?.chunk, leases: run.head.leases },
      { code: 'hop_budget', chunk: 'a', leases: [] },
    );
  });

  it('restarts with a signal from outside', () => {
    const run = begun(20);
    for (let i = 0; i < 50; i += 1) {
      assert.equal(hop(run, `s${i}`), undefined, `turn ${i}`);
      if (i % 5 === 0) run.apply({ type: 'signal', id: `o${i}`, name: 'other', value: 1 });
    }
  });

  it('is 100,000 unless the flow or the start says otherwise', () => {
    const run = begun();
    run.head = { ...run.head, hops: 99_990 };
    let hops = 0;
    while (hops < 100 && hop(run, `s${hops}`) === undefined) hops += 1;
    assert.ok(hops <= 10);
  });

  it('fails a chunk that always fails without delay; a redrive retries it', () => {
    const flow = defineFlow({ name: 'failing' });
    flow.to('a', pass);
    const retry = { maxAttempts: Number.MAX_SAFE_INTEGER, initialDelay: 0 };
    const run = new Run(flow, null, { hopBudget: 10, defaults: { retry } });
    run.claim('s');
    let attempts = 0;
    while (attempts < 50 && run.head.failure === undefined) {
      run.fails('a');
      run.claimEvent('s');
      attempts += 1;
    }
    assert.deepEqual(
      { isBounded: attempts <= 10, code: run.head.failure?.code, chunk: run.head.failure?.chunk },
      { isBounded: true, code: 'hop_budget', chunk: 'a' },
    );
    assert.deepEqual(
      { leases: run.head.leases, activations: run.head.activations.map(({ failed }) => failed) },
      { leases: [], activations: [undefined] },
    );
    assert.equal(run.apply({ type: 'redrive', id: 'r' }).kind, 'applied');
    run.claim('again');
    assert.equal(run.head.failure, undefined);
  });

  it('restarts with a delayed retry', () => {
    const flow = defineFlow({ name: 'failing' });
    flow.to('a', pass);
    const retry = { maxAttempts: 1_000, initialDelay: 1_000, factor: 1 };
    const run = new Run(flow, null, { hopBudget: 10, defaults: { retry } });
    for (let n = 0; n < 50; n += 1) {
      run.claim(`s${n}`);
      run.fails('a');
      run.claimEvent(`s${n}`);
      run.now += 2_000;
    }
    assert.equal(run.head.failure, undefined);
  });

  for (const started of [true, false]) {
    it(`is spent by work that is claimed and returned, ${started ? 'started' : 'not started'}`, () => {
      const run = new Run(looping(), null, { hopBudget: 4, defaults: { retry: { maxAttempts: 1_000 } } });
      let sessions = 0;
      for (; sessions < 10 && !run.head.failure; sessions += 1) {
        const session = `s${sessions}`;
        assert.equal(run.claimEvent(session).kind, 'applied', session);
        run.apply({ type: 'release', session, started: started ? run.held(session).map(({ id }) => id) : [] });
      }
      assert.deepEqual(
        { sessions, code: run.head.failure?.code, chunk: run.head.failure?.chunk },
        { sessions: 5, code: 'hop_budget', chunk: 'begin' },
      );
    });
  }

  it('restarts with a redrive', () => {
    const run = begun(10);
    let hops = 0;
    while (hops < 100 && hop(run, `s${hops}`) === undefined) hops += 1;
    assert.equal(run.apply({ type: 'redrive', id: 'r' }).kind, 'applied');
    assert.equal(hop(run, 'again'), undefined);
  });
});
