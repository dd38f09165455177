import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';

describe('an execution that is not there', () => {
  const { client } = createTestkit(defineApp({ flows: [defineFlow({ name: 'f' })] }));

  it('is undefined to reads', async () => {
    assert.equal(await client.get('none'), undefined, 'get');
    assert.equal(await client.save('none'), undefined, 'save');
    assert.equal(await client.lookup('none', 'w'), undefined, 'lookup');
    assert.equal(await client.readStream('none', { after: 0, limit: 1 }), undefined, 'readStream');
  });

  it('is unknown to acts', async () => {
    const state = client.state('none');
    const words = {
      signal: await client.signal('none', 's', 1),
      seal: await client.seal('none'),
      unseal: await client.unseal('none'),
      cancel: await client.cancel('none'),
      redrive: await client.redrive('none'),
      withdraw: await client.withdraw('none', 'w'),
      revokeLink: await client.revokeLink('none', 'w', 'l'),
      setConcurrency: await client.setConcurrency('none', 1),
      declareResourceRequirement: await client.declareResourceRequirement('none', 'db'),
      heartbeat: await client.heartbeat('none', 1, 1_000),
      release: await client.release('none', 1),
      set: await state.set('k', 1),
      append: await state.append('k', 1),
      increment: await state.increment('k'),
      delete: await state.delete('k'),
    };
    for (const [act, word] of Object.entries(words)) assert.equal(word, 'unknown', act);
    const answers = {
      resume: await client.resume('none', 'w', { value: 1 }),
      intervene: await client.intervene('none', 1),
      claim: await client.claim('none', 'me', 1_000),
      fork: await client.fork('none'),
      rerun: await client.rerun('none', { from: 'a' }),
      close: await client.close('none'),
    };
    for (const [act, answer] of Object.entries(answers)) assert.deepEqual(answer, { kind: 'unknown' }, act);
  });
});

describe('a lease that has ended', () => {
  it('is reported as ended', async () => {
    const kit = createTestkit(defineApp({ flows: [defineFlow({ name: 'f' })] }));
    await kit.client.create('f', { id: 'x' });
    const claimed = await kit.client.claim('x', 'me', 1_000);
    assert.ok(claimed.kind === 'claimed');
    assert.equal(await kit.client.heartbeat('x', claimed.fence, 1_000), 'applied');
    assert.equal(await kit.client.release('x', claimed.fence), 'applied');
    assert.equal(await kit.client.heartbeat('x', claimed.fence, 1_000), 'over');
  });
});
