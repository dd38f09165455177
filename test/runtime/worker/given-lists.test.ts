/** Lists that are too large to be given whole: what code may do with them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { type AnyFlow, defineApp, defineFlow, type LongList } from '../../../lib/index.ts';
import { createKit, type Kit } from '../kit.ts';

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const pad = 'x'.repeat(100);

/** Counts the values that the store returns. */
function counted(kit: Kit): { count: number } {
  const read = { count: 0 };
  const { get } = kit.ports.values;
  Object.assign(kit.ports.values, {
    get: (...request: Parameters<typeof get>) => {
      read.count += request[1].length;
      return get.apply(kit.ports.values, request);
    },
  });
  return read;
}

async function run(flow: AnyFlow, input: unknown): Promise<{ kit: Kit; read: { count: number } }> {
  const kit = createKit(defineApp({ flows: [flow], resources: {} }), {
    parameters: { wholeBytes: 20_000, resultBytes: 300, partsKept: 3, claimLimit: 16, startAhead: 16 },
  });
  const read = counted(kit);
  await kit.client.start(flow.name, input, { id: 'x' });
  await kit.drain();
  return { kit, read };
}

async function stateAfter(flow: AnyFlow, input: unknown) {
  const { kit } = await run(flow, input);
  const { status, state } = await kit.view('x');
  assert.equal(status, 'completed', JSON.stringify(await kit.view('x')));
  return state;
}

async function errorOf(read: (list: LongList<unknown> & Record<string, unknown>) => unknown): Promise<string> {
  const flow = defineFlow({ name: 'misused', input: z.array(z.number()) });
  flow.forEach((item) => item.to('work', () => pad)).to('end', (ctx) => read(ctx.input as never) as string);
  const { kit } = await run(flow, range(300));
  const { error } = await kit.view('x');
  assert.equal(error?.code, 'value_too_large');
  return error?.message ?? '';
}

