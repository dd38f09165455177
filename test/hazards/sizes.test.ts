import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesOf } from '../../lib/engine/values/pack.ts';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { MAX_ROW_BYTES, MAX_VALUE_BYTES } from '../../lib/ports/value-store.ts';
import { createKit, type Kit, type PortCall } from '../runtime/kit.ts';

const BIG = 'x'.repeat(100_000);
const DAY = 24 * 3_600_000;

/** Put and dropped values, by reference. */
function watchValues(kit: Kit) {
  const put = new Map<string, unknown>();
  const dropped = new Set<string>();
  const worker = kit.worker(({ name, input }: PortCall) => {
    if (name === 'values.put') for (const [ref, value] of input[1] as Map<string, unknown>) put.set(ref, value);
    if (name === 'values.drop') for (const ref of input[1] as readonly string[]) dropped.add(ref);
    return undefined;
  });
  return { put, dropped, worker };
}

describe('large values', () => {
  it('are stored once outside the head, shared by all readers, and dropped after their last use', async () => {
    const seen: number[] = [];
    const flow = defineFlow({ name: 'big', execution: { history: 'times' } });
    const made = flow.to('make', () => BIG);
    made.to('one', (ctx) => {
      seen.push(String(ctx.input).length);
    });
    made.to('two', async (ctx) => {
      seen.push(String(ctx.input).length);
      await ctx.state.set('kept', `${ctx.input}!`);
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const { put, dropped, worker } = watchValues(kit);
    await kit.client.start('big', null, { id: 'x' });
    await kit.drain(worker);
    assert.deepEqual(seen, [BIG.length, BIG.length]);
    assert.deepEqual([...put.values()], [BIG, `${BIG}!`], 'one value for two readers, one for the state');
    const [shared, kept] = [...put.keys()];
    assert.deepEqual([...dropped], [shared]);
    const { head } = await kit.load('x');
    assert.ok(bytesOf(head) < 1_000, `${bytesOf(head)} bytes`);
    assert.deepEqual(head.state, { kept: { ref: kept } });
    assert.deepEqual(head.outbox, []);
    assert.deepEqual((await kit.view('x')).result, { kept: `${BIG}!` }, 'views read it');
    const owner = { executionId: 'x', inc: head.inc };
    await kit.clock.advance(DAY - 1_000);
    assert.equal((await kit.ports.values.get(owner, [shared ?? ''])).size, 1, 'readers of older heads still find it');
    await kit.clock.advance(2_000);
    assert.equal((await kit.ports.values.get(owner, [shared ?? ''])).size, 0);
    assert.equal((await kit.ports.values.get(owner, [kept ?? ''])).size, 1);
  });

  it('do not accumulate in the head of a long chain', async () => {
    const sizes: number[] = [];
    const flow = defineFlow({ name: 'chain', execution: { history: 'off' } });
    let pipe = flow.to('c0', () => BIG.slice(0, 1_000));
    for (let n = 1; n < 30; n += 1) pipe = pipe.to(`c${n}`, (ctx) => `${ctx.input}${n}`);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const worker = kit.worker(({ name, input }) => {
      if (name === 'executions.commit') sizes.push(bytesOf((input[0] as { head: unknown }).head));
      return undefined;
    });
    await kit.client.start('chain', null, { id: 'x' });
    await kit.drain(worker);
    assert.ok(sizes.length >= 30);
    const growth = (sizes[28] ?? 0) - (sizes[5] ?? 0);
    assert.ok(growth < 40, `the head grew by ${growth} bytes in 23 steps`);
  });

  it('can be appended to, read by path and replaced', async () => {
    const flow = defineFlow({ name: 'paths', execution: { history: 'times' } });
    flow
      .to('make', (ctx) => ctx.state.set('doc', { text: BIG, list: [1] }))
      .to('change', async (ctx) => {
        await ctx.state.append('doc.list', 2);
        return ctx.state.get('doc.list');
      })
      .to('check', async (ctx) => {
        await ctx.state.set('length', String(await ctx.state.get('doc.text')).length);
        await ctx.state.set('list', ctx.input);
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const { put, dropped, worker } = watchValues(kit);
    await kit.client.start('paths', null, { id: 'x' });
    await kit.drain(worker);
    const { state } = await kit.view('x');
    assert.deepEqual({ stateLength: state.length, list: state.list }, { stateLength: BIG.length, list: [1, 2] });
    assert.deepEqual(
      { putCount: put.size, droppedCount: dropped.size },
      { putCount: 2, droppedCount: 1 },
      'the first version is dropped',
    );
  });

  for (const times of [1, 3]) {
    it(`that cannot be stored (${times}x) stop the settle before its commit, and are retried`, async () => {
      const flow = defineFlow({ name: 'store' });
      flow.to('make', (ctx) => ctx.state.set('doc', BIG));
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('store', null, { id: 'x' });
      let failures = 0;
      const worker = kit.worker(({ name }) => {
        if (name !== 'values.put' || failures === times) return undefined;
        failures += 1;
        return 'before';
      });
      await kit.drain(worker);
      assert.equal(failures, times);
      const view = await kit.view('x');
      assert.equal(view.status, 'completed');
      assert.ok(view.state.doc === BIG);
    });
  }
});

describe('values over the limit', () => {
  const cases = {
    output: () => 'x'.repeat(MAX_VALUE_BYTES + 1),
    state: (ctx: { state: { set(key: string, value: string): Promise<void> } }) =>
      ctx.state.set('k', 'ä'.repeat(MAX_VALUE_BYTES / 2)),
    signal: (ctx: { emitNowait(name: string, value: string): void }) =>
      ctx.emitNowait('told', 'x'.repeat(MAX_VALUE_BYTES)),
    payload: (ctx: { pauseFor(options: { type: string; payload: string }): unknown }) =>
      ctx.pauseFor({ type: 'ask', payload: 'x'.repeat(MAX_ROW_BYTES) }),
  };
  for (const [name, handler] of Object.entries(cases)) {
    it(`fail the chunk at once with a clear error: ${name}`, async () => {
      const flow = defineFlow({ name: 'large' });
      flow.to('only', (ctx) => (handler as (context: typeof ctx) => unknown)(ctx));
      flow.when('told').to('hear', () => undefined);
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('large', null, { id: 'x' });
      await kit.drain();
      const { error, state, interrupts } = await kit.view('x');
      assert.deepEqual(
        { code: error?.code, chunk: error?.chunk, attempt: error?.attempt },
        { code: 'value_too_large', chunk: 'only', attempt: 1 },
      );
      const limit = name === 'payload' ? MAX_ROW_BYTES : MAX_VALUE_BYTES;
      assert.match(error?.message ?? '', new RegExp(`\\d+ bytes of JSON; the limit is ${limit}`));
      assert.deepEqual(
        { state, interrupts, signals: (await kit.load('x')).head.signals },
        { state: {}, interrupts: [], signals: [] },
      );
    });
  }

  it('built by appends of several chunks fail the append, not the execution, while older workers run', async () => {
    const flow = defineFlow({ name: 'grow' });
    const append = (ctx: { state: { append(key: string, item: string): Promise<void> } }) =>
      ctx.state.append('list', BIG);
    flow.to('a', append).to('b', append).to('c', append).to('d', append).to('e', append);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { headFormat: 1 } });
    await kit.client.start('grow', null, { id: 'x' });
    await kit.pass(300_000);
    const { status, error, state } = await kit.view('x');
    assert.deepEqual(
      { status, code: error?.code, chunk: error?.chunk },
      { status: 'failed', code: 'value_too_large', chunk: 'd' },
    );
    assert.equal((state.list as unknown[]).length, 3);
  });
});

describe('a head over the limit', () => {
  it('fails only the activation that exceeds it', async () => {
    const flow = defineFlow({ name: 'wide' });
    flow.to('many', (ctx) => {
      for (let n = 0; n < 100; n += 1) ctx.emitNowait('told', n);
    });
    flow.to('few', (ctx) => ctx.state.set('few', 'done'));
    flow.when('told').to('hear', () => undefined);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { headBytes: 4_000 } });
    await kit.client.start('wide', null, { id: 'x' });
    await kit.drain();
    const { error, state } = await kit.view('x');
    assert.deepEqual({ code: error?.code, chunk: error?.chunk }, { code: 'head_too_large', chunk: 'many' });
    assert.match(error?.message ?? '', /limit is 4000/);
    assert.deepEqual(state, { few: 'done' });
    assert.deepEqual((await kit.load('x')).head.signals, []);
  });

  it('is not caused by queued outside signals: settles continue', async () => {
    const flow = defineFlow({ name: 'door', execution: { autoClose: false } });
    flow.to('work', (ctx) => ctx.state.set('work', 'done'));
    flow.when('poke').to('poked', () => undefined);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { headBytes: 6_000 } });
    await kit.client.start('door', null, { id: 'x' });
    const { head } = await kit.load('x');
    const value = 'v'.repeat(200);
    const appended = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        kit.ports.executions.append(
          'x',
          head.inc,
          { type: 'signal', id: `s${n}`, name: 'poke', value },
          kit.clock.now(),
        ),
      ),
    );
    assert.ok(appended.every((answer) => answer === 'appended'));
    await kit.pass(300_000);
    assert.deepEqual((await kit.view('x')).state, { work: 'done' });
  });

  it('keeps the error of a chunk, truncated', async () => {
    const flow = defineFlow({ name: 'talk', defaults: { retry: { maxAttempts: 1 } } });
    flow.to('talk', () => {
      throw new Error(`broken: ${'x'.repeat(400_000)}`);
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('talk', null, { id: 'x' });
    await kit.drain();
    const { error } = await kit.view('x');
    assert.match(error?.message ?? '', /^broken: /);
    assert.ok(bytesOf((await kit.load('x')).head) < 10_000);
  });
});
