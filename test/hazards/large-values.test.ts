import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../lib/index.ts';
import type { ValuePart } from '../../lib/runtime/client/views.ts';
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

  it('are left out of a view that they exceed without being read, and are read part by part', async () => {
    const kit = await run();
    const read: string[] = [];
    const { values } = kit.ports;
    const get = values.get.bind(values);
    values.get = (owner, refs) => {
      read.push(...refs);
      return get(owner, refs);
    };
    const view = await kit.client.get('x', { most: MB / 2 });
    assert.deepEqual(read, []);
    assert.deepEqual(view?.state, { output: String(5 * MB).length + 3 * MB });
    assert.deepEqual(view?.omitted, ['state', 'input']);
    assert.deepEqual(
      view?.omittedValues?.map(({ path, bytes = 0 }) => [path, bytes > MB]),
      [
        ['state.doc', true],
        ['state.told', true],
        ['input', true],
      ],
    );
    let whole = '';
    for (let from: number | undefined = 0; from !== undefined; ) {
      const part: ValuePart | undefined = await kit.client.readValue('x', 'state.told', { from });
      assert.ok(part && part.text.length <= 1_000_000);
      whole += part.text;
      from = part.next;
    }
    assert.ok(JSON.parse(whole) === text(2 * MB, 'told'));
  });

  it('are read without cutting a character', async () => {
    const kit = await run();
    await kit.client.signal('x', 'later', '😀😀');
    await kit.drain();
    const parts = [];
    for (let from: number | undefined = 0; from !== undefined; ) {
      const part: ValuePart | undefined = await kit.client.readValue('x', 'state.later', { from, most: 2 });
      parts.push(part?.text);
      from = part?.next;
    }
    assert.deepEqual(parts, ['"', '😀', '😀', '"']);
    await assert.rejects(kit.client.readValue('x', 'state.none'), { code: 'invalid_request' });
    assert.equal(await kit.client.readValue('none', 'input'), undefined);
  });

  it('survive save and load', async () => {
    const kit = await run();
    const saved = await kit.client.save('x');
    await kit.client.load(saved, { id: 'y' });
    const { state } = await kit.view('y');
    assert.deepEqual(state, (await kit.view('x')).state);
  });
});
