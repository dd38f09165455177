import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { measure } from '../../../lib/engine/values/ranges/item-ranges.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const ITEMS = 400;
const RETRY = 60_000;

it('a list of sub-flows that all fail for a while is not failed for lack of room, and ends', async () => {
  let isDown = true;
  const child = defineFlow({
    name: 'child',
    input: z.string(),
    result: z.number(),
    defaults: { retry: { initialDelay: RETRY, factor: 1 } },
  });
  child
    .to('call', ({ input }) => {
      if (isDown) throw new Error('down');
      return input.length;
    })
    .end();
  const flow = defineFlow({
    name: 'outage',
    input: z.array(z.string()),
    state: { sum: z.number() },
    execution: { history: 'off' },
  });
  flow
    .forEach((item) => item.subFlow(child))
    .to('sum', ({ input, state }) =>
      state.set(
        'sum',
        (input as number[]).reduce((sum, each) => sum + each, 0),
      ),
    );
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  const input = Array.from({ length: ITEMS }, () => 'x'.repeat(240));
  await kit.client.start('outage', input, { id: 'x' });
  await kit.pass(RETRY - 1_000);
  const { head } = await kit.load('x');
  const started = head.activations.length;
  assert.ok(started > 64 && started < ITEMS, `${started} items wait for their retries`);
  assert.ok(measure(head).bytes < 300 * 1_024);
  isDown = false;
  await kit.pass(4 * RETRY);
  const { status, error, state } = await kit.view('x');
  assert.deepEqual([status, error, state.sum], ['completed', undefined, ITEMS * 240]);
});

it('a list whose items sleep does not hold up another list', async () => {
  const DAY = 86_400_000;
  let ran = 0;
  const flow = defineFlow({ name: 'naps', execution: { history: 'off', autoClose: false } });
  flow
    .to('make', () => Array.from({ length: 6_000 }, (_, i) => i))
    .forEach((item) =>
      item
        .to('first', ({ input }) => input)
        .to('nap', (ctx) => ctx.sleep(DAY))
        .to('after', () => null),
    );
  flow
    .when('go')
    .to('few', () => Array.from({ length: 30 }, (_, i) => i))
    .forEach((item) =>
      item.to('quick', async () => {
        await kit.clock.sleep(10_000);
        ran += 1;
      }),
    );
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start('naps', null, { id: 'x' });
  await kit.pass(20_000);
  const { head } = await kit.load('x');
  assert.ok(head.activations.length > 64 && head.activations.length < 6_000, `${head.activations.length} sleep`);
  await kit.client.signal('x', 'go', null);
  await kit.pass(60_000);
  assert.equal(ran, 30);
});

it('a list of lists that all fail for a while is not failed for lack of room, and ends', async () => {
  let isDown = true;
  const flow = defineFlow({
    name: 'nested',
    input: z.array(z.number()),
    defaults: { retry: { initialDelay: RETRY, factor: 1 } },
    execution: { history: 'off' },
  });
  flow.forEach((outer) =>
    outer
      .to('inner', ({ input }) => [input])
      .forEach((inner) =>
        inner.to('call', ({ input }) => {
          if (isDown) throw new Error('down');
          return input;
        }),
      ),
  );
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start(
    'nested',
    Array.from({ length: 700 }, (_, i) => i),
    { id: 'x' },
  );
  await kit.pass(RETRY - 1_000);
  assert.ok(measure((await kit.load('x')).head).bytes < 300 * 1_024);
  isDown = false;
  await kit.pass(6 * RETRY);
  const { status, error } = await kit.view('x');
  assert.deepEqual([status, error], ['completed', undefined]);
});
