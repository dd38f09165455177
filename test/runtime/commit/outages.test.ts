import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { storedBytes } from '../../../lib/engine/values/item-ranges.ts';
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
  assert.ok(storedBytes(head) < 300 * 1_024);
  isDown = false;
  await kit.pass(4 * RETRY);
  const { status, error, state } = await kit.view('x');
  assert.deepEqual([status, error, state.sum], ['completed', undefined, ITEMS * 240]);
});
