import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow, FatalError } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const ONCE = { retry: { maxAttempts: 1 } };
const breaks = (message: string) => () => {
  throw new Error(message);
};

describe('tolerated failures', () => {
  it('are listed with how they were handled', async () => {
    const flow = defineFlow({ name: 'mild', signals: { ask: z.null() }, defaults: ONCE });
    const mend = flow.chunk('mend', () => null);
    flow
      .to('first', async (ctx) => {
        await ctx.emit('ask', null).catch(() => undefined);
      })
      .batch([flow.chunk('mended', { onError: mend }, breaks('a')), flow.chunk('fine', () => 1)])
      .to(flow.chunk('skipped', { onError: 'skip' }, breaks('b')));
    flow.when('ask').to('asked', breaks('c'));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('mild', null, { id: 'x' });
    await kit.pass(5_000);
    const { status, tolerated, error } = await kit.view('x');
    assert.deepEqual({ status, error }, { status: 'completed', error: undefined });
    assert.deepEqual(
      tolerated?.map(({ chunk, how, name }) => [chunk, how, name]),
      [
        ['asked', 'caught', 'Error'],
        ['mended', 'handled', 'Error'],
        ['skipped', 'skipped', 'Error'],
      ],
    );
  });

  it('are limited to the newest ones in a long loop', async () => {
    const flow = defineFlow({ name: 'loop', state: { n: z.number() }, signals: { next: z.number() }, defaults: ONCE });
    const risky = flow.chunk('risky', { onError: 'skip' }, breaks('again'));
    flow.to('begin', (ctx) => ctx.emitNowait('next', 0));
    flow
      .when('next')
      .to('turn', (ctx) => {
        if (ctx.input < 60) ctx.emitNowait('next', ctx.input + 1);
        return ctx.input;
      })
      .to(risky);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('loop', null, { id: 'x' });
    await kit.pass(5_000);
    const { status, tolerated } = await kit.view('x');
    assert.deepEqual({ status, toleratedCount: tolerated?.length }, { status: 'completed', toleratedCount: 20 });
  });
});

/** A list and a batch in which parts are skipped, so that the last of them has no output. */
function skipping() {
  const flow = defineFlow({ name: 'skipping', input: z.array(z.number()), result: z.json() });
  const skipped = flow.chunk('skipped', { onError: 'skip' }, ({ input }: { input: unknown }) => {
    if (input !== 2) throw new FatalError('Only 2 is taken.');
    return input;
  });
  const other = flow.chunk('other', () => 'done');
  flow
    .forEach((item) => item.to(skipped), { onItemError: 'collect' })
    .batch([skipped, other], { completion: { toleratedFailureCount: 1 } })
    .to('last', ({ input }) => z.json().parse(input))
    .end();
  return flow;
}

const noOutput = (kind: string) => ({
  error: {
    name: 'NoOutputError',
    code: 'no_output',
    message: `The ${kind} has no output: one of its branches was skipped, or its wait ended without an output.`,
  },
});

describe('a part that is skipped as the last work of its flow', () => {
  const items = [2, 1];

  for (const place of ['the flow itself', 'a sub-flow', 'a sub-flow of each item'])
    it(`is counted in ${place}`, async () => {
      const child = skipping();
      const parent = defineFlow({ name: 'parent', input: z.array(z.number()), state: { out: z.json() } });
      if (place === 'a sub-flow') parent.subFlow(child).to('keep', (ctx) => ctx.state.set('out', ctx.input));
      else
        parent
          .to('lists', ({ input }) => [input, input])
          .forEach((list) => list.subFlow(child))
          .to('keep', (ctx) => ctx.state.set('out', ctx.input));
      const flow = place === 'the flow itself' ? child : parent;
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start(flow.name, items, { id: 'x' });
      await kit.pass(60_000);
      const { status, state, error } = await kit.view('x');
      const result = { skipped: noOutput('item'), other: 'done' };
      const want = place === 'a sub-flow of each item' ? [result, result] : result;
      assert.deepEqual([status, error, state.out ?? state.$final_result], ['completed', undefined, want]);
    });
});
