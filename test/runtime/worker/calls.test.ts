import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { BUDGET, createKit, gate, wake } from '../kit.ts';

/** A worker takes a list of so many items, none of which ends. Answers how many messages are due after so many milliseconds. */
async function calls(items: number, after: readonly number[]): Promise<readonly number[]> {
  const stop = gate();
  const flow = defineFlow({ name: 'wide', input: z.array(z.number()) });
  flow.forEach((item) => item.to('work', () => stop.opened));
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start(
    'wide',
    Array.from({ length: items }, (_, n) => n),
    { id: 'x' },
  );
  kit.queue.receive(10);
  const handled = kit.worker().handle([wake('x')], kit.clock.now() + BUDGET);
  const counts: number[] = [];
  for (const ms of after) {
    await kit.clock.advance(ms);
    counts.push(kit.queue.receive(100).filter(({ message }) => message.kind === 'wake').length);
  }
  stop.open();
  await kit.finish(handled);
  return counts;
}

describe('a session with a wide list', () => {
  it('calls others before an attempt has ended, once it takes long', async () => {
    const [begun, early = 0, later] = await calls(2_000, [29, 1, 100]);
    assert.ok(early >= 5 && early <= 8, `${early} messages`);
    assert.deepEqual([begun, later], [0, 0]);
  });

  it('calls nobody for what it does alone soon', async () => {
    assert.deepEqual(await calls(100, [29, 1, 100]), [0, 0, 0]);
  });
});