describe('a list over the limit of what is given whole', () => {
  it('gives its length, each item, and all items in order; each part is read once', async () => {
    const state = { ends: z.json(), ns: z.array(z.number()) };
    const flow = defineFlow({ name: 'long', input: z.array(z.number()), state });
    let reads = 0;
    let read = { count: 0 };
    flow
      .forEach((item) => item.to('work', (ctx) => ({ n: ctx.input, pad })))
      .to('end', async (ctx) => {
        const before = read.count;
        const ns: number[] = [];
        for await (const { n } of ctx.input) ns.push(n);
        reads = read.count - before;
        const { length } = ctx.input;
        const at = async (index: number) => (await ctx.input.at(index))?.n ?? null;
        await ctx.state.set('ends', [
          length,
          await at(0),
          await at(-1),
          await at(length),
          await at(0.5),
          await at(-601),
        ]);
        await ctx.state.set('ns', ns);
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), {
      parameters: { wholeBytes: 20_000, resultBytes: 1_000, partsKept: 3 },
    });
    read = counted(kit);
    await kit.client.start('long', range(600), { id: 'x' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state, { ends: [600, 0, 599, null, 0, null], ns: range(600) });
    assert.ok(reads > 0 && reads < 100, `${reads} parts`);
  });

  it('is an array below the limit', async () => {
    const flow = defineFlow({ name: 'short', input: z.array(z.number()), state: { is: z.boolean() } });
    flow
      .forEach((item) => item.to('work', () => pad))
      .to('end', (ctx) => ctx.state.set('is', Array.isArray(ctx.input)));
    assert.deepEqual(await stateAfter(flow, range(100)), { is: true });
  });

  it('is given inside an object, beside what is given whole', async () => {
    const flow = defineFlow({ name: 'beside', input: z.array(z.number()), state: { got: z.json() } });
    flow.to('count', (ctx) => ctx.input.length).collect('both', { branch: 'count' });
    flow
      .forEach((item) => item.to('work', (ctx) => `${ctx.input} ${pad}`))
      .collect('both', { branch: 'list' })
      .to('end', async (ctx) => {
        const { list, count } = z.looseObject({ count: z.number() }).parse(ctx.input);
        const long = list as LongList<string>;
        await ctx.state.set('got', [long.length, (await long.at(299)) ?? '', count]);
      });
    assert.deepEqual(await stateAfter(flow, range(300)), { got: [300, `299 ${pad}`, 300] });
  });

  it('holds lists that are lists in parts themselves', async () => {
    const flow = defineFlow({ name: 'nested', input: z.array(z.number()), state: { got: z.json() } });
    flow
      .forEach((outer) =>
        outer.to('make', () => range(40)).forEach((inner) => inner.to('work', (ctx) => `${ctx.input} ${pad}`)),
      )
      .to('end', async (ctx) => {
        const lengths: number[] = [];
        for await (const list of ctx.input) lengths.push(list.length);
        await ctx.state.set('got', [lengths, (await ctx.input.at(7))?.[39] ?? '']);
      });
    assert.deepEqual(await stateAfter(flow, range(10)), { got: [range(10).map(() => 40), `39 ${pad}`] });
  });

  it('has index and output of the items that an early end left', async () => {
    const flow = defineFlow({ name: 'early', input: z.array(z.number()), state: { got: z.json() } });
    flow
      .forEach((item) => item.to('work', (ctx) => `${ctx.input} ${pad}`), { completion: { minSuccessful: 280 } })
      .to('end', async (ctx) => {
        let n = 0;
        for await (const { index, output } of ctx.input) n += output === `${index} ${pad}` ? 1 : 1_000;
        const last = await ctx.input.at(-1);
        await ctx.state.set('got', [Array.isArray(ctx.input), n === ctx.input.length, typeof last?.output]);
      });
    assert.deepEqual(await stateAfter(flow, range(300)), { got: [false, true, 'string'] });
  });

  it('equals no literal as the member of an object', async () => {
    const flow = defineFlow({ name: 'member', input: z.array(z.number()), state: { by: z.string() } });
    flow.to('count', (ctx) => ctx.input.length).collect('both', { branch: 'count' });
    flow
      .forEach((item) => item.to('work', () => pad))
      .collect('both', { branch: 'list' })
      .match((cases) =>
        cases
          .case({ count: 300, list: [] }, (end) => end.to('same', (ctx) => ctx.state.set('by', 'literal')))
          .caseElse((end) => end.to('other', (ctx) => ctx.state.set('by', 'else'))),
      );
    assert.deepEqual(await stateAfter(flow, range(300)), { by: 'else' });
  });

  it('is an item of a long list', async () => {
    const flow = defineFlow({ name: 'inner', input: z.array(z.number()), state: { got: z.json() } });
    flow
      .forEach((outer) => outer.to('make', () => range(250)).forEach((inner) => inner.to('work', () => pad)))
      .to('end', async (ctx) => {
        const inner = await ctx.input.at(1);
        await ctx.state.set('got', [Array.isArray(inner), inner?.length ?? 0, (await inner?.at(249)) ?? '']);
      });
    assert.deepEqual(await stateAfter(flow, range(3)), { got: [false, 250, pad] });
  });

  it('reaches predicates and taps; it equals no literal', async () => {
    const flow = defineFlow({ name: 'asked', input: z.array(z.number()), state: { by: z.string() } });
    const tapped: unknown[] = [];
    flow
      .forEach((item) => item.to('work', () => pad))
      .tap('look', async (ctx) => void tapped.push(await ctx.input.at(1)))
      .match((cases) =>
        cases
          .case([] as string[], (end) => end.to('none', (ctx) => ctx.state.set('by', 'literal')))
          .case(
            async (ctx) => ctx.input.length === 300 && (await ctx.input.at(2)) === pad,
            (end) => end.to('some', (ctx) => ctx.state.set('by', 'predicate')),
          ),
      );
    assert.deepEqual(await stateAfter(flow, range(300)), { by: 'predicate' });
    assert.deepEqual(tapped, [pad]);
  });

  it('refuses what only an array has, and says what to do instead', async () => {
    const uses: [string, Parameters<typeof errorOf>[0]][] = [
      ['"map"', (list) => (list['map' as never] as () => unknown)()],
      ['"0"', (list) => list[0 as never]],
      ['its iterator', (list) => [...(list as unknown as Iterable<unknown>)].length],
      ['its JSON', (list) => JSON.stringify(list)],
      ['its items', (list) => list],
      ['its items', (list) => ({ ...list })],
      ['its text', (list) => `${list}`],
      ['"toString"', (list) => list.toString()],
      ['"0"', (list) => 0 in list],
      ['"0"', (list) => Object.hasOwn(list, 0)],
      ['"length"', (list) => Object.assign(list, { length: 0 })],
    ];
    for (const [what, use] of uses) {
      const message = await errorOf(use);
      assert.match(message, new RegExp(`${what} cannot be used. Read it by "for await"`));
    }
  });
});
