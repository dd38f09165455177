import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { createKit } from '../runtime/kit.ts';

const MB = 2 ** 20;
const text = (bytes: number, first = 'a') => first.padEnd(bytes, 'abcdefghij');

describe('values of megabytes', () => {
  const flow = defineFlow({ name: 'large' });
  flow
    .to('first', async (ctx) => {
      await ctx.state.set('doc', { text: text(MB, 'doc'), n: 1 });
      ctx.emitNowait('told', text(2 * MB, 'told'));
      return String(ctx.input).length + text(3 * MB, 'output');
    })
    .to('second', (ctx) => ctx.state.set('output', String(ctx.input).length))
    .to('ask', (ctx) => ctx.pauseFor({ type: 'ask', id: 'w' }))
    .to('answered', (ctx) => ctx.state.set('answer', ctx.input as string));
  flow.when('told').to('hear', (ctx) => ctx.state.set('told', ctx.input as string));
  flow.when('later').to('hear-later', (ctx) => ctx.state.set('later', ctx.input as string));

  const run = async (headFormat: 1 | 2 = 2) => {
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { headFormat } });
    await kit.client.start('large', text(5 * MB, 'input'), { id: 'x' });
    await kit.drain();
    return kit;
  };

  it('pass as input, output, signal, answer and state, and are read exactly', async () => {
    const kit = await run();
    assert.equal(await kit.client.signal('x', 'later', text(4 * MB, 'later')), 'accepted');
    const answer = await kit.client.resume('x', 'w', { value: text(6 * MB, 'answer') });
    assert.equal(answer.kind, 'accepted');
    await kit.drain();
    const { status, state, input } = await kit.view('x');
    assert.equal(status, 'completed');
    assert.ok(input === text(5 * MB, 'input'));
    assert.deepEqual(state.doc, { text: text(MB, 'doc'), n: 1 });
    assert.equal(state.output, String(5 * MB).length + 3 * MB);
    assert.ok(state.told === text(2 * MB, 'told'));
    assert.ok(state.later === text(4 * MB, 'later'));
    assert.ok(state.answer === text(6 * MB, 'answer'));
  });

  it('raise the format of the head, so that older workers leave it alone', async () => {
    const kit = await run();
    assert.equal((await kit.load('x')).head.format, 2);
  });

  it('are refused while workers run that cannot read them', async () => {
    await assert.rejects(run(1), { code: 'value_too_large', message: /head format 1 is 358400/ });
  });

  it('survive save and load', async () => {
    const kit = await run();
    const saved = await kit.client.save('x');
    await kit.client.load(saved, { id: 'y' });
    const { state } = await kit.view('y');
    assert.deepEqual(state, (await kit.view('x')).state);
  });
});
