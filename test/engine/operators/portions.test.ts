import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../../../lib/engine/events.ts';
import { pendingWaits } from '../../../lib/engine/outside/waits.ts';
import { statusOf } from '../../../lib/engine/time/lifecycle.ts';
import { isDue } from '../../../lib/engine/time/timers.ts';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

type Waits = Parameters<Run['pauses']>[1];

const ASK = '>forEach/item/ask';
const COUNT = 5;

/** A list whose items wait; a chunk follows each wait. */
function waiting(spec: Waits = {}, onItemError: 'fail' | 'collect' = 'fail') {
  const flow = defineFlow({ name: 'many', defaults: { retry: { maxAttempts: 1 } } });
  flow.forEach((each) => each.to('ask', pass).to('then', pass), { onItemError }).to('sum', pass);
  flow.when('go').to('hear', pass);
  const run = new Run(flow, [0, 1, 2, 3, 4]);
  run.claim();
  const ids = Array.from({ length: COUNT }, () => run.pauses(ASK, spec));
  run.claim();
  run.clear();
  run.portion = 2;
  return { run, ids };
}

function ledgerOf({ head }: Run) {
  return head.ledger.map((entry) => (entry.kind === 'resume' ? [entry.id, entry.outcome] : []));
}

function outcomeOf(answer: Answer) {
  assert.ok('entry' in answer && answer.entry.kind === 'resume');
  return [answer.kind, answer.entry.outcome, answer.entry.requestId];
}

describe('waits that expire together', () => {
  it('continue in portions, each once and in order', () => {
    const { run, ids } = waiting({ expiresIn: 1_000, onExpiry: { value: 'late' } });
    run.now += 1_000;
    const left: number[] = [];
    while (isDue(run.head, run.now)) {
      run.tick();
      left.push(run.head.interrupts.length);
    }
    assert.deepEqual(left, [3, 1, 0]);
    assert.deepEqual(
      ledgerOf(run),
      ids.map((id) => [id, 'expired']),
    );
    assert.equal(run.nodes().length, COUNT);
    assert.equal(run.head.expiredUntil, undefined);
    assert.equal(run.tick().kind, 'already');
  });

  it('are all expired with the first portion, for later clocks too', () => {
    const { run, ids } = waiting({ expiresIn: 1_000, onExpiry: { value: 'late' } });
    run.now += 1_000;
    run.tick();
    assert.deepEqual(pendingWaits(run.head), []);
    assert.equal(statusOf(run.head, run.graph), 'running');
    run.now -= 500;
    assert.deepEqual(outcomeOf(run.resume(ids.at(-1) ?? '', 'yes')), ['gone', 'expired', undefined]);
    assert.equal(run.head.interrupts.length, 3, 'the answer changes nothing');
  });

  it('leave waits with a later expiry pending', () => {
    const { run } = waiting({ expiresIn: 1_000, onExpiry: { value: 'late' } });
    run.now += 400;
    run.claim();
    const flow = run.head.interrupts.map(({ expiresAt = 0 }) => expiresAt - run.now);
    assert.deepEqual(new Set(flow), new Set([600]));
    assert.equal(run.tick().kind, 'already');
    assert.equal(run.head.expiredUntil, undefined);
  });

  it('are not cancelled by a close between two portions', () => {
    const { run } = waiting({ expiresIn: 1_000, onExpiry: { value: 'late' } });
    run.now += 1_000;
    run.tick();
    assert.equal(run.close('cancel').kind, 'applied');
    while (isDue(run.head, run.now)) run.tick();
    assert.deepEqual(new Set(ledgerOf(run).map(([, outcome]) => outcome)), new Set(['expired']));
  });

  it('fail their items together where the list collects errors', () => {
    const flow = defineFlow({ name: 'pairs', defaults: { retry: { maxAttempts: 1 } } });
    flow
      .forEach(
        (each) => {
          const begin = each.to('begin', pass);
          begin.to('a', pass);
          return begin.to('b', pass);
        },
        { onItemError: 'collect' },
      )
      .to('sum', pass);
    const run = new Run(flow, [0, 1]);
    run.claim();
    for (let i = 0; i < 2; i += 1) run.done('>forEach/item/begin');
    run.claim();
    for (const name of ['a', 'b', 'a', 'b']) run.pauses(`>forEach/item/${name}`, { expiresIn: 1_000 });
    run.now += 1_000;
    run.tick();
    assert.deepEqual(run.nodes(), ['sum']);
    assert.deepEqual(run.head.interrupts, []);
    assert.deepEqual(
      ledgerOf(run)
        .map(([, outcome]) => outcome)
        .sort(),
      ['cancelled', 'cancelled', 'expired', 'expired'],
    );
    assert.equal(new Set(ledgerOf(run).map(([id]) => id)).size, 4);
  });
});

