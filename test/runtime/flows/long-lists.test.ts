/** Lists whose results do not fit into the head: they are stored in parts beside it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { Head } from '../../../lib/engine/head.ts';
import { bytesOf } from '../../../lib/engine/values/pack.ts';
import { type ContextOf, defineApp, defineFlow, FatalError, type ItemError } from '../../../lib/index.ts';
import { createKit, type Kit } from '../kit.ts';

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

function listFlow(broken: { value: boolean }) {
  const flow = defineFlow({ name: 'long', input: z.array(z.json()), state: { out: z.json(), n: z.number() } });
  flow
    .forEach((item) =>
      item.to('work', (ctx) => {
        if (broken.value && ctx.input === 150) throw new FatalError('not yet');
        return typeof ctx.input === 'number' ? ctx.input * 2 : ctx.input;
      }),
    )
    .to('end', async (ctx) => {
      await ctx.state.set('out', z.json().parse(ctx.input));
      await ctx.state.set('n', ctx.input.length);
    });
  return flow;
}

function kitOf(parameters = {}, broken = { value: false }): Kit {
  return createKit(defineApp({ flows: [listFlow(broken)], resources: {} }), { parameters });
}

/** The head after each commit. */
function heads(kit: Kit): Head[] {
  const all: Head[] = [];
  const { executions } = kit.ports;
  const { commit } = executions;
  Object.assign(executions, {
    commit: (request: Parameters<typeof commit>[0]) => {
      all.push(structuredClone(request.head));
      return commit(request);
    },
  });
  return all;
}

/** Saves, loads and forks the failed execution `x`, and lets all of them go on. @returns their ids */
async function copied(kit: Kit, broken: { value: boolean }): Promise<readonly string[]> {
  const saved: unknown = JSON.parse(JSON.stringify(await kit.client.save('x')));
  await kit.client.load(saved, { id: 'loaded' });
  broken.value = false;
  await kit.client.fork('x', { id: 'forked' });
  for (const id of ['x', 'loaded']) await kit.client.redrive(id, { requestId: 'again' });
  await kit.drain();
  return ['x', 'loaded', 'forked'];
}

const listOf = ({ frames }: Head) => Object.values(frames).find((frame) => frame.kind === 'list');

describe('the results of a long list', () => {
  it('leave the head in parts and come back in the order of the items', async () => {
    const kit = kitOf({ resultBytes: 300, partsKept: 3 });
    const all = heads(kit);
    await kit.client.start('long', range(600), { id: 'x' });
    await kit.drain();
    const { state, status } = await kit.view('x');
    assert.equal(status, 'completed');
    assert.deepEqual(
      state.out,
      range(600).map((n) => n * 2),
    );
    const [wide] = all.filter((head) => (listOf(head)?.results?.index ?? []).length > 1);
    assert.ok(wide, 'older parts move to stored indexes');
    assert.equal(wide.format, 2);
    assert.ok(all.every((head) => bytesOf(listOf(head)?.slots ?? {}) <= 300));
  });

  it('stay in the head while they are small; a short list leaves the format that older versions read', async () => {
    const kit = kitOf();
    const all = heads(kit);
    await kit.client.start('long', range(31), { id: 'x' });
    await kit.drain();
    assert.deepEqual([...new Set(all.map(({ format }) => format))], [1]);
    assert.equal((await kit.view('x')).state.n, 31);
  });

  it('stay in the head while only format 1 is written', async () => {
    const kit = kitOf({ resultBytes: 300, headFormat: 1 });
    const all = heads(kit);
    await kit.client.start('long', range(600), { id: 'x' });
    await kit.drain();
    assert.deepEqual([...new Set(all.map(({ format }) => format))], [1]);
    assert.equal((await kit.view('x')).state.n, 600);
  });

  it('survive a save, a load, a redrive and a fork of the half-done list', async () => {
    const broken = { value: true };
    const kit = kitOf({ resultBytes: 300, partsKept: 3, claimLimit: 8, startAhead: 8 }, broken);
    await kit.client.start('long', range(300), { id: 'x' });
    await kit.drain();
    assert.equal((await kit.view('x')).status, 'failed');
    const head = (await kit.load('x')).head;
    assert.ok((listOf(head)?.results?.index ?? []).length > 0);
    for (const id of await copied(kit, broken)) {
      const { status, state } = await kit.view(id);
      assert.equal(status, 'completed', id);
      assert.deepEqual(
        state.out,
        range(300).map((n) => n * 2),
        id,
      );
    }
  });
});

