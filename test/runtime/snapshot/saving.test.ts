/** A snapshot shows one moment, although it is read in several steps while the execution continues. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit, type FaultPlan } from '../kit.ts';

const QUIET = { noWarning: true } as const;

/** Runs a function once, in the middle of a port call. */
function during(
  name: string,
  work: () => Promise<unknown>,
): { readonly plan: FaultPlan; readonly times: () => number } {
  let times = 0;
  const plan: FaultPlan = (call) => {
    if (call.name !== name || times > 0) return undefined;
    times += 1;
    return work().then(() => undefined);
  };
  return { plan, times: () => times };
}

describe('saving while signals and writes come', () => {
  it('has no answer for a later signal', async () => {
    const flow = defineFlow({
      name: 'hearing',
      state: { heard: z.array(z.string()) },
      signals: { hit: z.string() },
      execution: { autoCloseTimeout: null },
    });
    flow.when('hit').to('hear', (ctx) => ctx.state.append('heard', ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { ledgerKept: 1 } });
    const hit = async (id: string, names: readonly string[]) => {
      for (const name of names) await kit.client.signal(id, 'hit', name, { requestId: name });
      await kit.drain();
    };
    await kit.client.start('hearing', null, { id: 'x' });
    await hit('x', ['a', 'b', 'c']);
    const { plan, times } = during('ledger.list', () => hit('x', ['later', 'd', 'e', 'f']));
    const document = await kit.process(plan).client.save('x');
    assert.equal(times(), 1);
    await kit.client.load(document, { id: 'y' });
    await hit('y', ['a', 'later']);
    const { heard } = (await kit.view('y')).state;
    assert.deepEqual([...(heard as string[])].sort().slice(0, 3), ['a', 'b', 'c']);
    assert.equal((heard as string[]).filter((name) => name === 'later').length, 1);
  });

  it('has no pending shared write that the data already contains', async () => {
    const flow = defineFlow({ name: 'sharing' });
    flow.to('count', (ctx) => ctx.flowData.increment('n', 1, QUIET));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const there = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('sharing', null, { id: 'x' });
    // The write is accepted but not applied.
    const [received] = kit.queue.receive(1);
    assert.ok(received);
    const failing = kit.worker(({ name }) => (name === 'flowData.apply' ? 'before' : undefined));
    await kit.finish(failing.handle([received.message], kit.clock.now() + 100_000));
    const { outbox } = (await kit.load('x')).head;
    assert.deepEqual(
      outbox.map(({ kind }) => kind),
      ['flowData'],
    );
    const { plan, times } = during('flowData.load', () => kit.pass(120_000));
    const document = await kit.process(plan).client.save('x');
    assert.equal(times(), 1);
    await there.client.load(document);
    await there.pass(120_000);
    assert.equal(await there.client.flowData('sharing').get('n'), 1);
  });

  it('does not repeat a shared write that was applied and not yet cleared', async () => {
    const flow = defineFlow({ name: 'sharing' });
    flow.to('count', (ctx) => ctx.flowData.increment('n', 1, QUIET));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const there = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('sharing', null, { id: 'x' });
    kit.takeFirst(({ name }) => (name === 'flowData.apply' ? 'dieAfter' : undefined));
    await kit.clock.advance(0);
    const document = await kit.client.save('x');
    assert.equal(document?.flowDataMade?.length, 1);
    await there.client.load(document);
    await there.pass(120_000);
    assert.equal(await there.client.flowData('sharing').get('n'), 1);
  });
});