describe('waits that end with their execution', () => {
  const ends = {
    cancel: (run: Run) => run.apply({ type: 'cancel' }),
    close: (run: Run) => run.close('cancel'),
  } as const;
  for (const [name, end] of Object.entries(ends)) {
    it(`are cancelled for callers at once and leave in portions: ${name}`, () => {
      const { run, ids } = waiting({ expiresIn: 1_000, onExpiry: { value: 'late' } });
      assert.equal(end(run).kind, 'applied');
      assert.equal(run.head.interrupts.length, 3);
      assert.deepEqual(outcomeOf(run.resume(ids.at(-1) ?? '', 'mine')), ['gone', 'cancelled', undefined]);
      run.now += 2_000;
      while (isDue(run.head, run.now)) run.tick();
      assert.deepEqual(
        ledgerOf(run),
        ids.map((id) => [id, 'cancelled']),
      );
      assert.deepEqual([run.head.lifecycle, run.head.closing, run.nodes()], ['closed', 'cancelled', []]);
    });
  }

  it('start nothing when they had expired before a cancel', () => {
    const { run } = waiting({ expiresIn: 1_000, onExpiry: { value: 'late' } });
    run.now += 1_000;
    run.tick();
    run.apply({ type: 'cancel' });
    while (isDue(run.head, run.now)) run.tick();
    assert.deepEqual(new Set(ledgerOf(run).map(([, outcome]) => outcome)), new Set(['expired']));
    assert.deepEqual([run.head.lifecycle, run.nodes()], ['closed', []]);
  });
});

describe('an emit that ends many waits', () => {
  const forEvent = { resumeTo: { event: 'go' } } as const;

  it('ends all waits for callers at once and removes them in portions', () => {
    const { run, ids } = waiting({ ...forEvent, expiresIn: 1_000 });
    run.signal('go', 'now');
    assert.equal(run.head.interrupts.length, 3);
    assert.deepEqual(run.nodes(), ['hear'], 'its listeners run once');
    const answer = run.resume(ids.at(-1) ?? '', 'mine');
    assert.deepEqual(outcomeOf(answer), ['conflict', 'accepted', 'signal#go']);
    const at = run.now;
    run.now += 2_000;
    while (isDue(run.head, run.now)) run.tick();
    assert.deepEqual(run.head.interrupts, []);
    assert.equal(run.head.endings, undefined);
    const resumes = run.head.ledger.filter((entry) => entry.kind === 'resume');
    assert.deepEqual(
      resumes.map((entry) => [entry.id, entry.outcome, entry.at]),
      ids.map((id) => [id, 'accepted', at]),
    );
    assert.deepEqual(resumes.at(-1), 'entry' in answer ? answer.entry : undefined, 'the stored value is the answer');
  });

  it('ends no wait that begins later', () => {
    const { run } = waiting(forEvent);
    run.signal('go');
    run.signal('go', null, 'go-2');
    run.claim('v');
    const late = run.pauses('hear', forEvent);
    while (isDue(run.head, run.now)) run.tick();
    assert.deepEqual(
      run.head.interrupts.map(({ id }) => id),
      [late],
    );
    run.signal('go', null, 'go-3');
    assert.deepEqual(run.head.interrupts, []);
  });

  it('is not undone by a cancel or a cancelling close', () => {
    for (const end of ['cancel', 'close'] as const) {
      const { run } = waiting(forEvent);
      run.signal('go');
      run.apply(end === 'cancel' ? { type: 'cancel' } : { type: 'close', pendingInterrupts: 'cancel' });
      while (isDue(run.head, run.now)) run.tick();
      assert.deepEqual(
        new Set(
          ledgerOf(run)
            .slice(1)
            .map(([, how]) => how ?? 'accepted'),
        ),
        new Set(['accepted']),
        end,
      );
      assert.notEqual(run.head.closing, end === 'close' ? 'cancelled' : 'completed');
    }
  });

  it('frees the ids of its waits at once', () => {
    const flow = defineFlow({ name: 'again' });
    for (const name of ['a', 'b', 'c']) flow.to(name, pass);
    flow.when('go').to('hear', pass);
    const run = new Run(flow);
    run.claim();
    for (const id of ['a', 'b', 'c']) run.pauses(id, { ...forEvent, id });
    run.portion = 1;
    run.signal('go');
    assert.deepEqual(run.head.interrupts.length, 2);
    run.claim('v');
    run.pauses('hear', { ...forEvent, id: 'c' });
    const [, c] = run.head.interrupts;
    assert.deepEqual(
      { id: c?.id, generation: c?.generation, endedBy: c?.endedBy },
      { id: 'c', generation: 1, endedBy: undefined },
    );
    assert.equal(run.resume('c', 'yes').kind, 'accepted');
  });
});

