import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit, gate } from '../kit.ts';

/** Counts unhandled rejections during `work`. */
async function unhandledDuring(work: () => Promise<void>): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const note = (error: unknown) => {
    seen.push(error);
  };
  process.on('unhandledRejection', note);
  await work();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  return seen;
}

describe('state in a chunk', () => {
  it('reads its own writes, then what is committed', async () => {
    const reads: unknown[] = [];
    const flow = defineFlow({ name: 'reads' });
    flow
      .to('first', (ctx) => ctx.state.set('k', { a: 1 }))
      .to('second', async (ctx) => {
        reads.push(await ctx.state.get('k.a'), await ctx.state.get('none'), await ctx.state.get('k.toString'));
        await ctx.state.increment('k.a', 4);
        await ctx.state.append('list', 'x');
        reads.push(await ctx.state.get('k'), await ctx.state.get('list'));
        await ctx.state.delete('k');
        reads.push(await ctx.state.get('k'));
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('reads', null, { id: 'x' });
    await kit.drain();
    assert.deepEqual(reads, [1, undefined, undefined, { a: 5 }, ['x'], undefined]);
    assert.deepEqual((await kit.view('x')).state, { list: ['x'] });
  });

  it('keeps the order of writes without await', async () => {
    const flow = defineFlow({ name: 'unawaited' });
    flow.to('burst', (ctx) => {
      for (let n = 0; n < 20; n += 1) ctx.state.append('list', n).catch(() => undefined);
      ctx.state.set('last', 1).catch(() => undefined);
      ctx.state.set('last', 2).catch(() => undefined);
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('unawaited', null, { id: 'x' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state, { list: Array.from({ length: 20 }, (_, i) => i), last: 2 });
  });

  it('fails only the attempt when a write without await is refused', async () => {
    const flow = defineFlow({ name: 'refused', state: { n: z.number(), s: z.string() } });
    flow.to('write', (ctx) => {
      ctx.state.set('s', 'kept?');
      ctx.state.set('n', 'no number' as unknown as number);
      return 'fine';
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const unhandled = await unhandledDuring(async () => {
      await kit.client.start('refused', null, { id: 'x' });
      await kit.drain();
    });
    const { error, state } = await kit.view('x');
    assert.deepEqual(
      { code: error?.code, chunk: error?.chunk, state },
      { code: 'invalid_value', chunk: 'write', state: {} },
    );
    assert.match(error?.message ?? '', /state\.n/);
    assert.deepEqual(unhandled, []);
  });

  it('refuses invalid paths and keys outside the contract', async () => {
    const messages: string[] = [];
    const flow = defineFlow({ name: 'paths', state: { known: z.json() } });
    flow.to('write', async (ctx) => {
      const paths = ['', 'known.', 'known.__proto__.x', 'unknown', 'known.a.b'];
      await ctx.state.set('known', { a: 'scalar' });
      for (const path of paths) {
        try {
          await ctx.state.append(path as 'known', 1);
          messages.push('taken');
        } catch (error) {
          messages.push(error instanceof Error ? error.message : '');
        }
      }
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('paths', null, { id: 'x' });
    await kit.drain();
    assert.equal(messages.length, 5);
    for (const [i, pattern] of [
      /empty/,
      /empty/,
      /forbidden/,
      /no state key/,
      /the value around it is not an object/,
    ].entries()) {
      assert.match(messages[i] ?? '', pattern);
    }
    const { status, state } = await kit.view('x');
    assert.deepEqual([status, state], ['completed', { known: { a: 'scalar' } }], 'refused writes leave no trace');
  });

  it('ignores code that runs on after its attempt', async () => {
    const { opened, open } = gate();
    const late: string[] = [];
    const flow = defineFlow({ name: 'late' });
    flow
      .to('forgets', (ctx) => {
        const stray = async () => {
          await opened;
          for (const act of [
            async () => ctx.state.set('stray', 1),
            async () => ctx.stream('stray'),
            async () => ctx.emitNowait('stray', 1),
            async () => ctx.pauseFor({ type: 'stray' }),
          ]) {
            await act().then(
              () => late.push('taken'),
              (error) => late.push(error.code),
            );
          }
        };
        stray().catch(() => late.push('threw'));
      })
      .to('next', async () => {
        open();
        await new Promise((resolve) => setImmediate(resolve));
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('late', null, { id: 'x' });
    await kit.drain();
    assert.deepEqual(late, ['lease_lost', 'lease_lost', 'lease_lost', 'lease_lost']);
    assert.deepEqual((await kit.view('x')).state, {});
  });
});

describe('the stream', () => {
  it('keeps call order, awaited or not, and records chunk and attempt', async () => {
    const flow = defineFlow({ name: 'stream', stream: z.number() });
    flow.to('talk', async (ctx) => {
      for (const n of [1, 2, 3]) ctx.stream(n).catch(() => undefined);
      await ctx.stream(4);
      if (ctx.attempt === 1) throw new Error('again');
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('stream', null, { id: 'x' });
    await kit.pass(10_000);
    const { head } = await kit.load('x');
    const items = await kit.ports.streams.read({ executionId: 'x', inc: head.inc }, 0, 100);
    assert.deepEqual(
      items.map(({ seq, item, attempt, chunk }) => [seq, item, attempt, chunk]),
      [1, 2, 3, 4, 5, 6, 7, 8].map((seq) => [seq, ((seq - 1) % 4) + 1, seq > 4 ? 2 : 1, 'talk']),
    );
  });

  it('fails the attempt when an item without await could not be stored', async () => {
    const flow = defineFlow({ name: 'broken', defaults: { retry: { maxAttempts: 1 } } });
    flow.to('talk', (ctx) => {
      ctx.stream('lost');
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    let injected = 0;
    const worker = kit.worker(({ name }) => {
      if (name !== 'streams.append') return undefined;
      injected += 1;
      return 'before';
    });
    const unhandled = await unhandledDuring(async () => {
      await kit.client.start('broken', null, { id: 'x' });
      await kit.drain(worker);
    });
    assert.deepEqual({ injected, unhandled }, { injected: 1, unhandled: [] });
    assert.equal((await kit.view('x')).error?.message, 'injected: not done');
  });
});

describe('contracts', () => {
  it('are checked at every entry of a value, naming the path', async () => {
    const flow = defineFlow({
      name: 'typed',
      input: z.object({ n: z.number(), deep: z.object({ s: z.string() }) }),
      signals: { told: z.object({ ok: z.boolean() }) },
      execution: { autoClose: false },
    });
    const ask = flow.chunk('ask', { resume: z.object({ yes: z.boolean() }) }, (ctx) => ctx.pauseFor({ type: 'ask' }));
    flow.to(ask);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const code = (name: string, pattern: RegExp) => (error: { code: string; message: string }) =>
      error.code === name && pattern.test(error.message);
    await assert.rejects(
      kit.client.start('typed', { n: 1, deep: {} }, { id: 'x' }),
      code('invalid_input', /input\.deep\.s/),
    );
    await assert.rejects(kit.client.start('nope', {}), code('unknown_flow', /"nope"/));
    await assert.rejects(kit.client.start('typed', {}, { id: 'a b' }), code('invalid_request', /"a b"/));
    assert.equal(await kit.client.get('x'), undefined, 'no value was stored');
    await kit.client.start('typed', { n: 1, deep: { s: '' } }, { id: 'x' });
    await kit.drain();
    const { interrupts } = await kit.view('x');
    const id = interrupts[0]?.interruptId ?? '';
    const { rev } = await kit.load('x');
    await assert.rejects(kit.client.resume('x', id, { value: { yes: 1 } }), code('invalid_value', /value\.yes/));
    await assert.rejects(kit.client.signal('x', 'told', { ok: 1 }), code('invalid_value', /signal told\.ok/));
    await assert.rejects(kit.client.signal('x', 'untold', 1), code('invalid_value', /no signal "untold"/));
    assert.equal((await kit.load('x')).rev, rev, 'no value was stored');
  });

  it('are checked for signals of chunks too', async () => {
    const flow = defineFlow({ name: 'emits', signals: { told: z.number() } });
    flow.to('emit', (ctx) => ctx.emitNowait('told', 'text' as unknown as number));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('emits', null, { id: 'x' });
    await kit.drain();
    assert.match((await kit.view('x')).error?.message ?? '', /^signal told: /);
  });
});
