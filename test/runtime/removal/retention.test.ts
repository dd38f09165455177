import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';

const DAY = 86_400_000;

let runs = 0;
function flowWith(retention?: NonNullable<Parameters<typeof defineFlow>[0]['execution']>['retention']) {
  const flow = defineFlow({
    name: 'kept',
    input: z.string(),
    state: { text: z.string() },
    execution: retention === undefined ? {} : { retention },
    defaults: { retry: { maxAttempts: 1 } },
  });
  flow.to('run', async (ctx) => {
    runs += 1;
    await ctx.state.set('text', ctx.input.repeat(400));
    if (ctx.input === 'fails') throw new Error('broken');
  });
  return flow;
}

async function ended(input: string, retention?: Parameters<typeof flowWith>[0]) {
  const kit = createTestkit(defineApp({ flows: [flowWith(retention)] }));
  await kit.client.start('kept', input, { id: 'k' });
  await kit.drain();
  return kit;
}

const over = { code: 'retention_over', message: /^Execution k was deleted at / };

describe('the retention of a closed execution', () => {
  it('is outside the fingerprint', () => {
    assert.equal(flowWith({ completed: 1 }).fingerprint, flowWith().fingerprint);
  });

  it('is 30 days, and 90 for a failed one', async () => {
    const kit = await ended('works');
    assert.equal((await kit.view('k')).keptUntil, '2026-01-31T00:00:00.000Z');
    const failed = await ended('fails');
    assert.equal((await failed.view('k')).keptUntil, '2026-04-01T00:00:00.000Z');
  });

  it('deletes it at its end; the same start gets its status and never runs again', async () => {
    const kit = await ended('works', { completed: 0.02 });
    const { inc } = (await kit.ports.executions.load('k'))?.head ?? { inc: '' };
    const owner = { executionId: 'k', inc };
    await kit.advance(0.02 * DAY - 1_000);
    assert.equal((await kit.view('k')).status, 'completed');
    assert.notDeepEqual(await kit.ports.history.read(owner, { first: 0, id: '' }, 9), []);
    await kit.advance(120_000);
    await assert.rejects(kit.client.get('k'), over);
    assert.deepEqual(await kit.ports.history.read(owner, { first: 0, id: '' }, 9), []);
    assert.deepEqual((await kit.client.list({ limit: 9 })).items, []);
    const before = runs;
    assert.deepEqual(await kit.client.start('kept', 'works', { id: 'k' }), {
      kind: 'existing',
      executionId: 'k',
      status: 'completed',
    });
    assert.equal((await kit.client.start('kept', 'other', { id: 'k' })).kind, 'conflict');
    await kit.drain();
    assert.equal(runs, before);
    const record = await kit.ports.executions.load('k');
    assert.deepEqual(
      { wakeAt: record?.wakeAt, purgeAt: record?.head.gone?.purgeAt },
      { wakeAt: undefined, purgeAt: undefined },
    );
  });

  it('deletes once more what a late worker wrote after a short retention', async () => {
    const kit = await ended('works', { completed: 0.001 });
    const { inc } = (await kit.ports.executions.load('k'))?.head ?? { inc: '' };
    const owner = { executionId: 'k', inc };
    const [block] = await kit.ports.history.read(owner, { first: 0, id: '' }, 1);
    assert.ok(block);
    await kit.advance(0.001 * DAY + 60_000);
    await assert.rejects(kit.client.get('k'), over);
    await kit.ports.history.put(owner, block);
    await kit.advance(1_200_000);
    assert.deepEqual(await kit.ports.history.read(owner, { first: 0, id: '' }, 9), []);
  });

  it('may be for ever, or of each end its own', async () => {
    const kit = await ended('works', null);
    assert.equal((await kit.view('k')).keptUntil, undefined);
    const own = await ended('fails', { completed: null, failed: 2 });
    assert.equal((await own.view('k')).keptUntil, '2026-01-03T00:00:00.000Z');
  });

  it('starts again with the next close after a redrive', async () => {
    const kit = await ended('fails', 1);
    await kit.advance(DAY / 2);
    await kit.client.redrive('k');
    assert.equal((await kit.view('k')).keptUntil, undefined);
    await kit.drain();
    assert.equal((await kit.view('k')).keptUntil, '2026-01-02T12:00:00.000Z');
  });

  it('has no end for what an earlier version closed', async () => {
    const kit = await ended('works', 0.01);
    const record = await kit.ports.executions.load('k');
    assert.ok(record);
    const { keptUntil: _, ...head } = record.head;
    assert.equal(
      await kit.ports.executions.commit({ head, rev: record.rev, folded: 0, exclusive: false }),
      'committed',
    );
    await kit.advance(DAY);
    assert.equal((await kit.view('k')).status, 'completed');
  });

  it('ends for one that is erased earlier, without a digest of its input', async () => {
    const kit = await ended('works', 0.01);
    await kit.advance(DAY);
    assert.equal(await kit.client.erase('k'), 'erasing');
    await assert.rejects(kit.client.start('kept', 'works', { id: 'k' }), { code: 'erased' });
    assert.equal((await kit.ports.executions.load('k'))?.head.inputHash, '');
  });

  it('refuses what is no number of days', () => {
    for (const retention of [0, -1, Infinity, { completed: 0 }, { ended: 1 }])
      assert.throws(() => flowWith(retention as never), { code: 'definition_invalid' }, JSON.stringify(retention));
  });
});
