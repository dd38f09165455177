import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineFlow, exportFlow, importFlow } from '../../../lib/index.ts';
import { claimable } from '../../../lib/runtime/commit/wake-ups.ts';
import { effects, pass, Run } from '../support.ts';

const NAMES = ['a', 'b', 'c'];

function capped(own: number | undefined, option: number | undefined) {
  const child = defineFlow({ name: 'child', ...(own === undefined ? {} : { execution: { concurrency: own } }) });
  for (const name of NAMES) child.to(name, pass);
  const flow = defineFlow({ name: 'parent' });
  flow.subFlow(child, option === undefined ? {} : { concurrency: option }).to('end', pass);
  flow.to('beside', pass);
  return flow;
}

describe('the cap of a sub-flow', () => {
  for (const [own, option, most] of [
    [1, undefined, 1],
    [undefined, 2, 2],
    [1, 3, 1],
    [3, 2, 2],
    [undefined, undefined, 3],
  ] as const) {
    it(`runs at most ${most} chunks at once when the child says ${own} and the option ${option}`, () => {
      const run = new Run(capped(own, option));
      assert.equal(claimable(run.head, run.now), most + 1, 'wake-ups are sent only for claimable work');
      assert.deepEqual(run.claim(), [...NAMES.slice(0, most), 'beside']);
      run.done('a');
      assert.deepEqual(run.claim('v'), NAMES.slice(most, most + 1));
    });
  }

  it('includes nested sub-flows and counts each sub-flow separately', () => {
    const inner = defineFlow({ name: 'inner' });
    for (const name of NAMES) inner.to(name, pass);
    const outer = defineFlow({ name: 'outer' });
    outer.subFlow(inner);
    outer.to('own', pass);
    const flow = defineFlow({ name: 'parent' });
    flow.forEach((item) => item.subFlow(outer, { concurrency: 2 })).to('end', pass);
    const run = new Run(flow, [1, 2]);
    assert.equal(run.claim().length, 4);
  });

  it('applies in addition to the cap of the execution', () => {
    const run = new Run(capped(undefined, 2), null, { concurrency: 2 });
    assert.deepEqual(run.claim(), ['a', 'b']);
    run.done('a');
    assert.deepEqual(run.claim('v'), ['c']);
  });

  it('frees the permit of a chunk during an awaited emit and takes it back afterwards', () => {
    const child = defineFlow({ name: 'child', execution: { concurrency: 1 } });
    child.to('asks', pass);
    child.to('other', pass);
    child.when('work').to('work', pass);
    const flow = defineFlow({ name: 'parent' });
    flow.subFlow(child).to('end', pass);
    const run = new Run(flow);
    run.claim();
    const { id, fence = -1, attempt } = run.at('asks');
    const token = { activation: id, fence, attempt };
    run.apply({
      type: 'emit',
      ...token,
      ordinal: 1,
      hash: 'h',
      effects: effects(),
      emits: { signal: 'work', value: null },
    });
    assert.deepEqual(run.claim('v'), ['other']);
    run.done('other');
    assert.deepEqual(run.claim('u'), ['work']);
    const [cascade = ''] = run.at('asks').awaiting ?? [];
    assert.equal(run.apply({ type: 'reenter', activation: id, fence, cascade }).kind, 'refused');
    run.done('work');
    assert.equal(run.apply({ type: 'reenter', activation: id, fence, cascade }).kind, 'applied');
  });

  it('is part of the document of a flow but not of its fingerprint', () => {
    const [free, flow] = [capped(undefined, undefined), capped(1, undefined)];
    const again = importFlow(exportFlow(flow), {
      chunks: { end: pass, beside: pass },
      children: { child: { chunks: { a: pass, b: pass, c: pass } } },
    });
    assert.deepEqual(new Run(again).claim(), ['a', 'beside']);
    assert.deepEqual(
      { againFingerprint: again.fingerprint, flowFingerprint: flow.fingerprint },
      { againFingerprint: free.fingerprint, flowFingerprint: free.fingerprint },
    );
  });
});
