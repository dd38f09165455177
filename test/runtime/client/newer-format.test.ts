import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const flow = defineFlow({ name: 'f', execution: { autoClose: false } });
flow.to('ask', (ctx) => ctx.pauseFor({ type: 'q', id: 'w' }));

/** An execution that a later version of the package has written. */
async function newer() {
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  for (const id of ['x', 'y']) await kit.client.start('f', null, { id });
  await kit.drain();
  const { head, rev } = await kit.load('x');
  await kit.ports.executions.commit({
    head: { ...head, format: 5 as unknown as 2 },
    rev,
    folded: 0,
    exclusive: false,
    wakeAt: 1,
  });
  return kit;
}

describe('a head of a later version', () => {
  it('is refused with a code by every call', async () => {
    const { client } = await newer();
    const calls: Readonly<Record<string, () => unknown>> = {
      get: () => client.get('x'),
      definition: () => client.definition('x'),
      lookup: () => client.lookup('x', 'w'),
      readValue: () => client.readValue('x', 'input'),
      readHistory: () => client.readHistory('x', { after: 0, limit: 1 }),
      historySummary: () => client.historySummary('x'),
      readStream: () => client.readStream('x', { after: 0, limit: 1 }),
      resume: () => client.resume('x', 'w', { value: 1 }),
      signal: () => client.signal('x', 's', 1),
      state: () => client.state('x').set('k', 1),
      seal: () => client.seal('x'),
      cancel: () => client.cancel('x'),
      close: () => client.close('x'),
      redrive: () => client.redrive('x'),
      fork: () => client.fork('x'),
      rerun: () => client.rerun('x', { from: 'a' }),
      save: () => client.save('x'),
      withdraw: () => client.withdraw('x', 'w'),
      intervene: () => client.intervene('x', 1),
      start: () => client.start('f', null, { id: 'x' }),
    };
    for (const [name, call] of Object.entries(calls)) {
      await assert.rejects(async () => call(), { code: 'newer_format', message: /head format 5/ }, name);
    }
  });

  it('does not disturb lists, and is left alone by workers', async () => {
    const kit = await newer();
    const before = await kit.load('x');
    const { items } = await kit.client.interrupts({ limit: 10 });
    assert.ok(items.some(({ executionId }) => executionId === 'y'));
    assert.ok((await kit.client.list({ limit: 10 })).items.length > 0);
    await kit.pass(120_000);
    assert.deepEqual((await kit.load('x')).head, before.head);
  });
});
