/** Calls of a chunk that are refused: the chunk may catch the error and go on, and no refusal is lost unseen. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const LARGE = 'x'.repeat(17 * 2 ** 20);
const attributes = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`a${i}`, i]));

function defined() {
  return defineFlow({
    name: 'refusing',
    state: { n: z.number(), few: z.array(z.number()).max(1), any: z.json(), log: z.array(z.string()), seen: z.json() },
    signals: { hit: z.number() },
    stream: z.number(),
  });
}

/** What a handler of the flow gets. */
type Context = Parameters<Extract<Parameters<ReturnType<typeof defined>['to']>[1], (...given: never) => unknown>>[0];

/** A flow with one chunk, and listeners of a signal and of a state key. */
async function run(work: (ctx: Context) => unknown) {
  const flow = defined();
  flow.to('work', work);
  flow.when('hit').to('heard', ({ input, state }) => state.append('log', `heard ${input}`));
  flow.when({ state: 'seen' }).to('saw', ({ input, state }) => state.append('log', `saw ${JSON.stringify(input)}`));
  const kit = createKit(defineApp({ flows: [flow] }));
  await kit.client.start('refusing', null, { id: 'x', attributes, interventionMode: 'auto' });
  await kit.pass(60_000);
  return kit.view('x');
}

const REFUSED: Readonly<Record<string, readonly [code: string, call: (ctx: Context) => Promise<unknown>]>> = {
  'a state value that the schema refuses': ['invalid_value', (ctx) => ctx.state.set('n', 'one' as never)],
  'a state value that is no JSON': ['invalid_value', (ctx) => ctx.state.set('any', new Map() as never)],
  'a state value that is too large': ['value_too_large', (ctx) => ctx.state.set('any', LARGE)],
  'an item that the list refuses': ['invalid_value', (ctx) => ctx.state.append('few', 2)],
  'a sum of what is no number': ['invalid_value', (ctx) => ctx.state.increment('few' as never)],
  'a watched value that is no JSON': ['invalid_value', (ctx) => ctx.state.set('seen', Number.NaN)],
  'a write that is not awaited, of no JSON': [
    'invalid_value',
    (ctx) => ctx.state.set('any', undefined as never, { emit: 'nowait' }),
  ],
  'shared data that is no JSON': [
    'invalid_value',
    (ctx) => ctx.flowData.set('a', (() => 1) as never, { noWarning: true }),
  ],
  'a signal that its schema refuses': ['invalid_value', (ctx) => ctx.emit('hit', 'one' as never)],
  'a stream item that the schema refuses': ['invalid_value', (ctx) => ctx.stream('one' as never)],
  'an attribute that does not fit': ['invalid_value', (ctx) => ctx.attributes.set('a1', '')],
  'one attribute too many': ['invalid_value', (ctx) => ctx.attributes.set('more', 1)],
  'a file name that is none': ['invalid_value', (ctx) => ctx.workspace.put('a b', '')],
  'an intervention that is not there': ['invalid_value', (ctx) => ctx.interventions.consume(7)],
  'a wait that is none': ['invalid_value', (ctx) => ctx.withdraw('' as never)],
  'a reason that is no text': ['invalid_request', (ctx) => ctx.cancel(5 as never)],
};

