import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Effects } from '../../../lib/engine/events.ts';
import { statusOf } from '../../../lib/engine/time/lifecycle.ts';
import { defineFlow } from '../../../lib/index.ts';
import { effects, pass, Run } from '../support.ts';

const ASK = '>forEach/item/ask';

function done(run: Run, node: string, did: Partial<Effects>) {
  return run.settle(node, { kind: 'done', output: null, effects: { ...effects(), ...did } });
}

function asking(): Run {
  const flow = defineFlow({ name: 'asking' });
  flow.to('ask', pass).to('after', pass);
  flow.when('stop').to('stop', pass);
  const run = new Run(flow, 1);
  run.claim();
  return run;
}

describe('a withdrawn wait', () => {
  it('ends without an output, once; later answers are gone', () => {
    const run = asking();
    const wait = run.pauses('ask', { id: 'gate' });
    assert.equal(run.apply({ type: 'withdraw', interrupt: wait, actor: 'ann' }).kind, 'applied');
    assert.deepEqual([run.nodes(), run.head.interrupts], [[], []]);
    assert.equal(run.apply({ type: 'withdraw', interrupt: wait }).kind, 'already');
    const answer = run.resume(wait, 1);
    assert.ok(answer.kind === 'gone' && answer.entry.outcome === 'withdrawn' && answer.entry.actor === 'ann');
    assert.equal(statusOf(run.head, run.graph), 'idle');
  });

  it('loses against an answer that was accepted before', () => {
    const run = asking();
    const wait = run.pauses('ask', { id: 'gate' });
    run.resume(wait, 1);
    const answer = run.apply({ type: 'withdraw', interrupt: wait });
    assert.ok(answer.kind === 'gone' && answer.entry.kind === 'resume' && answer.entry.outcome === 'accepted');
    assert.deepEqual(run.nodes(), ['after']);
    assert.equal(run.apply({ type: 'withdraw', interrupt: 'other' }).kind, 'unknown');
  });

  it('does not run its chunk again', () => {
    const run = asking();
    const wait = run.pauses('ask', { resumeTo: 'self' });
    run.apply({ type: 'withdraw', interrupt: wait });
    assert.deepEqual(run.nodes(), []);
  });

  it('is withdrawn by a chunk with its settle', () => {
    const run = asking();
    run.pauses('ask', { id: 'gate' });
    run.signal('stop');
    run.claim('v');
    done(run, 'stop', { withdrawn: [{ id: 'gate' }, { id: 'unknown' }] });
    assert.deepEqual(run.head.interrupts, []);
  });

  it('says in the results of a list that it was withdrawn', () => {
    const flow = defineFlow({ name: 'list' });
    flow.forEach((item) => item.to('ask', pass), { onItemError: 'collect' }).to('end', pass);
    const run = new Run(flow, [1, 2]);
    run.claim();
    const wait = run.pauses(ASK, { id: 'gate' });
    assert.equal(wait, 'gate-0');
    run.apply({ type: 'withdraw', interrupt: wait });
    run.done(ASK, 2);
    const [first, second] = run.input('end') as [{ error: { code: string } }, number];
    assert.deepEqual([first.error.code, second], ['withdrawn', 2]);
  });

  it('is named by type in the scope of the chunk, or around and inside it', () => {
    const flow = defineFlow({ name: 'types' });
    flow.forEach((item) => {
      item.to('ask', pass);
      item.to('stop', pass);
    });
    const run = new Run(flow, [1, 2]);
    run.claim();
    run.pauses(ASK);
    run.pauses(ASK);
    done(run, '>forEach/item/stop', { withdrawn: [{ type: 'ask' }] });
    assert.equal(run.head.interrupts.length, 1, 'the other item keeps its wait');
    done(run, '>forEach/item/stop', { withdrawn: [{ type: 'other' }] });
    assert.equal(run.head.interrupts.length, 1);
  });
});

describe('a chunk that cancels', () => {
  it('keeps its state writes, and neither output nor signals', () => {
    const flow = defineFlow({ name: 'cancels' });
    flow.to('stop', pass).to('after', pass);
    flow.when('told').to('hear', pass);
    const run = new Run(flow, 1);
    run.claim();
    done(run, 'stop', {
      state: [{ op: 'set', path: 'kept', value: 1 }],
      signals: [{ name: 'told', value: 1 }],
      cancel: { reason: 'enough' },
    });
    assert.deepEqual([run.nodes(), run.head.signals, run.head.state], [[], [], { kept: { v: 1 } }]);
    assert.equal(run.head.cancelReason, 'enough');
    assert.equal(statusOf(run.head, run.graph), 'cancelled');
  });

  it('wins over a draining close', () => {
    const run = asking();
    run.close();
    done(run, 'ask', { cancel: {} });
    assert.equal(statusOf(run.head, run.graph), 'cancelled');
  });
});