describe('a list over the size of a value', () => {
  it('is stored in parts, and each item is read from the part that holds it', async () => {
    const items = range(1_500).map((n) => ({ n, pad: 'x'.repeat(1_000) }));
    assert.ok(bytesOf(items) > 1_400_000);
    const flow = defineFlow({ name: 'given', state: { n: z.number(), sum: z.number() } });
    flow
      .to('make', () => items)
      .forEach((item) => item.to('work', (ctx) => ctx.input.n))
      .to('end', async (ctx) => {
        await ctx.state.set('n', ctx.input.length);
        await ctx.state.set(
          'sum',
          ctx.input.reduce((a, b) => a + b, 0),
        );
      });
    const large = createKit(defineApp({ flows: [flow], resources: {} }));
    const all = heads(large);
    await large.client.start('given', null, { id: 'x' });
    await large.drain();
    assert.deepEqual((await large.view('x')).state, { n: 1_500, sum: (1_499 * 1_500) / 2 });
    assert.ok(all.every((head) => bytesOf(head) < 60_000));
  });
});

describe('the results of a long list that ends with some of them', () => {
  const small = { resultBytes: 300, partsKept: 3, claimLimit: 16, startAhead: 16 };

  /** Items that are multiples of 7 fail; the list ends with 400 of 600 outputs. */
  function someFlow(rest: 'withdraw' | 'goOn', broken = { value: false }) {
    const flow = defineFlow({ name: 'some', state: { out: z.json(), doubled: z.json(), runs: z.number() } });
    const work = flow.chunk('work', async (ctx: ContextOf<typeof flow, number>) => {
      if (ctx.input % 7 === 0) throw new FatalError('no');
      if (broken.value && ctx.input === 250) throw new FatalError('not yet');
      await ctx.state.increment('runs');
      return `${ctx.input}`;
    });
    flow
      .to('make', () => range(600))
      .forEach((item) => item.to(work), { completion: { minSuccessful: 400, toleratedFailureCount: 100, rest } })
      .to('keep', async (ctx) => {
        await ctx.state.set('out', z.json().parse(ctx.input));
        return ctx.input;
      })
      .forEach((item) =>
        item.to('double', ({ input: { index, output } }) => index + Number(typeof output === 'string' && output)),
      )
      .to('end', (ctx) => ctx.state.set('doubled', ctx.input));
    return flow;
  }

  async function run(rest: 'withdraw' | 'goOn', parameters: object) {
    const kit = createKit(defineApp({ flows: [someFlow(rest)], resources: {} }), { parameters });
    const all = heads(kit);
    await kit.client.start('some', null, { id: 'x' });
    await kit.drain();
    const { status, state } = await kit.view('x');
    assert.equal(status, 'completed');
    return { kit, all, state };
  }

  for (const rest of ['withdraw', 'goOn'] as const) {
    it(`are stored in parts, and the output has index and output of each: ${rest}`, async () => {
      const { all, state } = await run(rest, small);
      const out = state.out as { index: number; output: unknown }[];
      const [good, failed] = [out.filter(({ index }) => index % 7 !== 0), out.filter(({ index }) => index % 7 === 0)];
      assert.ok(good.length >= 400 && good.length < 500, `${good.length} outputs`);
      assert.ok(good.every(({ index, output }) => output === `${index}`));
      assert.ok(failed.every(({ output }) => (output as ItemError).error.message === 'no'));
      assert.deepEqual(
        [...out].sort((a, b) => a.index - b.index),
        out,
      );
      assert.deepEqual(
        state.doubled,
        out.map(({ index }) => (index % 7 === 0 ? index : index * 2)),
      );
      if (rest === 'withdraw') assert.equal(state.runs, good.length);
      else assert.equal(state.runs, range(600).filter((n) => n % 7 !== 0).length);
      assert.ok(all.some((head) => (listOf(head)?.results?.index ?? []).length > 0));
      assert.ok(all.every((head) => bytesOf(listOf(head)?.slots ?? {}) <= 300));
    });
  }

  it('survive a save, a load, a redrive and a fork of the half-done list', async () => {
    const broken = { value: true };
    const flow = defineFlow({ name: 'half', state: { out: z.json() } });
    flow
      .to('make', () => range(300))
      .forEach(
        (item) =>
          item.to('work', (ctx) => {
            if (broken.value && ctx.input === 150) throw new FatalError('not yet');
            return ctx.input;
          }),
        { completion: { minSuccessful: 290, toleratedFailureCount: 0 } },
      )
      .to('keep', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: small });
    await kit.client.start('half', null, { id: 'x' });
    await kit.drain();
    assert.equal((await kit.view('x')).status, 'failed');
    assert.ok(listOf((await kit.load('x')).head)?.results);
    for (const id of await copied(kit, broken)) {
      const { status, state } = await kit.view(id);
      assert.equal(status, 'completed', id);
      const out = state.out as { index: number; output: number }[];
      assert.ok(out.length >= 290);
      assert.ok(out.every(({ index, output }) => index === output));
    }
  });

  it('are read although an item that runs again after a redrive has an older result in a part', async () => {
    let broken = true;
    const flow = defineFlow({ name: 'again', state: { out: z.json() } });
    const long = 36_000_000;
    const work = flow.chunk('work', (ctx: ContextOf<typeof flow, number>) => {
      if (ctx.input === 39 && broken) throw new FatalError('tolerated');
      if (ctx.input >= 34) return ctx.sleep(long);
      return ctx.input === 10 ? ctx.sleep(1_000) : ctx.input;
    });
    const second = flow.chunk('second', (ctx: ContextOf<typeof flow, number | null>) => {
      if (ctx.input === null && broken) throw new FatalError('one too many');
      return ctx.input ?? 10;
    });
    flow
      .to('make', () => range(40))
      .forEach((item) => item.to(work).to(second), { completion: { minSuccessful: 34, toleratedFailureCount: 1 } })
      .to('keep', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { resultBytes: 20 } });
    await kit.client.start('again', null, { id: 'x' });
    await kit.pass(60_000);
    assert.equal((await kit.view('x')).status, 'failed');
    broken = false;
    await kit.client.redrive('x');
    await kit.pass(60_000);
    const { status, state } = await kit.view('x');
    assert.equal(status, 'completed');
    assert.deepEqual(
      state.out,
      range(34).map((index) => ({ index, output: index })),
    );
  });

  it('are read once for each part by the next list', async () => {
    const flow = defineFlow({ name: 'reads' });
    flow
      .to('make', () => range(300))
      .forEach((item) => item.to('work', () => 'x'.repeat(100)), { completion: { minSuccessful: 290 } })
      .forEach((item) => item.to('next', () => null));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    let read = 0;
    const { get } = kit.ports.values;
    Object.assign(kit.ports.values, {
      get: (...request: Parameters<typeof get>) => {
        read += request[1].length;
        return get.apply(kit.ports.values, request);
      },
    });
    await kit.client.start('reads', null, { id: 'x' });
    await kit.drain();
    assert.equal((await kit.view('x')).status, 'completed');
    assert.ok(read > 0 && read < 30, `${read} values`);
  });
});
