import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { type ContextOf, defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const LIST = z.object({ list: z.array(z.string()) });
type List = z.infer<typeof LIST>;

describe('a chunk that changes its input', () => {
  it('gets the accepted input again when it is retried', async () => {
    const seen: string[] = [];
    const flow = defineFlow({ name: 'retried', input: LIST, defaults: { retry: { initialDelay: 10 } } });
    flow.to('work', ({ input, attempt }) => {
      seen.push(input.list.join());
      input.list.push(`of attempt ${attempt}`);
      if (attempt < 3) throw new Error('again');
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('retried', { list: ['given'] }, { id: 'x' });
    await kit.pass(10_000);
    assert.deepEqual(seen, ['given', 'given', 'given']);
  });

  it('does not change what another branch gets', async () => {
    const seen: string[] = [];
    const flow = defineFlow({ name: 'branches', input: LIST });
    const branch = (name: string) =>
      flow.chunk(name, async ({ input }: ContextOf<typeof flow, List>) => {
        input.list.push(name);
        await null;
        seen.push(input.list.join());
      });
    flow.to('pass', ({ input }) => input).batch([branch('one'), branch('two')]);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('branches', { list: [] }, { id: 'x' });
    await kit.pass(10_000);
    assert.deepEqual(seen.toSorted(), ['one', 'two']);
  });

  it('does not change the state that it read', async () => {
    const flow = defineFlow({ name: 'reads', state: { kept: LIST }, input: z.null() });
    flow
      .to('set', (ctx) => ctx.state.set('kept', { list: ['a'] }))
      .to('read', async ({ state, attempt }) => {
        const kept = await state.get('kept');
        assert.deepEqual(kept, { list: ['a'] });
        kept?.list.push('b');
        if (attempt === 1) throw new Error('again');
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('reads', null, { id: 'x' });
    await kit.pass(10_000);
    const { status, state } = await kit.view('x');
    assert.deepEqual({ status, state }, { status: 'completed', state: { kept: { list: ['a'] } } });
  });
});
