import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { ChunkContext, Env } from '../../../lib/flow/authoring/context.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

const untyped = (value: unknown): number => value as number;

function sleeping(wait: (now: number) => { ms: number } | { until: Date | number }) {
  const woken: number[] = [];
  const flow = defineFlow({ name: 'sleeping', state: { said: z.array(z.json()) } });
  flow
    .to('wait', async (ctx) => {
      await ctx.state.append('said', 'before');
      const long = wait(kit.clock.now());
      return 'ms' in long ? ctx.sleep(long.ms) : ctx.sleepUntil(long.until);
    })
    .to('after', async (ctx) => {
      woken.push(kit.clock.now());
      await ctx.state.append('said', ctx.input);
    });
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  return { kit, woken };
}

describe('sleep', () => {
  it('continues with null at its time, never early, without holding a worker', async () => {
    for (const wait of [() => ({ ms: 30 * HOUR }), () => ({ until: new Date(START + 30 * HOUR) })]) {
      const { kit, woken } = sleeping(wait);
      await kit.client.start('sleeping', null, { id: 'x' });
      await kit.pass(30 * HOUR - 1);
      const asleep = await kit.view('x');
      assert.deepEqual(
        { status: asleep.status, lifecycle: asleep.lifecycle, interrupts: asleep.interrupts },
        { status: 'waiting', lifecycle: 'open', interrupts: [] },
      );
      assert.equal(asleep.sleepsUntil, new Date(START + 30 * HOUR).toISOString());
      assert.deepEqual({ state: asleep.state, woken }, { state: { said: ['before'] }, woken: [] });
      assert.deepEqual((await kit.load('x')).head.leases, []);
      await kit.pass(65_000);
      const { status, state } = await kit.view('x');
      assert.deepEqual({ status, state }, { status: 'completed', state: { said: ['before', null] } });
      assert.ok(woken.length === 1 && (woken[0] ?? 0) >= START + 30 * HOUR);
    }
  });

  it('ends at once for a past time', async () => {
    const { kit } = sleeping((now) => ({ until: now - 1 }));
    await kit.client.start('sleeping', null, { id: 'x' });
    await kit.pass(1_000);
    assert.equal((await kit.view('x')).status, 'completed');
  });

  it('ends when the execution is cancelled', async () => {
    const { kit, woken } = sleeping(() => ({ ms: HOUR }));
    await kit.client.start('sleeping', null, { id: 'x' });
    await kit.drain();
    assert.equal(await kit.client.cancel('x'), 'applied');
    await kit.pass(2 * HOUR);
    assert.deepEqual({ status: (await kit.view('x')).status, woken }, { status: 'cancelled', woken: [] });
  });

  it('refuses invalid times', async () => {
    const wrong: Parameters<typeof sleeping>[0][] = [
      () => ({ ms: Number.NaN }),
      () => ({ ms: Infinity }),
      () => ({ until: new Date('never') }),
      () => ({ until: 8.64e15 }),
      () => ({ ms: untyped('1000') }),
      () => ({ ms: untyped(5n) }),
      () => ({ until: untyped(null) }),
      () => ({ until: untyped('2030-01-01') }),
      () => ({ until: untyped(Symbol('soon')) }),
    ];
    for (const wait of wrong) {
      const { kit } = sleeping(wait);
      await kit.client.start('sleeping', null, { id: 'x' });
      await kit.drain();
      const { error, state } = await kit.view('x');
      assert.deepEqual({ code: error?.code, state }, { code: 'invalid_pause', state: {} });
    }
  });

  it('ends on time after a load without a sweep', async () => {
    const { kit, woken } = sleeping(() => ({ ms: 60_000 }));
    await kit.client.start('sleeping', null, { id: 'x' });
    await kit.drain();
    const document = await kit.client.save('x');
    await kit.client.cancel('x');
    await kit.drain();
    await kit.client.load(document, { id: 'y' });
    await kit.clock.advance(60_000 - 1);
    await kit.drain();
    assert.deepEqual(woken, []);
    await kit.clock.advance(1);
    await kit.drain();
    assert.equal((await kit.view('y')).status, 'completed');
    assert.deepEqual(woken, [START + 60_000]);
  });

  it('keeps the result of its place in a batch and in forEach', async () => {
    const flow = defineFlow({ name: 'places', state: { out: z.json() } });
    const nap = flow.chunk('nap', (ctx) => ctx.sleep(HOUR));
    const work = flow.chunk('work', () => 1);
    flow
      .to('list', () => [1, 2])
      .forEach((item) => item.batch([nap, work]))
      .to('end', (ctx) => ctx.state.set('out', ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('places', null, { id: 'x' });
    await kit.pass(HOUR + 60_000);
    assert.deepEqual((await kit.view('x')).state.out, [
      { nap: null, work: 1 },
      { nap: null, work: 1 },
    ]);
  });
});

describe('a wait that is created and not returned', () => {
  const lost: Readonly<Record<string, (ctx: ChunkContext<Env, unknown>) => unknown>> = {
    'is awaited': async (ctx) => {
      await ctx.sleep(HOUR);
      await ctx.state.set('s', 'reminded');
    },
    'is dropped': (ctx) => void ctx.sleepUntil(START + HOUR),
    'is made twice': (ctx) => {
      ctx.sleep(1);
      return ctx.sleep(2);
    },
    'is made beside a pause that is returned': (ctx) => {
      ctx.sleep(1);
      return ctx.pauseFor({ type: 'ask' });
    },
    'is returned in a list': (ctx) => [ctx.sleep(1)],
    'is returned in an object': (ctx) => ({ wait: ctx.pauseFor({ type: 'ask' }) }),
    'is dropped by a helper': async (ctx) => {
      const remind = async () => ctx.sleep(1);
      await remind();
    },
    'is left beside an approval': async (ctx) => {
      ctx.sleep(1);
      const approval = await ctx.requireApproval({ subject: 's', capability: 'c' });
      return approval.status === 'pending' ? approval.pause : null;
    },
  };
  for (const [what, handler] of Object.entries(lost)) {
    it(`fails the chunk at once with invalid_pause when it ${what}`, async () => {
      const runs: number[] = [];
      const flow = defineFlow({ name: 'lost' });
      flow.to('wait', (ctx) => {
        runs.push(ctx.attempt);
        return handler(ctx);
      });
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('lost', null, { id: 'x' });
      await kit.pass(HOUR);
      const { status, error, state, interrupts } = await kit.view('x');
      assert.deepEqual(
        { status, code: error?.code, state, interrupts, runs },
        { status: 'failed', code: 'invalid_pause', state: {}, interrupts: [], runs: [1] },
      );
    });
  }

  it('is not valid in another run of the chunk', async () => {
    let kept: unknown;
    const flow = defineFlow({ name: 'kept', defaults: { retry: { initialDelay: 0 } } });
    flow.to('wait', (ctx) => {
      if (ctx.attempt > 1) return kept;
      kept = ctx.sleep(1);
      throw new Error('again');
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('kept', null, { id: 'x' });
    await kit.pass(HOUR);
    assert.equal((await kit.view('x')).error?.code, 'invalid_pause');
  });

  it('does not hide an error of the chunk, and may be made by a helper', async () => {
    const flow = defineFlow({ name: 'fine' });
    const nap = async (ctx: ChunkContext<Env, unknown>) => ctx.sleep(1_000);
    flow.to('throws', async (ctx) => {
      const wait = await nap(ctx);
      if (ctx.attempt === 1) throw new Error('not yet');
      return wait;
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('fine', null, { id: 'x' });
    await kit.pass(60_000);
    assert.equal((await kit.view('x')).status, 'completed');
  });
});
