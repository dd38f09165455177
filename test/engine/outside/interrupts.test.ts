import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../../../lib/engine/events.ts';
import { joinEntries } from '../../../lib/engine/outside/ledger.ts';
import { digest } from '../../../lib/flow/json.ts';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

function asking() {
  const flow = defineFlow({ name: 'ask' });
  const ask = flow.chunk('ask', pass);
  flow.to(ask).to('next', pass);
  flow.when(ask).to('audit', pass);
  return flow;
}

function paused(options: { expiresIn?: number; onExpiry?: { value: string } } = {}, autoClose = false) {
  const run = new Run(asking(), null, { autoClose });
  run.claim();
  return { run, interrupt: run.pauses('ask', options) };
}

function entryOf(answer: Answer) {
  assert.ok('entry' in answer && answer.entry.kind === 'resume');
  return answer.entry;
}

describe('pause and resume', () => {
  it('continues after the chunk with the answer, once, in the scope of the chunk', () => {
    const { run, interrupt } = paused();
    assert.deepEqual(run.nodes(), []);
    assert.equal(run.resume(interrupt, { ok: true }).kind, 'accepted');
    assert.deepEqual(run.nodes(), ['next', 'audit']);
    assert.deepEqual(run.input('next'), { ok: true });
    assert.deepEqual(run.head.interrupts, []);
  });

  it('derives the interrupt id from the paused activation', () => {
    assert.equal(paused().interrupt, paused({ expiresIn: 5 }).interrupt);
  });

  it('adds the path of the item to an explicit id', () => {
    const flow = defineFlow({ name: 'items' });
    flow.forEach((outer) =>
      outer.forEach((item) => {
        const began = item.to('begin', pass);
        began.to('ask', pass);
        return began.to('end', pass);
      }),
    );
    flow.when('told').to('hear', pass);
    const run = new Run(flow, [[1, 2], [3]]);
    const each = <T>(act: () => T) => Array.from({ length: 3 }, act);
    const body = '>forEach/item>forEach/item';
    run.claim();
    each(() => run.done(`${body}/begin`, null, { emits: [['told', null]] }));
    run.claim();
    const early = run.pauses(`${body}/ask`, { id: 'gate' });
    each(() => run.done(`${body}/end`));
    assert.deepEqual(run.head.frames, {}, 'all results have left the head');
    const late = [1, 2].map(() => run.pauses(`${body}/ask`, { id: 'gate' }));
    assert.deepEqual([early, ...late], ['gate-0-0', 'gate-0-1', 'gate-1-0']);
    run.claim('other', { deliver: 3 });
    assert.deepEqual(
      each(() => run.pauses('hear', { id: 'heard' })),
      ['heard-0-0', 'heard-0-1', 'heard-1-0'],
    );
  });

  it('returns the same entry for the same request at any later time', () => {
    const { run, interrupt } = paused();
    const first = run.resume(interrupt, 1, 'r1', 'kim');
    const text = JSON.stringify(entryOf(first));
    run.now += 1_000;
    const again = run.resume(interrupt, 1, 'r1', 'somebody else');
    assert.equal(again.kind, 'duplicate');
    run.claim();
    run.done('next');
    run.done('audit');
    run.close();
    assert.equal(run.head.lifecycle, 'closed');
    const afterClose = run.resume(interrupt, 1, 'r1');
    assert.equal(afterClose.kind, 'duplicate');
    assert.deepEqual(
      { again: JSON.stringify(entryOf(again)), afterClose: JSON.stringify(entryOf(afterClose)) },
      { again: text, afterClose: text },
    );
    assert.equal(run.last.changed, false);
  });

  it('distinguishes a repeated request with another value from another request', () => {
    const { run, interrupt } = paused();
    run.resume(interrupt, 1, 'r1', 'kim');
    assert.equal(run.resume(interrupt, 2, 'r1').kind, 'mismatch');
    const conflict = run.resume(interrupt, 1, 'r2');
    assert.equal(conflict.kind, 'conflict');
    const entry = entryOf(conflict);
    assert.deepEqual({ actor: entry.actor, at: entry.at }, { actor: 'kim', at: run.now });
    assert.ok(!('value' in entry), 'the answer names actor and time, not the value');
    assert.deepEqual(run.nodes(), ['next', 'audit'], 'the repeat has no effect');
  });

  it('reports an unknown interrupt', () => {
    const { run } = paused();
    assert.deepEqual(run.resume('elsewhere', 1), { kind: 'unknown' });
    assert.equal(run.head.interrupts.length, 1);
  });

  it('answers from ledger entries outside the head', () => {
    const { run, interrupt } = paused();
    run.resume(interrupt, 1, 'r1');
    const [entry] = run.head.ledger;
    assert.ok(entry);
    run.head = { ...run.head, ledger: [], spilled: 1 };
    run.ledger.set(`resume:${interrupt}`, [entry]);
    assert.equal(run.resume(interrupt, 1, 'r1').kind, 'duplicate');
    assert.equal(run.resume(interrupt, 2, 'r1').kind, 'mismatch');
    assert.equal(run.resume(interrupt, 2, 'r2').kind, 'conflict');
  });

  it('counts an entry once when a lost commit has stored it outside the head', () => {
    const entry = (at: number) => ({ kind: 'resume', id: 'w', outcome: 'expired', at }) as const;
    const answered = (requestId: string) => ({ ...entry(2), outcome: 'accepted', requestId }) as const;
    const inHead = [answered('a'), answered('b'), entry(3)];
    assert.deepEqual(joinEntries([entry(1), answered('a')], inHead), [entry(1), ...inHead]);
  });

  it('loads entries outside the head before it answers', () => {
    const { run, interrupt } = paused();
    run.head = { ...run.head, spilled: 1 };
    const event = { type: 'resume', interrupt, requestId: 'r', value: 1, valueHash: digest(1) } as const;
    assert.throws(() => run.reduce([event]), /lookups are missing/);
  });

  it('accepts the first of many answers', () => {
    const { run, interrupt } = paused();
    const kinds = Array.from({ length: 20 }, (_, i) => run.resume(interrupt, i, `r${i}`).kind);
    assert.deepEqual(kinds, ['accepted', ...Array.from({ length: 19 }, () => 'conflict')]);
    assert.deepEqual(
      { inputOfNext: run.input('next'), nodeCount: run.nodes().length },
      { inputOfNext: 0, nodeCount: 2 },
    );
  });
});

