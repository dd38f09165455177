import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import type { HistoryItem } from '../../../lib/runtime/history/views.ts';
import { createKit, type Kit } from '../kit.ts';

/** Three steps that count into the state; the last one gives what it got. */
function counting(history?: 'times' | 'off') {
  const flow = defineFlow({
    name: 'counting',
    input: z.object({ by: z.number() }),
    state: { count: z.number(), log: z.array(z.string()), note: z.string() },
    ...(history ? { history } : {}),
  });
  flow
    .to('first', async (ctx) => {
      await ctx.state.increment('count', ctx.input.by);
      await ctx.state.append('log', 'first');
      await ctx.state.set('note', 'n'.repeat(6_000));
      return { n: ctx.input.by };
    })
    .to('second', async (ctx) => {
      await ctx.state.increment('count', 10);
      await ctx.state.append('log', 'second');
      await ctx.state.delete('note');
      return { text: 'x'.repeat(5_000) };
    })
    .to('third', async (ctx) => {
      await ctx.state.append('log', `third ${ctx.input.text.length}`);
      return ctx.input.text.length;
    });
  return createKit(defineApp({ flows: [flow], resources: {} }));
}

async function begunAt(kit: Kit, id: string, chunk: string): Promise<string> {
  for await (const item of kit.client.history(id)) {
    if (item.type === 'attempt_started' && item.chunk === chunk) return item.activationId ?? '';
  }
  return '';
}

async function historyOf(kit: Kit, id: string): Promise<readonly HistoryItem[]> {
  const { items = [] } = (await kit.client.readHistory(id, {})) ?? {};
  return items;
}

describe('client.rerun', () => {
  it('begins at the activation, with what was committed before it and the old input', async () => {
    const kit = counting();
    await kit.client.start('counting', { by: 2 }, { id: 'x', attributes: { customer: 'ann' } });
    await kit.pass(1_000);
    const from = await begunAt(kit, 'x', 'third');
    assert.deepEqual(await kit.client.rerun('x', { from, id: 'y', actor: 'ann' }), { kind: 'rerun', executionId: 'y' });
    const begun = await kit.view('y');
    assert.deepEqual(begun.state, { count: 12, log: ['first', 'second'] });
    await kit.pass(1_000);
    const { status, state, forkedFrom, rerunFrom, attributes } = await kit.view('y');
    assert.deepEqual(
      { status, forkedFrom, rerunFrom, attributes },
      { status: 'completed', forkedFrom: 'x', rerunFrom: from, attributes: { customer: 'ann' } },
    );
    assert.deepEqual(state, { count: 12, log: ['first', 'second', 'third 5000'] });
    assert.deepEqual((await kit.view('x')).state, state, 'the original is unchanged');
  });

  it('takes back what the activation and later ones have done', async () => {
    const kit = counting();
    await kit.client.start('counting', { by: 2 }, { id: 'x' });
    await kit.pass(1_000);
    const from = await begunAt(kit, 'x', 'second');
    await kit.client.rerun('x', { from, id: 'y', input: { n: 99 } });
    assert.deepEqual((await kit.view('y')).state, { count: 2, log: ['first'], note: 'n'.repeat(6_000) });
    await kit.pass(1_000);
    assert.deepEqual((await kit.view('y')).state, { count: 12, log: ['first', 'second', 'third 5000'] });
    const history = await historyOf(kit, 'y');
    const [origin, second] = history;
    assert.deepEqual(
      [origin?.type, origin?.from, origin?.activationId, origin?.next, origin?.input],
      ['forked', 'x', from, ['second'], { n: 99 }],
    );
    assert.deepEqual([second?.type, second?.chunk, second?.input], ['attempt_started', 'second', { n: 99 }]);
    const told = (await historyOf(kit, 'x')).at(-1);
    assert.deepEqual([told?.type, told?.to, told?.activationId], ['forked', 'y', from]);
  });
});
