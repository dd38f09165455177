import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { BUDGET, createKit, type Kit, wake } from '../kit.ts';

const QUIET = { noWarning: true } as const;

describe('flowData of a chunk', () => {
  it('is shared by executions, separate from state, and shows own writes', async () => {
    const flow = defineFlow({ name: 'shared' });
    flow
      .to('write', async (ctx) => {
        await ctx.flowData.append('k', 1, QUIET);
        await ctx.flowData.append('k', 2, QUIET);
        await ctx.flowData.increment('n.deep', 3, QUIET);
        await ctx.state.set('k', 'state');
        await ctx.state.set('own', await ctx.flowData.get('k', QUIET));
      })
      .to('read', async (ctx) => {
        await ctx.state.set('read', (await ctx.flowData.get('k', QUIET)) ?? null);
        await ctx.flowData.delete('gone', QUIET);
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('shared', null, { id: 'x' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state, { k: 'state', own: [1, 2], read: [1, 2] });
    await kit.client.start('shared', null, { id: 'y' });
    await kit.drain();
    assert.deepEqual((await kit.view('y')).state, { k: 'state', own: [1, 2, 1, 2], read: [1, 2, 1, 2] });
    assert.equal(await kit.client.flowData('shared').get('n.deep'), 6);
    const { operations } = await kit.ports.flowData.load('shared');
    assert.deepEqual(operations, [], 'no id is kept');
    for (const id of ['x', 'y']) assert.deepEqual((await kit.load(id)).head.outbox, []);
    assert.equal(kit.logs.length, 0);
  });

  it('is visible to predicates with the writes of the chunk before them', async () => {
    const flow = defineFlow({ name: 'asked' });
    flow
      .to('write', (ctx) => ctx.flowData.set('way', String(ctx.input), QUIET))
      .match((m) =>
        m
          .case(
            async ({ flowData }) => (await flowData.get('way', QUIET)) === 'left',
            (p) => p.to('left', () => 'went left'),
          )
          .caseElse((p) => p.to('right', () => 'went right')),
      )
      .to('keep', (ctx) => ctx.state.set('went', ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    for (const way of ['left', 'right']) {
      await kit.client.start('asked', way, { id: way });
      await kit.drain();
      assert.deepEqual((await kit.view(way)).state, { went: `went ${way}` });
    }
  });

  it('is unchanged when the attempt fails', async () => {
    const flow = defineFlow({
      name: 'failing',
      defaults: { retry: { maxAttempts: 3, backoff: { initial: 1 } } } as never,
    });
    flow.to('write', async (ctx) => {
      await ctx.flowData.increment('n', 1, QUIET);
      if (ctx.attempt < 2) throw new Error('again');
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('failing', null, { id: 'x' });
    await kit.pass(600_000);
    assert.equal((await kit.view('x')).status, 'completed');
    assert.equal(await kit.client.flowData('failing').get('n'), 1);
  });

  it('warns once per flow unless sharing is declared', async () => {
    const flow = defineFlow({ name: 'warned' });
    flow.to('write', async (ctx) => {
      await ctx.flowData.set('a', 1);
      await ctx.flowData.set('b', 2);
      await ctx.flowData.get('b');
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('warned', null, { id: 'x' });
    await kit.drain();
    assert.equal(kit.logs.filter((line) => line.includes('shared')).length, 1);
  });

  it('refuses bad paths and invalid writes at once', async () => {
    const codes: unknown[] = [];
    const flow = defineFlow({ name: 'bad' });
    flow.to('write', async (ctx) => {
      const note = (error: { code?: string; message: string }) =>
        codes.push(`${error.code} ${error.message.slice(0, 9)}`);
      await ctx.flowData.set('text', 'x', QUIET);
      await ctx.flowData.set('__proto__.x', 1, QUIET).catch(note);
      await ctx.flowData.set('text.deep', 1, QUIET).catch(note);
      await ctx.flowData.increment('text', 1, QUIET).catch(note);
      await ctx.flowData.set('big', 'x'.repeat(400_000), QUIET).catch(note);
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('bad', null, { id: 'x' });
    await kit.drain();
    assert.deepEqual(codes, [
      'invalid_value flowData ',
      'invalid_value flowData.',
      'invalid_value flowData.',
      'value_too_large flowData.',
    ]);
    assert.equal(await kit.client.flowData('bad').get('text'), 'x', 'the chunk went on');
  });
});

describe('when({ flowData })', () => {
  const listening = () => {
    const flow = defineFlow({ name: 'listening' });
    flow.to('begin', async (ctx) => {
      if (ctx.input !== 'wait') await ctx.flowData.set('k', ctx.input as number, QUIET);
    });
    flow.when({ flowData: 'k' }).to('hear', async (ctx) => {
      await ctx.state.append('heard', ctx.input as number);
    });
    return defineApp({ flows: [flow], resources: {} });
  };

  it('fires in the writer before its automatic close', async () => {
    const kit = createKit(listening());
    await kit.client.start('listening', 7, { id: 'x' });
    await kit.drain();
    const { status, state } = await kit.view('x');
    assert.deepEqual({ status, state }, { status: 'completed', state: { heard: [7] } });
  });

  it('fires once in every open listening execution', async () => {
    const kit = createKit(listening());
    const ids = Array.from({ length: 130 }, (_, i) => `e${i}`);
    for (const id of ids) await kit.client.start('listening', 'wait', { id, autoClose: false });
    await kit.client.start('listening', 'wait', { id: 'closed' });
    await kit.client.start('listening', 'wait', { id: 'sealed', autoClose: false });
    await kit.drain();
    await kit.client.seal('sealed');
    await kit.client.start('listening', 5, { id: 'x', autoClose: false });
    await kit.pass(120_000);
    for (const id of [...ids, 'x']) assert.deepEqual((await kit.view(id)).state, { heard: [5] }, id);
    for (const id of ['closed', 'sealed']) assert.deepEqual((await kit.view(id)).state, {}, id);
    const large = 'x'.repeat(5_000);
    await kit.client.flowData('listening').set('k', large, QUIET);
    await kit.drain();
    for (const id of [...ids, 'x']) assert.deepEqual((await kit.view(id)).state, { heard: [5, large] }, id);
  });

  it('fires in a sealed or closing writer, too; a cancel ends it', async () => {
    const close = (kit: Kit) => kit.client.close('x', { pendingInterrupts: 'cancel' });
    const ways = [(kit: Kit) => kit.client.seal('x'), close, (kit: Kit) => kit.client.cancel('x')];
    const seen = await Promise.all(
      ways.map(async (end) => {
        const kit = createKit(listening());
        await kit.client.start('listening', 7, { id: 'x', autoClose: false });
        // The write is committed but not yet applied.
        const dead = kit.worker(({ name }) => (name === 'flowData.apply' ? 'dieBefore' : undefined));
        void dead.handle([wake('x')], kit.clock.now() + BUDGET);
        await kit.clock.advance(0);
        assert.equal((await kit.load('x')).head.outbox[0]?.kind, 'flowData');
        await end(kit);
        await kit.pass(120_000);
        const { lifecycle, state } = await kit.view('x');
        assert.equal(await kit.client.flowData('listening').get('k'), 7, 'the write is applied in any case');
        return [lifecycle, state];
      }),
    );
    assert.deepEqual(seen, [
      ['sealed', { heard: [7] }],
      ['closed', { heard: [7] }],
      ['closed', {}],
    ]);
  });

  it('fires for writes of hosts, once per id', async () => {
    const kit = createKit(listening());
    const data = kit.client.flowData('listening');
    await kit.client.start('listening', 'wait', { id: 'x', autoClose: false });
    await kit.drain();
    await data.increment('k', 2, { ...QUIET, requestId: 'once' });
    await data.increment('k', 2, { ...QUIET, requestId: 'once' });
    await data.delete('k', QUIET);
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state, { heard: [2, null] });
    assert.deepEqual((await kit.ports.flowData.load('listening')).operations, ['host:once']);
    await assert.rejects(data.set('a.b', 1, { ...QUIET, requestId: 'no good' }), { code: 'invalid_request' });
    await data.set('a', 1, QUIET);
    await assert.rejects(data.set('a.b', 1, QUIET), { code: 'invalid_value', message: /^flowData\.set/ });
    assert.throws(() => kit.client.flowData('none'), { code: 'unknown_flow' });
  });
});
