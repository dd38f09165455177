import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { AnyFlow } from '../../../lib/flow/authoring/flow.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const Name = z.string().trim();
const Row = z.object({ a: z.coerce.number(), note: z.string().default('none') });
const Loud = z.string().transform((text) => text.toUpperCase());
const Length = z.string().transform((text) => text.length);
/** Another copy of zod than the engine's: the CommonJS build has classes of its own. */
const { z: otherZod } = createRequire(import.meta.url)('zod') as { readonly z: typeof z };
/** Typed as text; the schema is checked only at run time. */
const text = (value: unknown) => value as never;

async function run(flow: AnyFlow, input: unknown = null) {
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start(flow.name, input, { id: 'x' });
  await kit.drain();
  return { kit, view: await kit.view('x') };
}

describe('state with a schema', () => {
  it('is trimmed, defaulted, stripped and converted by every write, for the chunk and the store', async () => {
    const seen: unknown[] = [];
    const state = {
      name: Name,
      row: Row,
      rows: z.array(Row),
      names: z.array(Name),
      n: z.number().transform(Math.round),
    };
    const flow = defineFlow({ name: 'f', state });
    flow.to('a', async (ctx) => {
      await ctx.state.set('name', '  x ');
      await ctx.state.set('row', text({ a: '1', more: true }));
      await ctx.state.set('row.a', '2');
      await ctx.state.set('row.extra', '2');
      await ctx.state.append('rows', text({ a: '3', more: 1 }));
      await ctx.state.append('rows', { a: 4 });
      await ctx.state.append('names', ' y');
      await ctx.state.increment('n', 1.4);
      seen.push(await ctx.state.get('name'), await ctx.state.get('row'), await ctx.state.get('rows'));
      seen.push(await ctx.state.get('names'), await ctx.state.get('n'));
    });
    const { view } = await run(flow);
    const row = { a: 2, note: 'none' };
    const rows = [3, 4].map((a) => ({ a, note: 'none' }));
    assert.deepEqual(view.state, { name: 'x', row, rows, names: ['y'], n: 1 });
    assert.deepEqual(seen, ['x', row, rows, ['y'], 1]);
  });

  it('is converted when its previous value came from another commit, and reaches listeners converted', async () => {
    const heard: unknown[] = [];
    const flow = defineFlow({ name: 'f', state: { names: z.array(Name) } });
    flow.batch([
      flow.chunk('a', (ctx) => ctx.state.append('names', ' a ', { emit: 'nowait' })),
      flow.chunk('b', (ctx) => ctx.state.append('names', ' b ')),
    ]);
    flow.when({ state: 'names' }).to('hear', (ctx) => void heard.push(...(ctx.input ?? [])));
    const { view } = await run(flow);
    assert.deepEqual([...(view.state.names as string[])].sort(), ['a', 'b']);
    assert.ok(heard.length > 0 && heard.every((name) => name === 'a' || name === 'b'), JSON.stringify(heard));
  });

  it('is converted in writes of a host', async () => {
    const flow = defineFlow({ name: 'f', state: { name: Name, rows: z.array(Row) }, execution: { autoClose: false } });
    flow.to('a', () => 1);
    const { kit } = await run(flow);
    const state = kit.client.state('x');
    assert.equal(await state.set('name', ' x ', { requestId: 'one' }), 'accepted');
    assert.equal(await state.set('name', ' x ', { requestId: 'one' }), 'duplicate');
    assert.equal(await state.append('rows', { a: '1' }), 'accepted');
    assert.equal(await state.append('rows', { a: '2', b: 1 }), 'accepted');
    assert.deepEqual((await kit.view('x')).state, {
      name: 'x',
      rows: [
        { a: 1, note: 'none' },
        { a: 2, note: 'none' },
      ],
    });
    await assert.rejects(state.append('rows', { a: 'no' }), { code: 'invalid_value', message: /state\.rows\[\]\.a/ });
  });

  it('fails the chunk when two writes are valid only separately', async () => {
    const flow = defineFlow({ name: 'f', state: { list: z.array(z.string()).max(1) } });
    flow.batch([
      flow.chunk('a', (ctx) => ctx.state.append('list', 'a')),
      flow.chunk('b', (ctx) => ctx.state.append('list', 'b')),
    ]);
    const { view } = await run(flow);
    assert.deepEqual({ status: view.status, code: view.error?.code }, { status: 'failed', code: 'invalid_value' });
    assert.equal((view.state.list as string[]).length, 1);
  });
});

describe('schemas that refuse their own output', () => {
  it('convert once: the result is stored, read, and unchanged by writes of other keys', async () => {
    let read: unknown;
    const flow = defineFlow({ name: 'f', state: { length: Length, other: z.number() } });
    flow
      .to('a', (ctx) => ctx.state.set('length', 'four'))
      .to('b', async (ctx) => {
        read = await ctx.state.get('length');
        await ctx.state.set('other', 1);
      });
    const { view } = await run(flow);
    assert.deepEqual({ read, state: view.state }, { read: 4, state: { length: 4, other: 1 } });
  });

  const partial: Record<string, [z.ZodType, value: unknown, write: (state: never) => Promise<void>]> = {
    'an increment': [Length, 'four', (state: { increment(key: string): Promise<void> }) => state.increment('k')],
    'an append': [
      z.array(Length),
      ['four'],
      (state: { append(key: string, item: unknown): Promise<void> }) => state.append('k', 'four'),
    ],
    'a part': [
      z.object({ a: z.string().transform((word) => `${word}!`), b: z.number().optional() }),
      { a: 'x' },
      (state: { set(path: string, value: unknown): Promise<void> }) => state.set('k.b', 1),
    ],
  };
  for (const [what, [schema, value, write]] of Object.entries(partial)) {
    it(`refuse ${what}, so that no value is converted twice`, async () => {
      const flow = defineFlow({ name: 'f', state: { k: schema } });
      flow.to('a', (ctx) => ctx.state.set('k', value)).to('b', (ctx) => write(ctx.state as never));
      const { view } = await run(flow);
      assert.deepEqual({ status: view.status, code: view.error?.code }, { status: 'failed', code: 'invalid_value' });
      assert.match(view.error?.message ?? '', /state\.k: the schema changes its own output.*Set the whole key/);
      assert.deepEqual(view.state.k, schema.parse(value));
    });
  }

  it('accept parts where they accept their own output', async () => {
    const flow = defineFlow({ name: 'f', state: { k: z.object({ a: Loud, b: Loud.optional() }) } });
    flow.to('a', (ctx) => ctx.state.set('k', { a: 'x' })).to('b', (ctx) => ctx.state.set('k.b', 'y'));
    assert.deepEqual((await run(flow)).view.state, { k: { a: 'X', b: 'Y' } });
  });
});

