import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
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
