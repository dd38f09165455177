import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { Head } from '../../../lib/engine/head.ts';
import { hashId } from '../../../lib/flow/json.ts';
import { type ContextOf, defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';
import { BUDGET, createKit, gate, wake } from '../kit.ts';

const QUIET = { noWarning: true } as const;
const again = (): never => {
  throw new Error('again');
};

const flowOf = () =>
  defineFlow({
    name: 'repeats',
    state: { seen: z.number(), n: z.number(), topic: z.string(), heard: z.array(z.string()), read: z.number() },
    signals: { s: z.union([z.string(), z.number()]), t: z.string(), nowait: z.string() },
    stream: z.string(),
    defaults: { retry: { maxAttempts: 3, initialDelay: 1_000 } },
  });
type Context = ContextOf<ReturnType<typeof flowOf>, unknown>;

function kitOf(work: (ctx: Context) => unknown) {
  const runs = { n: 0 };
  const flow = flowOf();
  flow.to('a', (ctx) => {
    runs.n += 1;
    return work(ctx);
  });
  flow.when('s').to('hearS', (ctx) => ctx.state.append('heard', `s ${ctx.input}`));
  flow.when('t').to('hearT', (ctx) => ctx.state.append('heard', `t ${ctx.input}`));
  flow.when('nowait').to('hearNowait', (ctx) => ctx.state.append('heard', `nowait ${ctx.input}`));
  flow.when({ state: 'topic' }).to('hearTopic', (ctx) => ctx.state.append('heard', `topic ${ctx.input}`));
  return { runs, kit: createTestkit(defineApp({ flows: [flow], resources: {} })) };
}

/** The result of an execution with the one chunk. */
async function run(work: (ctx: Context) => unknown) {
  const { runs, kit } = kitOf(work);
  await kit.client.start('repeats', null, { id: 'x' });
  await kit.advance(120_000);
  const view = await kit.client.get('x');
  const { heard = [], ...state } = view?.state ?? {};
  const failure = view?.error?.code ?? null;
  return { status: view?.status, failure, state, heard: [...(heard as string[])].sort(), runs: runs.n, kit };
}

describe('a repeat of a chunk', () => {
  it('may read its writes and do something else before an accepted commit point', async () => {
    const { status, state, heard, runs, kit } = await run(async (ctx) => {
      if ((await ctx.state.get('seen')) === undefined) await ctx.state.set('seen', 1);
      else {
        await ctx.state.increment('n', 10);
        await ctx.stream('other');
        await ctx.workspace.put('other', 'text');
        await ctx.flowData.set('other', 1, QUIET);
        ctx.emitNowait('nowait', 'other');
      }
      await ctx.emit('s', 1);
      await ctx.state.increment('n');
      if (ctx.attempt === 1) again();
    });
    assert.deepEqual(
      { status, runs, state, heard },
      { status: 'completed', runs: 2, state: { seen: 1, n: 1 }, heard: ['s 1'] },
    );
    assert.deepEqual((await kit.client.readStream('x', { after: 0, limit: 100 }))?.items, []);
    assert.equal(await kit.client.flowData('repeats').get('other'), undefined);
  });

  it('keeps operations after the accepted commit point, and those before it the first time', async () => {
    const { state, heard, runs } = await run(async (ctx) => {
      await ctx.state.increment('n');
      await ctx.emit('s', 'one');
      if (ctx.attempt === 1) again();
      await ctx.state.increment('n');
      await ctx.state.set('topic', 'weather');
      if (ctx.attempt === 2) again();
      ctx.emitNowait('nowait', 'end');
      await ctx.state.set('read', (await ctx.state.get('n')) ?? 0);
    });
    assert.deepEqual({ runs, state }, { runs: 3, state: { n: 2, topic: 'weather', read: 2 } });
    assert.deepEqual(heard, ['nowait end', 's one', 'topic weather']);
  });

  it('fails at once with another commit point in place of an accepted one', async () => {
    const others: Readonly<Record<string, (ctx: Context) => unknown>> = {
      'another signal': (ctx) => ctx.emit('t', 'other'),
      'a watched write': (ctx) => ctx.state.set('topic', 'other'),
      'a signal with a key': (ctx) => ctx.emit('s', 'other', { key: 'k' }),
      'another signal, not awaited, with an error of its own': (ctx) => {
        ctx.emit('t', 'other').catch(() => undefined);
        again();
      },
      'another signal that is caught, and the right ones behind it': async (ctx) => {
        await ctx.emit('t', 'other').catch(() => undefined);
        await ctx.emit('s', 'one').catch(() => undefined);
        await ctx.emit('t', 'two').catch(() => undefined);
        await ctx.emit('t', 'three').catch(() => undefined);
      },
      'nothing at all': () => undefined,
      'less than all': (ctx) => ctx.emit('s', 'one'),
    };
    for (const [what, other] of Object.entries(others)) {
      const { status, failure, heard, runs } = await run(async (ctx) => {
        if (ctx.attempt > 1) return other(ctx);
        await ctx.emit('s', 'one');
        await ctx.emit('t', 'two');
        return again();
      });
      assert.deepEqual(
        { status, failure, runs },
        { status: 'failed', failure: 'nondeterministic_chunk', runs: 2 },
        what,
      );
      assert.deepEqual(heard, ['s one', 't two'], what);
    }
  });

  it('names the chunk, its operation and the remedy', async () => {
    const { kit } = await run(async (ctx) => {
      await ctx.emit(ctx.attempt === 1 ? 's' : 't', 'one');
      again();
    });
    const { error } = (await kit.client.get('x')) ?? {};
    assert.match(
      error?.message ?? '',
      /^A retry of chunk "a" emits or writes "t" instead of an awaited emit.* may change\.$/,
    );
  });
});

describe('the stream items of a repeat', () => {
  it('are kept beside those of an attempt of the same session', async () => {
    const flow = flowOf();
    const [claims, holds] = [gate(), gate()];
    flow.to('a', async (ctx) => {
      await ctx.stream('item');
      if (ctx.attempt === 1) again();
    });
    flow.to('claims', () => claims.opened);
    flow.to('holds', () => holds.opened);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('repeats', null, { id: 'x' });
    const handled = kit.worker().handle([wake('x')], kit.clock.now() + BUDGET);
    await kit.clock.advance(2_000);
    claims.open();
    await kit.clock.advance(2_000);
    assert.equal((await kit.load('x')).head.fence, 1, 'one session ran both attempts');
    holds.open();
    await kit.finish(handled);
    const items = (await kit.client.readStream('x', { after: 0, limit: 10 }))?.items;
    assert.deepEqual(
      items?.map(({ attempt }) => attempt),
      [1, 2],
    );
  });
});

describe('emits and watched writes with a key', () => {
  it('may change their order among new operations', async () => {
    const { status, heard, runs, state } = await run(async (ctx) => {
      const emit = (n: number) => ctx.emit('s', n, { key: `${n}` });
      if (ctx.attempt === 1) {
        await emit(1);
        await emit(3);
        again();
      }
      await ctx.state.set('seen', 2);
      await emit(2);
      await ctx.state.set('n', 3);
      await emit(3);
      await ctx.state.set('topic', 'four', { key: '4' });
      await emit(1);
    });
    assert.deepEqual({ status, runs }, { status: 'completed', runs: 2 });
    assert.deepEqual(heard, ['s 1', 's 2', 's 3', 'topic four']);
    assert.deepEqual(state, { seen: 2, topic: 'four' }, 'operations before an accepted one are dropped');
  });

  it('may be awaited at once', async () => {
    const { status, heard } = await run(async (ctx) => {
      const order =
        [
          [3, 1],
          [1, 2, 3],
          [2, 3, 1],
        ][ctx.attempt - 1] ?? [];
      await Promise.all(order.map((n) => ctx.emit('s', n, { key: `item ${n}` })));
      if (ctx.attempt < 3) again();
    });
    assert.deepEqual({ status, heard }, { status: 'completed', heard: ['s 1', 's 2', 's 3'] });
  });

  it('keep their order among equal keys, and watched writes may have one', async () => {
    const { status, heard } = await run(async (ctx) => {
      const same = async (first: string, second: string) => {
        await ctx.state.set('topic', first, { key: 'same' });
        await ctx.state.set('topic', second, { key: 'same' });
      };
      if (ctx.attempt === 1) {
        await ctx.state.set('topic', 'a', { key: 'same' });
        again();
      }
      await ctx.emit('s', 'other', { key: 'other' });
      await same('a', 'b');
    });
    assert.deepEqual({ status, heard }, { status: 'completed', heard: ['s other', 'topic a', 'topic b'] });
  });

  it('count as another commit point under the same key', async () => {
    const { failure, heard, runs } = await run(async (ctx) => {
      await ctx.emit(ctx.attempt === 1 ? 's' : 't', 'x', { key: 'k' });
      again();
    });
    assert.deepEqual({ failure, heard, runs }, { failure: 'nondeterministic_chunk', heard: ['s x'], runs: 2 });
  });

  it('accept only a text as a key', async () => {
    for (const key of ['', 1, null, {}]) {
      const bad = { key } as never;
      for (const act of [
        (ctx: Context) => ctx.emit('s', 1, bad),
        (ctx: Context) => ctx.state.set('topic', 'x', bad),
        (ctx: Context) => ctx.state.set('seen', 1, bad),
      ]) {
        const { failure, heard, runs, state } = await run(act);
        assert.deepEqual(
          { failure, heard, runs, state },
          { failure: 'invalid_value', heard: [], runs: 1, state: {} },
          JSON.stringify(key),
        );
      }
    }
  });
});

describe('an activation with operations accepted by an older version', () => {
  /** Two accepted commit points, then a load in the format of that version. */
  async function taken(work: (ctx: Context) => Promise<void>) {
    const { kit } = kitOf(async (ctx) => {
      await work(ctx);
      if (ctx.attempt === 1) again();
    });
    await kit.client.start('repeats', null, { id: 'x' });
    await kit.drain();
    const document = JSON.parse(JSON.stringify(await kit.client.save('x'))) as { readonly head: Head };
    const ops = document.head.activations.find(({ node }) => node === 'a')?.ops;
    assert.ok(ops);
    delete ops.points;
    return { document, ops };
  }

  const old = async (ctx: Context) => {
    await ctx.state.increment('n');
    await ctx.emit('s', 'one');
    ctx.emitNowait('nowait', 'kept');
    await ctx.state.set('topic', 'two');
  };

  async function goOn(document: unknown, work: (ctx: Context) => Promise<void>) {
    const { kit } = kitOf(work);
    await kit.client.load(document);
    await kit.advance(120_000);
    const view = await kit.client.get('x');
    const { heard = [], ...state } = view?.state ?? {};
    return { code: view?.error?.code ?? null, state, heard: [...(heard as string[])].sort() };
  }

  const HEARD = ['nowait kept', 's one', 'topic two'];

  it('counts all its operations', async () => {
    const { ops } = await taken(old);
    const hash = [
      ['state', 'n'],
      ['emit', 's'],
      ['emitNowait', 'nowait'],
      ['emit', 'state:topic'],
    ].reduce((before, operation) => hashId(before, ...operation), '');
    assert.deepEqual(ops, { n: 4, h: hash });
  });

  it('is repeated by the old rule, also for newly accepted operations', async () => {
    const { document } = await taken(old);
    const { code, state, heard } = await goOn(document, async (ctx) => {
      await old(ctx);
      await ctx.state.increment('n');
      await ctx.emit('t', 'three', { key: 'k' });
      if (ctx.attempt === 2) again();
    });
    assert.deepEqual({ code, state }, { code: null, state: { n: 2, topic: 'two' } });
    assert.deepEqual(heard, [...HEARD, 't three'].sort());
  });

  it('fails as in that version with another operation in place of an accepted one', async () => {
    const { document } = await taken(old);
    const { code, state, heard } = await goOn(document, async (ctx) => {
      await ctx.state.set('seen', 1);
      await ctx.emit('s', 'one');
      ctx.emitNowait('nowait', 'kept');
      await ctx.state.set('topic', 'two');
    });
    assert.deepEqual(
      { code, state, heard },
      { code: 'nondeterministic_chunk', state: { n: 1, topic: 'two' }, heard: HEARD },
    );
  });
});
