import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../support.ts';

function flowOf(withElse: boolean) {
  const flow = defineFlow({ name: 'match' });
  flow
    .to('go', pass)
    .match((m) => {
      const cases = m
        .case('one', (p) => p.to('first', pass))
        .case('two', (p) => p.to('second', pass))
        .case('bare', (p) => p);
      return withElse ? cases.caseElse((p) => p.to('other', pass)) : cases;
    })
    .to('end', pass);
  return flow;
}

const MATCH = 'go>match';

/** Brings the value `v` to the match. Without a decision the match stays there. */
function runTo(flow: ReturnType<typeof flowOf>, decisions: Record<string, number> = {}): Run {
  const run = new Run(flow, null, {}, decisions);
  run.claim();
  run.done('go', 'v');
  return run;
}

describe('match', () => {
  it('continues in the decided case, in the scope of the match', () => {
    for (const [decision, node] of [
      [0, `${MATCH}/0/first`],
      [1, `${MATCH}/1/second`],
      [-1, `${MATCH}/else/other`],
    ] as const) {
      const run = runTo(flowOf(true), { [MATCH]: decision });
      assert.deepEqual(run.nodes(), [node]);
      assert.equal(run.at(node).scope, '');
      run.claim();
      run.done(node, 'out');
      assert.equal(run.input('end'), 'out');
    }
  });

  it('passes the value through an empty body and when no case hits', () => {
    for (const decision of [2, -1]) {
      const run = runTo(flowOf(false), { [MATCH]: decision });
      assert.deepEqual(run.nodes(), ['end']);
      assert.equal(run.input('end'), 'v');
    }
  });

  it('waits as an activation until its predicates are decided, and names them', () => {
    const run = runTo(flowOf(true));
    assert.deepEqual(run.nodes(), [MATCH]);
    assert.deepEqual([...run.last.missing.decisions], [run.at(MATCH).id]);
    run.claim();
    run.decisions[MATCH] = 1;
    assert.deepEqual(run.done(MATCH), { kind: 'applied' });
    assert.deepEqual(run.nodes(), [`${MATCH}/1/second`]);
    assert.equal(run.input(`${MATCH}/1/second`), 'v');
  });

  it('has the same ids with an immediate and a late decision', () => {
    const atOnce = runTo(flowOf(true), { [MATCH]: 1 });
    const later = runTo(flowOf(true));
    later.claim();
    later.decisions[MATCH] = 1;
    later.done(MATCH);
    assert.equal(later.at(`${MATCH}/1/second`).id, atOnce.at(`${MATCH}/1/second`).id);
  });

  it('cannot be settled without a decision', () => {
    const run = runTo(flowOf(true));
    run.claim();
    assert.deepEqual(run.done(MATCH), { kind: 'refused' });
    assert.deepEqual(run.nodes(), [MATCH]);
  });

  it('asks for the decision of a match after another match', () => {
    const flow = defineFlow({ name: 'two' });
    flow
      .to('go', pass)
      .match((m) => m.case(1, (p) => p.match((n) => n.case(2, (q) => q.to('deep', pass)))))
      .to('end', pass);
    const inner = `${MATCH}/0>match`;
    const run = runTo(flow, { [MATCH]: 0 });
    assert.deepEqual(run.nodes(), [inner]);
    assert.deepEqual([...run.last.missing.decisions], [run.at(inner).id]);
    run.claim();
    run.decisions[inner] = -1;
    run.done(inner);
    assert.deepEqual(run.nodes(), ['end']);
  });
});
