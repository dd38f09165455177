import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';

const HOUR = 3_600_000;

const later = defineFlow({
  name: 'later',
  input: z.array(z.number()),
  state: { ran: z.array(z.number()), last: z.number() },
});
let clock = { now: () => 0 };
later
  .forEach((p) => p.to('each', async (ctx) => ctx.state.append('ran', clock.now())))
  .to('last', async (ctx) => ctx.state.set('last', clock.now()));

function open() {
  const kit = createTestkit(defineApp({ flows: [later], resources: {} }));
  clock = kit.clock;
  const at = (ms: number) => new Date(kit.clock.now() + ms).toISOString();
  const ranOf = async (id: string) => (await kit.client.get(id))?.state.ran as number[] | undefined;
  return { kit, at, ranOf };
}

describe('startAt', () => {
  for (const wait of [1_500, 14 * 60_000, 3 * HOUR, 200 * 24 * HOUR]) {
    it(`begins not early and at most a minute late: ${wait} ms`, async () => {
      const { kit, at, ranOf } = open();
      const due = kit.clock.now() + wait;
      const started = await kit.client.start('later', [1, 2, 3], { id: 'x', startAt: at(wait) });
      assert.equal(started.kind, 'started');
      await kit.drain();
      await kit.advance(wait - 1);
      assert.equal(await ranOf('x'), undefined);
      assert.equal((await kit.client.get('x'))?.lifecycle, 'open');
      await kit.advance(65_001);
      const view = await kit.client.get('x');
      assert.equal(view?.status, 'completed');
      const { ran = [], last = 0 } = (view?.result ?? {}) as { ran?: number[]; last?: number };
      assert.equal(ran.length, 3);
      const late = wait < 15 * 60_000 ? 2_000 : 65_000;
      for (const time of [...ran, last]) assert.ok(time >= due && time <= due + late, `${time - due} ms late`);
    });
  }

  it('begins at once for a past time', async () => {
    const { kit, at, ranOf } = open();
    await kit.client.start('later', [1], { id: 'x', startAt: at(-HOUR) });
    await kit.drain();
    assert.equal((await ranOf('x'))?.length, 1);
  });

  it('is the same start for any time', async () => {
    const { kit, at } = open();
    await kit.client.start('later', [1], { id: 'x', startAt: at(HOUR) });
    assert.equal((await kit.client.start('later', [1], { id: 'x', startAt: at(2 * HOUR) })).kind, 'existing');
    await kit.advance(HOUR + 2_000);
    assert.equal((await kit.client.get('x'))?.status, 'completed');
  });

  it('can be cancelled before its time', async () => {
    const { kit, at, ranOf } = open();
    await kit.client.start('later', [1], { id: 'x', startAt: at(HOUR) });
    await kit.client.cancel('x');
    await kit.advance(2 * HOUR);
    assert.equal(await ranOf('x'), undefined);
    assert.equal((await kit.client.get('x'))?.status, 'cancelled');
  });

  it('is refused for a nonexistent day', async () => {
    const { kit } = open();
    const days = ['2026-02-29', '2026-02-30', '2026-04-31', '2026-13-01', '2026-00-10', '2026-05-00', '0000-02-30'];
    for (const day of days) {
      await assert.rejects(kit.client.start('later', [1], { id: 'y', startAt: `${day}T09:00:00+01:00` }), {
        code: 'invalid_request',
        message: new RegExp(day),
      });
    }
    assert.equal(await kit.client.get('y'), undefined);
    // Leap days are valid, and a zone may move the day.
    for (const [i, time] of ['2024-02-29T00:00:00Z', '2026-01-31T23:59:59-11:00', '0001-01-01T00:00:00Z'].entries())
      assert.equal((await kit.client.start('later', [1], { id: `z${i}`, startAt: time })).kind, 'started');
    assert.ok(((await kit.ports.executions.load('z2'))?.head.options.startAt ?? -1) >= 0);
  });

  it('is refused without a zone, or more than a year ahead', async () => {
    const { kit, at } = open();
    for (const startAt of ['2026-03-01T09:00:00', 'tomorrow', at(400 * 24 * HOUR), '2026-99-01T09:00:00Z']) {
      await assert.rejects(kit.client.start('later', [1], { id: 'y', startAt }), { code: 'invalid_request' });
    }
    assert.equal(await kit.client.get('y'), undefined);
  });
});