describe('a refused call', () => {
  for (const [what, [code, call]] of Object.entries(REFUSED)) {
    it(`may be caught, and all else is kept: ${what}`, async () => {
      const caught: unknown[] = [];
      const note = (error: unknown) => void caught.push((error as { code?: string }).code);
      const { status, state } = await run(async (ctx) => {
        await ctx.state.set('n', 1);
        await ctx.state.append('few', 1);
        try {
          await call(ctx);
        } catch (error) {
          note(error);
        }
        await call(ctx).catch(note);
        await ctx.state.set('any', 'behind');
      });
      assert.deepEqual(caught, [code, code]);
      assert.deepEqual([status, state], ['completed', { n: 1, few: [1], any: 'behind' }]);
    });

    it(`fails the attempt where nobody takes the error: ${what}`, async () => {
      const { status, error, state } = await run(async (ctx) => {
        await ctx.state.append('few', 1);
        void call(ctx);
      });
      assert.deepEqual([status, error?.code, state], ['failed', code, {}]);
    });
  }

  it('is refused again by a repeat, which finds what was accepted behind it', async () => {
    const { status, state } = await run(async (ctx) => {
      await ctx.emit('hit', 'bad' as never).catch(() => undefined);
      await ctx.state.set('seen', Number.NaN).catch(() => undefined);
      await ctx.emit('hit', 1);
      await ctx.state.set('seen', 'a');
      if (ctx.attempt === 1) throw new Error('again');
    });
    assert.deepEqual([status, state.log], ['completed', ['heard 1', 'saw "a"']]);
  });

  const STORED = ['an item that the list refuses', 'one attribute too many', 'an intervention that is not there'];
  const POINTS: Readonly<Record<string, (ctx: Context) => Promise<void>>> = {
    'an awaited emit': (ctx) => ctx.emit('hit', 1),
    'a watched write': (ctx) => ctx.state.set('seen', 'a'),
  };
  for (const what of STORED) {
    for (const [point, reach] of Object.entries(POINTS)) {
      it(`fails the attempt at ${point}, where a retry could not refuse it again: ${what}`, async () => {
        const [code, call] = REFUSED[what] ?? assert.fail();
        const tookBranch: string[] = [];
        const { status, error, state } = await run(async (ctx) => {
          await ctx.state.append('few', 1);
          tookBranch.push(
            await call(ctx).then(
              () => 'accepted',
              () => 'refused',
            ),
          );
          await reach(ctx).catch(() => undefined);
          throw new Error('again');
        });
        assert.deepEqual(new Set(tookBranch), new Set(['refused']));
        assert.deepEqual([status, error?.message, state], ['failed', 'again', {}]);
        const silent = await run(async (ctx) => {
          await ctx.state.append('few', 1);
          await call(ctx).catch(() => undefined);
          await reach(ctx).catch(() => undefined);
        });
        assert.deepEqual([silent.status, silent.error?.code, silent.state], ['failed', code, {}]);
      });
    }
  }

  const READS: Readonly<Record<string, (ctx: Context) => Promise<unknown>>> = {
    'of the state': (ctx) => ctx.state.get('a..b' as never),
    'of shared data': (ctx) => ctx.flowData.get('a..b', { noWarning: true }),
    'of a file': (ctx) => ctx.workspace.get('a b'),
    'of a list of files': (ctx) => ctx.workspace.list('a b'),
    'of interventions': (ctx) => ctx.interventions.get(null as never),
  };
  for (const [what, read] of Object.entries(READS)) {
    it(`fails the attempt and not the process where nobody takes it: a read ${what}`, async () => {
      const taken = await run((ctx) => read(ctx).catch(() => undefined));
      assert.equal(taken.status, 'completed');
      const { status, error } = await run((ctx) => void read(ctx));
      assert.equal(status, 'failed');
      assert.ok(error);
    });
  }

  for (const part of ['state', 'flowData'] as const) {
    it(`fails the predicate that does not take its read of ${part}`, async () => {
      const flow = defineFlow({ name: 'choosing', defaults: { retry: { maxAttempts: 1 } } });
      flow.if(
        (input) => {
          void input[part].get('a..b' as never);
          return true;
        },
        (branch) => branch.to('then', () => 1),
      );
      const kit = createKit(defineApp({ flows: [flow] }));
      await kit.client.start('choosing', null, { id: 'x' });
      await kit.pass(60_000);
      const { status, error } = await kit.view('x');
      assert.deepEqual([status, error?.code], ['failed', 'invalid_value']);
    });
  }

  it('leaves the failure of a watched write to the chunk that awaits it', async () => {
    const flow = defineFlow({ name: 'watching', state: { seen: z.string(), last: z.string() } });
    flow.to('work', async ({ state }) => {
      const error = await state.set('seen', 'a').catch((thrown: Error) => thrown);
      await state.set('last', String(error));
    });
    flow.when({ state: 'seen' }).to(
      flow.chunk('fails', { retry: { maxAttempts: 1 } }, () => {
        throw new Error('no room');
      }),
    );
    const kit = createKit(defineApp({ flows: [flow] }));
    await kit.client.start('watching', null, { id: 'x' });
    await kit.drain();
    const { status, state } = await kit.view('x');
    assert.equal(status, 'completed');
    assert.match(String(state.last), /no room/);
  });
});
