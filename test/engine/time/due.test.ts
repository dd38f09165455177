import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

function work() {
  const flow = defineFlow({ name: 'work' });
  flow.to('a', pass).to('b', pass);
  return flow;
}

describe('what is made due', () => {
  const due = (run: Run, activation: string) => run.apply({ type: 'due', activation, actor: 'ann' });

  it('is a retry, which is claimed at once with its number', () => {
    const run = new Run(work());
    run.claim();
    run.fails('a');
    const { id } = run.at('a');
    assert.deepEqual(run.claim('early'), []);
    assert.equal(due(run, id).kind, 'applied');
    const [{ action, activationId, actor } = {}] = run.last.records;
    assert.deepEqual({ action, activationId, actor }, { action: 'due', activationId: id, actor: 'ann' });
    assert.deepEqual(run.claim('next'), ['a']);
    assert.equal(run.at('a').attempt, 2);
    assert.equal(due(run, id).kind, 'already');
  });

  it('is a sleep, which ends with the next tick', () => {
    const run = new Run(work());
    run.claim();
    run.settle('a', { kind: 'slept', until: run.now + 60_000, effects: { state: [], signals: [] } });
    assert.equal(due(run, run.at('a').id).kind, 'applied');
    run.tick();
    assert.deepEqual(run.nodes(), ['b']);
  });

  it('is nothing else', () => {
    const run = new Run(work());
    assert.equal(due(run, 'none').kind, 'unknown');
    assert.equal(due(run, run.at('a').id).kind, 'already');
    run.claim();
    run.fails('a', { fatal: true });
    assert.equal(due(run, run.at('a').id).kind, 'unknown');
  });
});
