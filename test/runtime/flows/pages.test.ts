import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const once = { retry: { maxAttempts: 1 } };
const SIZE = 3;

/** Pages of three numbers below `total`. */
function paged(options: { total: number; completion?: { minSuccessful: number }; batchSize?: number }) {
  const asked: unknown[] = [];
  const flow = defineFlow({ name: 'paged', state: { out: z.json(), seen: z.array(z.string()) }, defaults: once });
  const read = flow.chunk('read', (ctx) => {
    const from = z.number().parse(ctx.page.from ?? 0);
    asked.push([from, ctx.attempt, ctx.idempotencyKey]);
    const items = Array.from({ length: Math.min(SIZE, options.total - from) }, (_, i) => from + i);
    const next = from + SIZE;
    return next < options.total ? ctx.page(items, { next }) : ctx.page(items);
  });
  const work = flow.chunk('work', (ctx) => ctx.input);
  const { completion, batchSize } = options;
  const given = { concurrency: 2, ...(completion ? { completion } : {}), ...(batchSize ? { batchSize } : {}) };
  flow.to(read);
  flow
    .to(read)
    .forEach((item) => item.to(work), given as { concurrency: number })
    .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
  return { kit: createKit(defineApp({ flows: [flow], resources: {} })), asked };
}

async function finalState({ kit }: ReturnType<typeof paged>) {
  await kit.client.start('paged', null, { id: 'x' });
  await kit.drain();
  const { status, state, error } = await kit.view('x');
  assert.deepEqual([status, error], ['completed', undefined]);
  return state.out;
}

describe('a list given page by page', () => {
  it('keeps the order of the items; each page is an activation of its own', async () => {
    const run = paged({ total: 8 });
    assert.deepEqual(await finalState(run), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(
      run.asked.map((each) => (each as unknown[]).slice(0, 2)),
      [
        [0, 1],
        [3, 1],
        [6, 1],
      ],
    );
    assert.equal(new Set(run.asked.map((each) => (each as unknown[])[2])).size, 3);
  });

  it('may be one page, and may be empty', async () => {
    assert.deepEqual(await finalState(paged({ total: 2 })), [0, 1]);
    assert.deepEqual(await finalState(paged({ total: 0 })), []);
  });

  it('asks for no further page once its completion is reached', async () => {
    const run = paged({ total: 3_000, completion: { minSuccessful: 2 } });
    assert.deepEqual(await finalState(run), [
      { index: 0, output: 0 },
      { index: 1, output: 1 },
    ]);
    assert.ok(run.asked.length <= 2, `${run.asked.length} pages`);
  });

  it('hands batches of a page to the body', async () => {
    assert.deepEqual(await finalState(paged({ total: 5, batchSize: 2 })), [[0, 1], [2], [3, 4]]);
  });

  it('takes empty pages, pauses and sleeps between pages, and a plain list as the last one', async () => {
    const flow = defineFlow({ name: 'between', state: { out: z.json(), step: z.number() } });
    const read = flow.chunk('read', { resume: z.json() }, async (ctx) => {
      const from = ctx.page.from;
      if (from === undefined) return ctx.page<unknown>([], { next: 'pause' });
      if (from === 'pause' && !ctx.isResume) return ctx.pauseFor({ type: 'more', resumeTo: 'self', id: 'more' });
      if (from === 'pause') return ctx.page([1], { next: 'sleep' });
      await ctx.state.increment('step');
      return (await ctx.state.get('step')) === 1 ? ctx.sleep(60_000) : ctx.page([2]);
    });
    const each = flow.to(read) as unknown as ReturnType<typeof flow.to<number[]>>;
    each
      .forEach((item) => item.to('work', (ctx) => ctx.input))
      .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('between', null, { id: 'x' });
    await kit.drain();
    await kit.client.resume('x', 'more', { value: 1 });
    await kit.pass(180_000);
    const { status, state, error } = await kit.view('x');
    assert.deepEqual([status, state.out, error], ['completed', [1, 2], undefined]);
  });

  it('fails with a failed page, which a redrive repeats; a skipped one is the last', async () => {
    for (const onError of ['fail', 'skip'] as const) {
      let broken = true;
      const flow = defineFlow({ name: 'broken', state: { out: z.json() }, defaults: once });
      const read = flow.chunk('read', { onError }, (ctx) => {
        if (ctx.page.from === undefined) return ctx.page([1], { next: 1 });
        if (broken) throw new Error('no page');
        return ctx.page([2]);
      });
      flow
        .to(read)
        .forEach((item) => item.to('work', (ctx) => ctx.input))
        .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('broken', null, { id: 'x', autoClose: false });
      await kit.drain();
      const { error, state } = await kit.view('x');
      if (onError === 'skip') {
        assert.deepEqual([error, state.out], [undefined, [1]]);
        continue;
      }
      assert.equal(error?.chunk, 'read');
      broken = false;
      await kit.client.redrive('x');
      await kit.drain();
      assert.deepEqual((await kit.view('x')).state.out, [1, 2]);
    }
  });

  it('is refused where anything but one forEach follows', async () => {
    const flow = defineFlow({ name: 'wrong', defaults: once });
    const read = flow.chunk('read', (ctx) => ctx.page([1], { next: 1 }) as unknown);
    flow.to(read).to('other', () => null);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('wrong', null, { id: 'x' });
    await kit.drain();
    const { error } = await kit.view('x');
    assert.equal(error?.code, 'definition_invalid');
    assert.match(error?.message ?? '', /not exactly one forEach follows/);
  });
});
