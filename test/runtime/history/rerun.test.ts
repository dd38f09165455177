import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { Head } from '../../../lib/engine/head.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import type { HistoryItem } from '../../../lib/runtime/history/views.ts';
import { createKit, type Kit } from '../kit.ts';

/** Three steps that count into the state; the last one gives what it got. */
function counting(history?: 'times' | 'off') {
  const flow = defineFlow({
    name: 'counting',
    input: z.object({ by: z.number() }),
    state: { count: z.number(), log: z.array(z.string()), note: z.string() },
    ...(history ? { execution: { history } } : {}),
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

  it('makes one copy for an id, and refuses the id to another one', async () => {
    const kit = counting();
    await kit.client.start('counting', { by: 2 }, { id: 'x' });
    await kit.pass(1_000);
    const from = await begunAt(kit, 'x', 'third');
    const call = { from, id: 'y', input: { text: 'abc' } };
    assert.deepEqual(await kit.client.rerun('x', call), { kind: 'rerun', executionId: 'y' });
    assert.deepEqual(await kit.client.rerun('x', call), { kind: 'exists', executionId: 'y' });
    assert.equal((await kit.view('x')).reruns?.length, 1);
    for (const other of [
      { from, id: 'y' },
      { ...call, input: { text: 'abcd' } },
      { ...call, id: 'x' },
    ]) {
      await assert.rejects(kit.client.rerun('x', other), { code: 'execution_conflict' });
    }
    assert.deepEqual(await kit.client.rerun('x', { from: 'nothing' }), { kind: 'unknown' });
    await assert.rejects(kit.client.rerun('x', {} as { from: string }), { code: 'invalid_request' });
  });

  it('checks an input for the start of the flow by its contract', async () => {
    const kit = counting();
    await kit.client.start('counting', { by: 2 }, { id: 'x' });
    await kit.pass(1_000);
    const from = await begunAt(kit, 'x', 'first');
    await assert.rejects(kit.client.rerun('x', { from, id: 'y', input: { by: 'much' } }), { code: 'invalid_input' });
    assert.equal(await kit.client.get('y'), undefined);
    await kit.client.rerun('x', { from, id: 'y', input: { by: 5 } });
    await kit.pass(1_000);
    assert.equal((await kit.view('y')).state.count, 15);
  });

  it('keeps what a host wrote before the start, for another process too', async () => {
    const kit = counting();
    await kit.client.create('counting', { id: 'x' });
    await kit.client.state('x').set('count', 100);
    await kit.client.start('counting', { by: 2 }, { id: 'x' });
    await kit.pass(1_000);
    const other = kit.process();
    const from = await begunAt(kit, 'x', 'first');
    assert.deepEqual(await other.client.rerun('x', { from, id: 'y' }), { kind: 'rerun', executionId: 'y' });
    assert.deepEqual((await kit.view('y')).state, { count: 100 });
  });

  describe('after a worker vanished', () => {
    /** It dies right after it has committed so often. @returns activations by chunk */
    const vanish = async (kit: Kit, times: number) => {
      const ids = new Map<string, string>();
      let commits = 0;
      await kit.client.start('counting', { by: 2 }, { id: 'x' });
      kit.takeFirst(({ name, input: [request] }) => {
        if (name !== 'executions.commit') return undefined;
        const { head } = request as { readonly head: Head };
        for (const { node, id } of head.activations) ids.set(node, id);
        commits += 1;
        return commits === times ? 'dieAfter' : undefined;
      });
      await kit.clock.advance(0);
      await kit.pass(180_000);
      assert.equal((await kit.view('x')).state.count, 12);
      assert.ok((await historyOf(kit, 'x')).some(({ type }) => type === 'attempt_vanished'));
      return ids;
    };

    it('begins at the activation that the worker held', async () => {
      const kit = counting();
      const from = (await vanish(kit, 2)).get('second') ?? '';
      await kit.client.rerun('x', { from, id: 'y' });
      assert.deepEqual((await kit.view('y')).state, { count: 2, log: ['first'], note: 'n'.repeat(6_000) });
      await kit.pass(1_000);
      assert.deepEqual((await kit.view('y')).state, { count: 12, log: ['first', 'second', 'third 5000'] });
    });

    it('is refused at activations that the worker had ended, whose records it took along', async () => {
      const kit = counting();
      const ids = await vanish(kit, 3);
      for (const chunk of ['first', 'second']) {
        const from = ids.get(chunk) ?? '';
        await assert.rejects(kit.client.rerun('x', { from }), { code: 'rerun_unavailable', message: /was not kept/ });
      }
      await kit.client.rerun('x', { from: ids.get('third') ?? '', id: 'y' });
      assert.deepEqual((await kit.view('y')).state, { count: 12, log: ['first', 'second'] });
    });
  });

  it('needs a full history', async () => {
    const kit = counting('times');
    await kit.client.start('counting', { by: 2 }, { id: 'x' });
    await kit.pass(1_000);
    const from = await begunAt(kit, 'x', 'third');
    await assert.rejects(kit.client.rerun('x', { from }), { code: 'rerun_unavailable', message: /'times'/ });
  });

  it('does not begin before the upgrade of an execution, but after it', async () => {
    const flow = defineFlow({
      name: 'old',
      state: { n: z.number() },
      signals: { next: z.number() },
      execution: { autoClose: false },
    });
    flow.to('first', (ctx) => ctx.state.set('n', 1));
    flow.when('next').to('later', (ctx) => ctx.state.increment('n', ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('old', null, { id: 'x' });
    await kit.pass(1_000);
    // A worker of an earlier version does not count changes.
    const record = await kit.load('x');
    const { w: _, ...history } = record.head.history ?? { n: 0, at: 0 };
    await kit.ports.executions.commit({
      head: { ...record.head, history },
      rev: record.rev,
      folded: 0,
      exclusive: false,
    });
    for (const n of [10, 100]) {
      await kit.client.signal('x', 'next', n);
      await kit.pass(30_000);
    }
    assert.equal((await kit.view('x')).state.n, 111);
    const begun = (await historyOf(kit, 'x')).filter(
      ({ type, chunk }) => type === 'attempt_started' && chunk === 'later',
    );
    const [, last] = begun;
    await kit.client.rerun('x', { from: last?.activationId ?? '', id: 'y', input: 5 });
    assert.equal((await kit.view('y')).state.n, 11);
  });
});

describe('joins of a rerun', () => {
  const flow = defineFlow({ name: 'joined', state: { got: z.unknown() } });
  const begin = flow.to('begin', () => 1);
  begin.to('fast', () => 'f'.repeat(5_000)).collect('both', { branch: 'fast' });
  begin
    .to('slow', (ctx) => (ctx.attempt < 2 ? Promise.reject(new Error('not yet')) : 's'))
    .to('slower', ({ input }) => `${input}!`)
    .collect('both', { branch: 'slow' });
  flow.when({ collect: 'both' }).to('end', (ctx) => ctx.state.set('got', ctx.input));
  flow.to('items', () => [1, 2]).forEach((item) => item.to('each', ({ input }) => input));

  it('keep the places that were filled before', async () => {
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('joined', null, { id: 'x' });
    await kit.pass(60_000);
    const fast = 'f'.repeat(5_000);
    assert.deepEqual((await kit.view('x')).state.got, { fast, slow: 's!' });
    await kit.client.rerun('x', { from: await begunAt(kit, 'x', 'slower'), id: 'y', input: 'other' });
    await kit.pass(60_000);
    assert.deepEqual((await kit.view('y')).state.got, { fast, slow: 'other!' });
    await kit.client.rerun('x', { from: await begunAt(kit, 'x', 'end'), id: 'z' });
    await kit.pass(60_000);
    assert.deepEqual((await kit.view('z')).state.got, { fast, slow: 's!' });
  });

  it('are known where the call of a client has completed them', async () => {
    const calls = defineFlow({ name: 'calls', state: { got: z.array(z.unknown()) } });
    const start = calls.to('start', () => 1);
    start.to('ask', (ctx) => ctx.pauseFor({ type: 'ask', id: 'ask' })).collect('both', { branch: 'asked' });
    start.to('work', () => 2).collect('both', { branch: 'done' });
    calls.when({ collect: 'both' }).to('answered', (ctx) => ctx.state.append('got', ctx.input));
    calls.when(['one', 'two']).to('met', (ctx) => ctx.state.append('got', ctx.input));
    calls.when('last').to('end', () => null);
    const kit = createKit(defineApp({ flows: [calls], resources: {} }));
    await kit.client.start('calls', null, { id: 'x', autoClose: false });
    await kit.drain();
    await kit.client.resume('x', 'ask', { value: 'yes' });
    await kit.drain();
    await kit.client.signal('x', 'one', 1);
    await kit.client.signal('x', 'two', 2);
    await kit.drain();
    await kit.client.signal('x', 'last', null);
    await kit.pass(60_000);
    const { got } = (await kit.view('x')).state;
    assert.deepEqual(got, [
      { asked: 'yes', done: 2 },
      { one: 1, two: 2 },
    ]);
    for (const from of ['answered', 'met', 'end']) {
      await kit.client.rerun('x', { from: await begunAt(kit, 'x', from), id: from });
      await kit.pass(60_000);
      assert.deepEqual((await kit.view(from)).state.got, got?.slice(0, from === 'answered' ? 1 : 2));
    }
  });

  it('are not in lists: an activation there is refused', async () => {
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('joined', null, { id: 'x' });
    await kit.pass(60_000);
    const from = await begunAt(kit, 'x', 'each');
    await assert.rejects(kit.client.rerun('x', { from }), { code: 'rerun_unavailable', message: /item 0 of a list/ });
  });
});
