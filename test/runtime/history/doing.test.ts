import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

it('a view shows the input, what is retried, sleeps and waits, and joins with who filled them', async () => {
  const signals = { left: z.number(), right: z.number() };
  const flow = defineFlow({ name: 'busy', signals, defaults: { retry: { initialDelay: 60_000, jitter: 0 } } });
  flow.to('naps', (ctx) => ctx.sleep(3_600_000));
  flow.to('asks', (ctx) => ctx.pauseFor({ type: 'approval' }));
  flow.to('fails', () => {
    throw new Error('no luck');
  });
  flow.to('emits', (ctx) => ctx.emit('left', 1));
  flow.when(['left', 'right']).to('joined', () => null);
  const kit = createKit(defineApp({ flows: [flow] }));
  await kit.client.start('busy', { order: 7 }, { id: 'e1' });
  await kit.drain();
  const { input, doing = [], joins } = await kit.view('e1');
  assert.deepEqual(input, { order: 7 });
  assert.deepEqual(
    doing.map(({ state, chunk, error }) => [state, chunk, error?.message]),
    [
      ['waiting', 'asks', undefined],
      ['retrying', 'fails', 'no luck'],
      ['sleeping', 'naps', undefined],
    ],
  );
  assert.deepEqual(
    doing.map(({ nextAt, until }) => nextAt ?? until),
    [undefined, '2026-01-01T00:01:00.000Z', '2026-01-01T01:00:00.000Z'],
  );
  const [join] = joins ?? [];
  assert.deepEqual(join?.have, [{ name: 'left', at: '2026-01-01T00:00:00.000Z', by: 'emits' }]);
});
