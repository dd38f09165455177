/** Records of what the commit of a start opens: no worker makes them, and the first one stores them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

it('the opening of a list by a start stays in a long history', async () => {
  const flow = defineFlow({ name: 'long', input: z.array(z.number()) });
  flow.forEach((item) => item.to('work', ({ input }) => input));
  const kit = createKit(defineApp({ flows: [flow] }));
  const input = Array.from({ length: 600 }, (_, n) => n);
  await kit.client.start('long', input, { id: 'x' });
  await kit.drain();
  const seqs: number[] = [];
  const opened: string[] = [];
  for await (const { seq, type } of kit.client.history('x')) {
    seqs.push(seq);
    if (type === 'items_opened') opened.push(type);
  }
  assert.deepEqual(
    seqs,
    seqs.map((_, i) => i + 1),
  );
  assert.equal(opened.length, 1);
});
