/** Records of what the commits of clients open: no worker makes them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit, type Kit } from '../kit.ts';

const INPUT = Array.from({ length: 600 }, (_, n) => n);

async function checkHistory({ client }: Kit): Promise<void> {
  const seqs: number[] = [];
  let opened = 0;
  for await (const { seq, type } of client.history('x')) {
    seqs.push(seq);
    if (type === 'items_opened') opened += 1;
  }
  assert.deepEqual(
    seqs,
    seqs.map((_, i) => i + 1),
  );
  assert.equal(opened, 1);
}

describe('the opening of a list stays in a long history', () => {
  it('of a start', async () => {
    const flow = defineFlow({ name: 'long', input: z.array(z.number()) });
    flow.forEach((item) => item.to('work', ({ input }) => input));
    const kit = createKit(defineApp({ flows: [flow] }));
    await kit.client.start('long', INPUT, { id: 'x' });
    await kit.drain();
    await checkHistory(kit);
  });

  it('of an answer', async () => {
    const flow = defineFlow({ name: 'long' });
    flow
      .to('ask', (ctx) => ctx.pauseFor({ type: 'list', id: 'w' }))
      .forEach((item) => item.to('work', ({ input }) => input));
    const kit = createKit(defineApp({ flows: [flow] }));
    await kit.client.start('long', null, { id: 'x' });
    await kit.drain();
    await kit.client.resume('x', 'w', { value: INPUT });
    await kit.drain();
    await checkHistory(kit);
  });
});
