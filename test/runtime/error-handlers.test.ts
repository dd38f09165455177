import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow, type Failed } from '../../lib/index.ts';
import { createKit } from './kit.ts';

const ONCE = { retry: { maxAttempts: 1 } };

describe('the output of an error handler', () => {
  it('takes the place of what failed in a batch and in an item, and what is behind it goes on', async () => {
    const flow = defineFlow({ name: 'places', state: { out: z.json(), seen: z.array(z.json()) }, defaults: ONCE });
    const mend = flow.chunk('mend', (ctx: { input: Failed }) => `mended ${ctx.input.error.message}`);
    const risky = flow.chunk('risky', { onError: mend }, (ctx: { input: number }) => {
      if (ctx.input > 1) throw new Error(`${ctx.input}`);
      return `fine ${ctx.input}`;
    });
    const sure = flow.chunk('sure', () => 'sure');
    flow
      .to('list', () => [1, 2, 3])
      .forEach((item) => item.batch([risky, sure]).to('join', (ctx) => Object.values(ctx.input).join()))
      .to('end', (ctx) => ctx.state.set('out', ctx.input));
    flow.when(mend).to('note', (ctx) => ctx.state.append('seen', ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('places', null, { id: 'x' });
    await kit.pass(10_000);
    const { state, status } = await kit.view('x');
    assert.deepEqual([status, state.out], ['completed', ['fine 1,sure', 'mended 2,sure', 'mended 3,sure']]);
    assert.deepEqual([...(state.seen as string[])].sort(), ['mended 2', 'mended 3']);
  });

  it('does so when the handler waits for a person', async () => {
    const flow = defineFlow({ name: 'asks', state: { out: z.json() }, defaults: ONCE });
    const ask = flow.chunk('ask', { resume: z.string() }, (ctx) => ctx.pauseFor({ type: 'mend' }));
    const risky = flow.chunk('risky', { onError: ask }, () => {
      throw new Error('broken');
    });
    flow.batch([risky, flow.chunk('sure', () => 1)]).to('end', (ctx) => ctx.state.set('out', ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('asks', null, { id: 'x' });
    await kit.drain();
    const [wait] = (await kit.view('x')).interrupts;
    await kit.client.resume('x', wait?.interruptId ?? '', { value: 'mended' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state.out, { risky: 'mended', sure: 1 });
  });

  it('goes only where the handler leads to outside of operators', async () => {
    const flow = defineFlow({ name: 'chain', state: { out: z.array(z.json()) }, defaults: ONCE });
    const mend = flow.chunk('mend', () => 'mended');
    const risky = flow.chunk('risky', { onError: mend }, () => {
      throw new Error('broken');
    });
    flow.to(risky).to('after', (ctx) => ctx.state.append('out', ['after', ctx.input]));
    flow.when(mend).to('behind', (ctx) => ctx.state.append('out', ['behind', ctx.input]));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('chain', null, { id: 'x' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state.out, [['behind', 'mended']]);
  });
});
