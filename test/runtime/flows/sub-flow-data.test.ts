import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const SHARED = { noWarning: true } as const;

function child() {
  const flow = defineFlow({ name: 'child', state: { seen: z.array(z.unknown()), sum: z.number() } });
  flow.to('work', async (ctx) => {
    await ctx.state.append('seen', (await ctx.flowData.get('rate', SHARED)) ?? 'nothing');
    await ctx.flowData.increment('rate', 1, SHARED);
    await ctx.state.append('seen', (await ctx.flowData.get('rate', SHARED)) ?? 'nothing');
    await ctx.state.set('sum', 40);
  });
  flow.when({ flowData: 'rate' }).to('heard', async (ctx) => ctx.state.append('seen', ['heard', ctx.input as number]));
  return flow;
}

describe('shared data and sub-flows', () => {
  it("enters by capture, stays in the child's view and leaves by write-back only", async () => {
    const flow = defineFlow({ name: 'parent', state: { seen: z.json(), captured: z.json() } });
    flow
      .to('set', (ctx) => ctx.flowData.set('tax', { rate: 7 }, SHARED))
      .subFlow(child(), {
        capture: { flowData: { rate: 'flowData.tax.rate' } },
        writeBack: { state: { seen: 'state.seen' }, flowData: { 'report.sum': 'state.sum' } },
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('parent', null, { id: 'x' });
    await kit.drain();
    const { state, status } = await kit.view('x');
    assert.deepEqual({ status, seen: state.seen }, { status: 'completed', seen: [7, 8, ['heard', 8]] });
    const shared = async (name: string) => (await kit.ports.flowData.load(name)).data;
    assert.deepEqual(await shared('parent'), { tax: { rate: 7 }, report: { sum: 40 } });
    assert.deepEqual(await shared('child'), {});
  });

  it('is captured once with own writes, also between their application and clearing', async () => {
    const look = defineFlow({ name: 'look', input: z.json(), state: { got: z.json() } });
    look.to('see', (ctx) => ctx.state.set('got', ctx.input));
    const flow = defineFlow({ name: 'parent', state: { got: z.json() }, execution: { autoCloseTimeout: null } });
    flow.to('count', (ctx) => ctx.flowData.increment('n', 1, SHARED));
    flow.when('look').subFlow(look, { capture: { input: 'flowData.n' }, writeBack: { state: { got: 'state.got' } } });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('parent', null, { id: 'x' });
    kit.takeFirst(({ name }) => (name === 'flowData.apply' ? 'dieAfter' : undefined));
    await kit.clock.advance(0);
    assert.equal((await kit.load('x')).head.outbox.filter(({ kind }) => kind === 'flowData').length, 1);
    await kit.client.signal('x', 'look', null);
    await kit.drain();
    assert.equal((await kit.view('x')).state.got, 1);
  });

  it('is an empty private view without a capture; a capture of a missing key fails', async () => {
    const bare = defineFlow({ name: 'bare', state: { seen: z.json() } });
    bare.subFlow(child(), { writeBack: { state: { seen: 'state.seen' } } });
    const lost = defineFlow({ name: 'lost' });
    lost.subFlow(child(), { capture: { flowData: { rate: 'flowData.none' } } });
    const kit = createKit(defineApp({ flows: [bare, lost, child()], resources: {} }));
    await kit.client.flowData('child').set('rate', 100, SHARED);
    await kit.client.start('bare', null, { id: 'x' });
    await kit.client.start('lost', null, { id: 'y' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state.seen, ['nothing', 1, ['heard', 1]]);
    const { status, error } = await kit.view('y');
    assert.deepEqual({ status, code: error?.code }, { status: 'failed', code: 'missing_capture' });
    assert.match(error?.message ?? '', /flowData\.rate/);
  });

  it('can be the input and the state of a child, over two levels', async () => {
    const inner = defineFlow({ name: 'inner', state: { got: z.array(z.json()) } });
    inner.to('take', async (ctx) => ctx.state.append('got', ctx.input as number));
    const outer = defineFlow({ name: 'outer', state: { got: z.json() } });
    outer
      .to('raise', (ctx) => ctx.flowData.increment('n', 10, SHARED))
      .subFlow(inner, { capture: { input: 'flowData.n' }, writeBack: { state: { got: 'state.got' } } });
    const flow = defineFlow({ name: 'top', state: { got: z.json() } });
    flow.subFlow(outer, {
      capture: { flowData: { n: 'flowData.count' } },
      writeBack: { state: { got: 'state.got' } },
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.flowData('top').set('count', 5, SHARED);
    await kit.client.start('top', null, { id: 'x' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state.got, [15]);
    assert.deepEqual((await kit.ports.flowData.load('top')).data, { count: 5 });
  });
});