describe('other boundaries', () => {
  it('convert input, signals, stream items, results and answers once', async () => {
    const got: unknown[] = [];
    const flow = defineFlow({
      name: 'f',
      input: Length,
      signals: { s: Length },
      stream: Length,
      result: Length,
      execution: { autoCloseTimeout: null },
    });
    flow
      .to('a', async (ctx) => {
        got.push(ctx.input);
        await ctx.emit('s', 'four');
        ctx.emitNowait('s', 'fifth');
        await ctx.stream('three');
        await ctx.setResult('result');
        return null;
      })
      .to(flow.chunk('ask', { resume: Length }, (ctx) => ctx.pauseFor({ type: 'q', id: 'q' })))
      .to('b', (ctx) => void got.push(ctx.input));
    flow.when('s').to('hear', (ctx) => void got.push(ctx.input));
    const { kit, view } = await run(flow, 'no');
    assert.equal((await kit.client.resume('x', 'q', { value: 'answered' })).kind, 'accepted');
    await kit.client.signal('x', 's', 'outside');
    await kit.drain();
    assert.deepEqual(got, [2, 4, 5, 8, 7]);
    assert.equal(view.state.$final_result, 6);
    const { items = [] } = (await kit.client.readStream('x', { after: 0, limit: 10 })) ?? {};
    assert.ok(
      items.some(({ item }) => item === 5),
      JSON.stringify(items),
    );
  });

  it('convert captures and write-backs of a sub-flow and refuse invalid ones', async () => {
    const got: unknown[] = [];
    const child = defineFlow({ name: 'child', input: Row, state: { name: Name, out: z.number() } });
    child.to('work', async (ctx) => {
      got.push(ctx.input, await ctx.state.get('name'));
      await ctx.state.set('out', 4);
    });
    const flow = defineFlow({ name: 'f', input: z.json(), state: { name: z.string(), text: z.coerce.string() } });
    flow
      .to('a', async (ctx) => {
        await ctx.state.set('name', ' x ');
        return ctx.input;
      })
      .subFlow(child, {
        capture: { input: 'value', state: { name: 'state.name' } },
        writeBack: { state: { text: 'state.out' } },
      });
    const { view } = await run(flow, { a: '1', more: true });
    assert.deepEqual(got, [{ a: 1, note: 'none' }, 'x']);
    assert.deepEqual(view.state, { name: ' x ', text: '4' });
    const refused = (await run(flow, { a: 'no' })).view;
    assert.deepEqual(
      { status: refused.status, code: refused.error?.code },
      { status: 'failed', code: 'invalid_value' },
    );
    assert.match(refused.error?.message ?? '', /cannot capture input\.a/);
  });

  const faulty = {
    'gives a Date': [z.string().transform((value) => new Date(value)), /The output of the schema is not JSON/],
    'gives undefined': [z.string().transform(() => undefined), /The output of the schema is not JSON/],
    'of another copy of zod is asynchronous': [
      otherZod.string().superRefine(async () => undefined),
      /its schema is asynchronous/,
    ],
    'answers by a promise': [z.string().refine((value) => Promise.resolve(value !== '')), /its schema is asynchronous/],
  } as const;
  for (const [what, [schema, message]] of Object.entries(faulty)) {
    it(`say by their code that a schema ${what}`, async () => {
      const wrong = { code: 'definition_invalid', message };
      const flow = defineFlow({ name: 'f', input: z.json(), signals: { s: schema }, state: { k: schema } });
      flow
        .match((m) => m.case('emit', (p) => p.to('emit', (ctx) => ctx.emit('s', '2026'))).caseElse((p) => p))
        .to('write', (ctx) => ctx.state.set('k', '2026'));
      const started = defineFlow({ name: 'started', input: schema });
      started.to('a', () => 1);
      const asked = defineFlow({ name: 'asked', execution: { autoClose: false } });
      asked.to(asked.chunk('ask', { resume: schema }, (ctx) => ctx.pauseFor({ type: 'q', id: 'q' })));
      for (const input of ['emit', 'write']) {
        const { view } = await run(flow, input);
        assert.deepEqual(
          { status: view.status, code: view.error?.code },
          { status: 'failed', code: 'definition_invalid' },
        );
      }
      await assert.rejects(run(started, '2026'), wrong);
      const { kit } = await run(asked);
      await assert.rejects(kit.client.resume('x', 'q', { value: '2026' }), wrong);
    });
  }

  it('report an exception of a schema with its code', async () => {
    const flow = defineFlow({
      name: 'f',
      input: z.json().transform((value) => (value as { at: { b: string } }).at.b),
    });
    flow.to('a', () => 1);
    await assert.rejects(run(flow, null), { code: 'invalid_input', message: /input: the schema threw an error/ });
  });
});
