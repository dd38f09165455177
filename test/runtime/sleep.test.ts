import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { createKit } from './kit.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

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
  it('goes on with null once the time has come, never early, and holds no worker meanwhile', async () => {
    for (const wait of [() => ({ ms: 30 * HOUR }), () => ({ until: new Date(START + 30 * HOUR) })]) {
      const { kit, woken } = sleeping(wait);
      await kit.client.start('sleeping', null, { id: 'x' });
      await kit.pass(30 * HOUR - 1);
      const asleep = await kit.view('x');
      assert.deepEqual([asleep.status, asleep.lifecycle, asleep.interrupts], ['running', 'open', []]);
      assert.deepEqual([asleep.state, woken], [{ said: ['before'] }, []]);
      assert.deepEqual((await kit.load('x')).head.leases, []);
      await kit.pass(65_000);
      const { status, state } = await kit.view('x');
      assert.deepEqual([status, state], ['completed', { said: ['before', null] }]);
      assert.ok(woken.length === 1 && (woken[0] ?? 0) >= START + 30 * HOUR);
    }
  });

  it('is over at once when the time is past', async () => {
    const { kit } = sleeping((now) => ({ until: now - 1 }));
    await kit.client.start('sleeping', null, { id: 'x' });
    await kit.pass(1_000);
    assert.equal((await kit.view('x')).status, 'completed');
  });

  it('ends with the execution when that is cancelled', async () => {
    const { kit, woken } = sleeping(() => ({ ms: HOUR }));
    await kit.client.start('sleeping', null, { id: 'x' });
    await kit.drain();
    assert.equal(await kit.client.cancel('x'), 'applied');
    await kit.pass(2 * HOUR);
    assert.deepEqual([(await kit.view('x')).status, woken], ['cancelled', []]);
  });

  it('refuses what is no time', async () => {
    const wrong: Parameters<typeof sleeping>[0][] = [
      () => ({ ms: Number.NaN }),
      () => ({ ms: Infinity }),
      () => ({ until: new Date('never') }),
      () => ({ until: 8.64e15 }),
    ];
    for (const wait of wrong) {
      const { kit } = sleeping(wait);
      await kit.client.start('sleeping', null, { id: 'x' });
      await kit.drain();
      const { error, state } = await kit.view('x');
      assert.deepEqual([error?.code, state], ['invalid_pause', {}]);
    }
  });

  it('is over in time where it was loaded, also when nobody sweeps', async () => {
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

  it('keeps the result of its place: in a batch and in forEach', async () => {
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