describe('other work that is due together', () => {
  it('wakes sleeps in portions', () => {
    const flow = defineFlow({ name: 'sleep' });
    flow.forEach((each) => each.to('nap', pass).to('then', pass)).to('sum', pass);
    const run = new Run(flow, [0, 1, 2, 3, 4]);
    run.claim();
    for (let i = 0; i < COUNT; i += 1) {
      const { id, fence = -1, attempt } = run.held()[0] ?? run.at('nowhere');
      const outcome = { kind: 'slept', until: run.now + 1_000, effects: { state: [], signals: [] } } as const;
      run.apply({ type: 'settle', activation: id, fence, attempt, outcome });
    }
    run.now += 1_000;
    run.portion = 2;
    const woken: number[] = [];
    while (isDue(run.head, run.now)) {
      run.tick();
      woken.push(run.nodes().filter((node) => node === '>forEach/item/then').length);
    }
    assert.deepEqual(woken, [2, 4, 5]);
  });

  it('delivers queued signals in portions, each once', () => {
    const flow = defineFlow({ name: 'queue' });
    flow.to('say', pass);
    flow.when('told').to('hear', pass);
    const run = new Run(flow);
    run.claim();
    run.done('say', null, { emits: [1, 2, 3].map((n) => ['told', n] as const) });
    run.portion = 2;
    run.claim('v', { deliver: 3 });
    assert.deepEqual(
      { nodes: run.nodes(), signalCount: run.head.signals.length },
      { nodes: ['hear', 'hear'], signalCount: 1 },
    );
  });

  it('expires interventions in portions, then closes; none is accepted in between', () => {
    const flow = defineFlow({ name: 'advice' });
    flow.interventionPoint('point', { target: 'nobody' }).to('work', pass);
    flow.when('go').to('hear', pass);
    for (const autoClose of [true, false]) {
      const run = new Run(flow, null, { autoClose, interventionMode: 'planned' });
      for (let i = 0; i < COUNT; i += 1) run.apply({ type: 'intervene', id: `i${i}`, payload: i, target: 'other' });
      run.claim();
      run.portion = 2;
      run.done('work');
      if (!autoClose) run.close();
      assert.equal(run.head.lifecycle, 'sealed');
      assert.equal(run.signal('go').kind, 'ignored');
      while (isDue(run.head, run.now)) run.tick();
      assert.equal(run.head.lifecycle, 'closed');
      assert.deepEqual(new Set(run.head.interventions?.map(({ status }) => status)), new Set(['expired']));
      const told = run.head.outbox.filter((row) => row.kind === 'stream' && row.item.action === 'expire');
      assert.equal(told.length, COUNT);
    }
  });

  it('restarts failed waits on a redrive and announces them in portions', () => {
    const { run } = waiting({ expiresIn: 1_000 });
    run.portion = undefined;
    run.now += 1_000;
    run.tick();
    assert.equal(run.head.failure?.code, 'interrupt_expired');
    run.clear();
    run.portion = 2;
    run.apply({ type: 'redrive', id: 'again' });
    assert.equal(pendingWaits(run.head).length, COUNT);
    const told = () => run.head.outbox.filter((row) => row.kind === 'announce').length;
    assert.equal(told(), 2);
    while (isDue(run.head, run.now)) run.tick();
    assert.equal(told(), COUNT);
    assert.equal(
      new Set(run.head.outbox.map(({ id }) => id)).size,
      2 * COUNT,
      'one announcement and one stream item each',
    );
  });
});

