import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow, FlowError, type FlowErrorCode } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';

function flowOf() {
  const flow = defineFlow({ name: 'doors', execution: { autoClose: false } });
  flow
    .interventionPoint('p')
    .to('a', (ctx) => ctx.pauseFor({ type: 'q', id: 'w' }))
    .to('b', (ctx) => ctx.pauseFor({ type: 'q', id: 'w' }))
    .to('c', (ctx) => ctx.state.set('c', ctx.input as string));
  flow.when('s').to('heard', () => null);
  return flow;
}

async function open() {
  const kit = createTestkit(defineApp({ flows: [flowOf()], resources: {} }));
  await kit.client.start('doors', 1, { id: 'x' });
  await kit.drain();
  return kit;
}

const code = (wanted: FlowErrorCode, message: RegExp) => (error: unknown) =>
  FlowError.is(error) && error.code === wanted && message.test(error.message);

describe('outside input', () => {
  it('that is too large is refused with its name and the remedy; nothing is stored', async () => {
    const { client, ports } = await open();
    const big = 'x'.repeat(17_000_000);
    const before = await ports.executions.load('x');
    const refused = (what: string) => code('value_too_large', new RegExp(`^${what}: .* Store it elsewhere`));
    await assert.rejects(client.start('doors', big, { id: 'y' }), refused('input'));
    await assert.rejects(client.signal('x', 's', big), refused('signal s'));
    await assert.rejects(client.resume('x', 'w', { value: big }), refused('value'));
    await assert.rejects(client.intervene('x', big), refused('payload'));
    await assert.rejects(client.state('x').set('k', big), refused('state.k'));
    assert.deepEqual(await ports.executions.load('x'), before);
    assert.equal(await ports.executions.load('y'), undefined);
  });

  it('that is not JSON is refused as such', async () => {
    const { client } = await open();
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const value of [cycle, undefined, 1n])
      await assert.rejects(client.resume('x', 'w', { value: value as string }), code('invalid_value', /Only JSON/));
    const wrong = { required: 'yes' } as unknown as { required: boolean };
    await assert.rejects(
      client.declareResourceRequirement('x', 'db', wrong),
      code('invalid_request', /required.*"db"/),
    );
  });
});

describe('an answer without a request id', () => {
  it('is a duplicate when repeated, and a new answer for a later wait of the same id', async () => {
    const { client, drain } = await open();
    const answer = async () => (await client.resume('x', 'w', { value: 'yes' })).kind;
    assert.deepEqual([await answer(), await answer()], ['accepted', 'duplicate']);
    await drain();
    assert.deepEqual([await answer(), await answer()], ['accepted', 'duplicate']);
    await drain();
    assert.deepEqual(
      { answer: await answer(), state: (await client.get('x'))?.state },
      { answer: 'duplicate', state: { c: 'yes' } },
    );
  });
});
