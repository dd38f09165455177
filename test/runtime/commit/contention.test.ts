import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit, type FaultPlan } from '../kit.ts';

it('drops the values of a signal that lost all its commits', async () => {
  const flow = defineFlow({ name: 'heard', signals: { more: z.string() }, execution: { autoClose: false } });
  flow.when('more').to('hear', () => null);
  const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { inlineBytes: 48 } });
  await kit.client.start('heard', null, { id: 'x' });
  await kit.drain();
  const put: unknown[] = [];
  const dropped: unknown[] = [];
  const { client } = kit.process(({ name, input }): ReturnType<FaultPlan> => {
    if (name === 'values.put') put.push(...(input[1] as ReadonlyMap<string, unknown>).keys());
    if (name === 'values.drop') dropped.push(...(input[1] as readonly string[]));
    return name === 'executions.commit' ? { answer: 'conflict' } : undefined;
  });
  await assert.rejects(kit.finish(client.signal('x', 'more', 'm'.repeat(60))), { code: 'contention' });
  assert.ok(put.length > 1);
  assert.deepEqual(dropped, put);
});

it('drops the value of a signal that lost a commit and then found no room in the head', async () => {
  const flow = defineFlow({ name: 'heard', signals: { more: z.string() }, execution: { autoClose: false } });
  flow.when('more').to('hear', () => null);
  const parameters = { inlineBytes: 48, headBytes: 3_000, headBytesAtMost: 3_600 };
  const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters });
  await kit.client.start('heard', null, { id: 'x' });
  await kit.drain();
  const put: unknown[] = [];
  const dropped: unknown[] = [];
  const fill = async (): Promise<void> => {
    for (let n = 0; n < 1_000; n += 1) await kit.client.signal('x', 'more', String(n));
  };
  const { client } = kit.process(({ name, input }): ReturnType<FaultPlan> => {
    if (name === 'values.drop') dropped.push(...(input[1] as readonly string[]));
    if (name !== 'values.put') return undefined;
    put.push(...(input[1] as ReadonlyMap<string, unknown>).keys());
    return assert.rejects(fill(), { code: 'head_too_large' });
  });
  await assert.rejects(kit.finish(client.signal('x', 'more', 'm'.repeat(60))), { code: 'head_too_large' });
  assert.equal(put.length, 1);
  assert.deepEqual(dropped, put);
});

it('drops the value of an answer that lost to another', async () => {
  const flow = defineFlow({ name: 'asked' });
  const ask = flow.chunk('ask', { resume: z.string() }, (ctx) => ctx.pauseFor({ type: 'ask' }));
  flow.to(ask).to('use', () => null);
  const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { inlineBytes: 48 } });
  await kit.client.start('asked', null, { id: 'x' });
  await kit.drain();
  const [wait] = (await kit.view('x')).interrupts;
  assert.ok(wait);
  const put: unknown[] = [];
  const dropped: unknown[] = [];
  const { client } = kit.process(({ name, input }): ReturnType<FaultPlan> => {
    if (name === 'values.drop') dropped.push(...(input[1] as readonly string[]));
    if (name !== 'values.put') return undefined;
    put.push(...(input[1] as ReadonlyMap<string, unknown>).keys());
    return kit.client
      .resume('x', wait.interruptId, { value: 'o'.repeat(60), requestId: 'other' })
      .then(() => undefined);
  });
  const answer = await kit.finish(client.resume('x', wait.interruptId, { value: 'm'.repeat(60), requestId: 'mine' }));
  assert.equal(answer.kind, 'conflict');
  assert.equal(put.length, 1);
  assert.deepEqual(dropped, put);
});

it('wakes workers for a queued signal whose commit was stored unheard before its caller failed', async () => {
  const flow = defineFlow({ name: 'waves', signals: { wave: z.string() }, execution: { autoClose: false } });
  const ears = Array.from({ length: 9 }, (_, i) => `ear${i}`);
  for (const ear of ears) flow.when('wave').to(ear, (ctx) => ctx.state.append('heard', ctx.input));
  const parameters = { headBytes: 2_000, headBytesAtMost: 3_800, directTries: 0 };
  const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters });
  await kit.client.start('waves', null, { id: 'x' });
  await kit.drain();
  await kit.finish(kit.client.signal('x', 'wave', 'first'));
  let failing = 0;
  const { client } = kit.process(({ name }): ReturnType<FaultPlan> => {
    if (name === 'executions.commit' && failing === 0) {
      failing = 1;
      return 'after';
    }
    if (name !== 'executions.load' || failing !== 1) return undefined;
    failing = 2;
    return 'before';
  });
  await assert.rejects(kit.finish(client.signal('x', 'wave', 'second')));
  assert.equal(failing, 2);
  assert.equal((await kit.load('x')).head.signals.length, 1);
  await kit.drain();
  assert.equal(((await kit.view('x')).state.heard as string[]).filter((each) => each === 'second').length, ears.length);
});