describe('expiry', () => {
  it('is never early', () => {
    const { run } = paused({ expiresIn: 10_000, onExpiry: { value: 'late' } });
    run.now += 9_999;
    assert.deepEqual(run.tick(), { kind: 'already' });
    assert.equal(run.head.interrupts.length, 1);
    run.now += 1;
    assert.deepEqual(run.tick(), { kind: 'applied' });
    assert.deepEqual(run.input('next'), 'late');
  });

  it('fails the execution without an expiry value', () => {
    const { run, interrupt } = paused({ expiresIn: 10_000 });
    run.now += 10_000;
    run.tick();
    assert.deepEqual(
      { code: run.head.failure?.code, chunk: run.head.failure?.chunk },
      { code: 'interrupt_expired', chunk: 'ask' },
    );
    assert.deepEqual(run.claim('v'), []);
    assert.equal(run.resume(interrupt, 1).kind, 'gone');
  });

  it('or answer wins once; the loser finds the winner in the ledger', () => {
    const early = paused({ expiresIn: 10_000, onExpiry: { value: 'late' } });
    early.run.resume(early.interrupt, 'answer');
    early.run.now += 10_000;
    assert.deepEqual(early.run.tick(), { kind: 'already' });
    assert.equal(early.run.input('next'), 'answer');
    const late = paused({ expiresIn: 10_000, onExpiry: { value: 'late' } });
    late.run.now += 10_000;
    late.run.tick();
    assert.equal(late.run.resume(late.interrupt, 'answer').kind, 'gone');
    assert.deepEqual(
      { inputOfNext: late.run.input('next'), nodeCount: late.run.nodes().length },
      { inputOfNext: 'late', nodeCount: 2 },
    );
  });

  it('ends only waits that are due', () => {
    const flow = defineFlow({ name: 'two' });
    flow.to('a', pass);
    flow.to('b', pass);
    const run = new Run(flow);
    run.claim();
    run.pauses('a', { expiresIn: 1_000, onExpiry: { value: 0 } });
    const later = run.pauses('b', { expiresIn: 2_000 });
    run.now += 1_000;
    run.tick();
    assert.deepEqual(
      run.head.interrupts.map(({ id }) => id),
      [later],
    );
  });
});

describe('other branches', () => {
  it('run on during a wait, without loss', () => {
    const flow = defineFlow({ name: 'branches' });
    flow.to('ask', pass).to('answered', pass);
    flow.to('work', pass).to('worked', pass);
    const run = new Run(flow, null, { autoClose: true });
    run.claim();
    const interrupt = run.pauses('ask');
    run.done('work', 1);
    run.claim();
    run.done('worked', 2);
    run.claim();
    assert.deepEqual(
      { lifecycle: run.head.lifecycle, leaseCount: run.head.leases.length },
      { lifecycle: 'open', leaseCount: 0 },
    );
    run.resume(interrupt, 3);
    assert.equal(run.input('answered'), 3);
  });
});