describe('a head without room', () => {
  const error = { name: 'FlowError', message: 'full', code: 'head_too_large' };

  it('fails the execution once and removes due waits; a redrive continues with them', () => {
    const { run, ids } = waiting({ expiresIn: 1_000, onExpiry: { value: 'late' } });
    run.now += 1_000;
    run.portion = 0;
    run.tick();
    assert.equal(run.apply({ type: 'overflow', error }).kind, 'applied');
    assert.equal(run.head.failure?.code, 'head_too_large');
    assert.equal(run.head.failure?.chunk, 'ask');
    assert.equal(isDue(run.head, run.now), false, 'the session does not loop');
    assert.equal(run.resume(ids[0] ?? '', 'late').kind, 'gone');
    assert.equal(run.close().kind, 'applied');
    assert.equal(run.head.lifecycle, 'closed');
    assert.equal(run.resume(ids[1] ?? '', 'late').kind, 'gone', 'a late answer is gone after the close, too');
    run.portion = undefined;
    run.apply({ type: 'redrive', id: 'again' });
    assert.equal(run.head.failure, undefined);
    run.tick();
    assert.equal(run.nodes().length, COUNT);
  });

  it('restarts waits on a redrive when their expiry would fail the execution again', () => {
    const { run, ids } = waiting({ expiresIn: 1_000 });
    run.now += 1_000;
    run.portion = 0;
    run.tick();
    run.apply({ type: 'overflow', error });
    run.portion = undefined;
    run.apply({ type: 'redrive', id: 'again' });
    run.tick();
    assert.deepEqual(
      { failure: run.head.failure, pendingWaitCount: pendingWaits(run.head).length },
      { failure: undefined, pendingWaitCount: COUNT },
    );
    assert.equal(run.resume(ids[0] ?? '', 'yes').kind, 'accepted');
  });

  it('restarts in portions what has no room in the redrive', () => {
    const { run, ids } = waiting({ expiresIn: 1_000 });
    run.now += 1_000;
    run.portion = 0;
    run.tick();
    run.apply({ type: 'overflow', error });
    run.portion = 2;
    run.apply({ type: 'redrive', id: 'again' });
    assert.equal(pendingWaits(run.head).length, 2);
    assert.deepEqual(outcomeOf(run.resume(ids.at(-1) ?? '', 'yes')), ['gone', 'expired', undefined]);
    while (isDue(run.head, run.now)) run.tick();
    assert.deepEqual(
      run.head.interrupts.map(({ generation, untold }) => [generation, untold]),
      ids.map(() => [1, undefined]),
    );
    assert.equal(pendingWaits(run.head).length, COUNT);
    assert.equal(run.resume(ids.at(-1) ?? '', 'yes').kind, 'accepted');
  });

  it('returns running work without counting the attempt and refuses its settles', () => {
    const flow = defineFlow({ name: 'work' });
    flow.to('a', pass).to('b', pass);
    const run = new Run(flow);
    run.claim();
    const { id, fence = 0, attempt } = run.at('a');
    run.apply({ type: 'overflow', error });
    assert.deepEqual({ attempt: run.at('a').attempt, leases: run.head.leases }, { attempt: 0, leases: [] });
    const outcome = { kind: 'done', output: null, effects: { state: [], signals: [] } } as const;
    assert.equal(run.apply({ type: 'settle', activation: id, fence, attempt, outcome }).kind, 'refused');
    assert.equal(run.apply({ type: 'redrive', id: 'r' }).kind, 'applied');
    run.claim('v');
    run.done('a');
    assert.deepEqual(run.nodes(), ['b']);
  });

  it('queues work that an outside signal starts, and starts it later', () => {
    const flow = defineFlow({ name: 'door' });
    flow.to('idle', pass);
    flow.when('go').to('hear', pass);
    flow.when(['go', 'come']).to('both', pass);
    const started = (isHeld: boolean, correlation: object) => {
      const run = new Run(flow);
      run.apply({ type: 'signal', id: 's', name: 'go', value: 1, isHeld, ...correlation });
      if (isHeld) run.claim('v', { deliver: 1, limit: 1 });
      run.apply({ type: 'signal', id: 't', name: 'come', value: 2, ...correlation });
      return run.head.activations.map(({ id, node, scope }) => [id, node, scope]);
    };
    for (const correlation of [{}, { correlation: 'c' }]) {
      assert.equal(started(false, correlation).length, 3);
      assert.deepEqual(started(true, correlation), started(false, correlation));
    }
  });
});
