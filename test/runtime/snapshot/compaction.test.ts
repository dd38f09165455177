import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import type { Snapshot } from '../../../lib/runtime/snapshot/document.ts';
import { createKit } from '../kit.ts';

const LARGE = 'x'.repeat(20_000);

async function waiting() {
  const flow = defineFlow({ name: 'large', state: { large: z.string(), small: z.string(), answer: z.number() } });
  flow
    .to('ask', async (ctx) => {
      await ctx.state.set('large', LARGE);
      await ctx.state.set('small', 'y'.repeat(400));
      return ctx.pauseFor({ type: 'ask' });
    })
    .to('keep', (ctx) => ctx.state.set('answer', ctx.input as number));
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start('large', null, { id: 'x' });
  await kit.drain();
  return kit;
}

const copyOf = (snapshot: Snapshot | undefined): Snapshot => JSON.parse(JSON.stringify(snapshot)) as Snapshot;

describe('a compacted snapshot', () => {
  it('names large values by digest, loads like any other and answers duplicates unchanged', async () => {
    const kit = await waiting();
    const [wait] = (await kit.view('x')).interrupts;
    const id = wait?.interruptId ?? '';
    const saved = copyOf(await kit.client.save('x', { compactOver: 1_000 }));
    assert.equal(Object.keys(saved.artifacts?.values ?? {}).length, 1);
    assert.ok(JSON.stringify(saved).length < 6_000 && !JSON.stringify(saved).includes('xxxx'));
    assert.equal(kit.client.inspectLoad(saved).status, 'ready');
    await kit.client.load(saved, { id: 'y' });
    assert.equal((await kit.view('y')).state.large, LARGE);
    const first = await kit.client.resume('y', id, { value: 7, requestId: 'r' });
    await kit.drain();
    assert.equal((await kit.view('y')).state.answer, 7);
    const closed = copyOf(await kit.client.save('y', { compactOver: 1_000 }));
    await kit.client.load(closed, { id: 'z' });
    const again = await kit.client.resume('z', id, { value: 7, requestId: 'r' });
    assert.deepEqual(again, { ...first, kind: 'duplicate' });
  });

  it('equals the plain snapshot without large values', async () => {
    const kit = await waiting();
    const plain = await kit.client.save('x');
    assert.deepEqual(await kit.client.save('x', { compactOver: 100_000 }), plain);
  });

  it('is refused when artifacts are missing or differ', async () => {
    const kit = await waiting();
    const saved = copyOf(await kit.client.save('x', { compactOver: 1_000 }));
    const elsewhere = await waiting();
    await assert.rejects(
      elsewhere.client.load({ ...saved, artifacts: { ...saved.artifacts, space: 'none' } }, { id: 'y' }),
      {
        code: 'snapshot_invalid',
      },
    );
    const [[ref, artifact] = ['', undefined]] = Object.entries(saved.artifacts?.values ?? {});
    assert.ok(artifact && saved.artifacts);
    await kit.ports.artifacts.put(saved.artifacts.space, artifact, Buffer.from('"other"'));
    await assert.rejects(kit.client.load(saved, { id: 'y' }), { code: 'snapshot_invalid' });
    const lacking = { ...saved, artifacts: { ...saved.artifacts, values: {} } };
    assert.equal(kit.client.inspectLoad(lacking).status, 'invalid_snapshot', ref);
    assert.equal(await kit.client.get('y'), undefined);
  });
});
