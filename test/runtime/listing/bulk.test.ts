import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import type { BulkAnswer, BulkRequest } from '../../../lib/runtime/client/types.ts';
import { createKit } from '../kit.ts';

const open = { execution: { autoClose: false } };

/** A kit with a flow that fails until it is mended, and one that asks. */
function kitOf() {
  let broken = true;
  const runs: string[] = [];
  const fragile = defineFlow({ name: 'fragile', input: z.number(), ...open });
  fragile.to(
    fragile.chunk('work', { retry: { maxAttempts: 1 } }, (ctx) => {
      runs.push(ctx.execution.id);
      if (broken) throw new Error(ctx.input === 1 ? 'rate limit' : 'timeout');
    }),
  );
  const ask = defineFlow({ name: 'ask', signals: { go: z.number() }, ...open });
  ask
    .to('question', (ctx) => ctx.pauseFor({ type: 'approval', id: 'q' }))
    .to('again', (ctx) => ctx.pauseFor({ type: 'approval', id: 'q' }));
  ask.when('go').to('went', (ctx) => ctx.state.append('heard', ctx.input));
  const kit = createKit(defineApp({ flows: [fragile, ask] }));
  const start = async (flow: string, count: number, input: (i: number) => unknown = () => 1) => {
    for (let i = 0; i < count; i += 1) {
      await kit.client.start(flow, input(i), { id: `${flow}-${i}`, attributes: { batch: i % 2 } });
      await kit.clock.advance(1);
    }
    await kit.drain();
  };
  const accepted = async (request: BulkRequest): Promise<string> => {
    const answer = await kit.client.bulk(request);
    assert.ok(answer.kind === 'accepted', JSON.stringify(answer));
    return answer.executionId;
  };
  const run = async (request: BulkRequest) => {
    const id = await accepted(request);
    await kit.pass(60_000);
    const { status, state } = await kit.view(id);
    assert.equal(status, 'completed');
    const { total, done, refused, byError } = state;
    return { id, total, done, refused, byError };
  };
  return { ...kit, start, accepted, run, runs, mend: () => (broken = false) };
}

const kinds = ({ kind }: BulkAnswer) => kind;

describe('bulk', () => {
  it('redrives what a filter matches, and each target names it with the actor', async () => {
    const kit = kitOf();
    await kit.start('fragile', 30, (i) => i % 3);
    await kit.start('ask', 2);
    kit.mend();
    const filter = { status: 'failed', attributes: { batch: 0 } } as const;
    const { id, ...counts } = await kit.run({ action: 'redrive', filter, actor: 'ann', verified: true });
    assert.deepEqual(counts, { total: 15, done: 15, refused: 0, byError: undefined });
    const left = await kit.client.list({ status: 'failed', limit: 100 });
    assert.equal(left.items.length, 15);
    const [redrive] = (await kit.view('fragile-0')).redrives ?? [];
    assert.deepEqual([redrive?.actor, redrive?.verified, redrive?.bulk], ['ann', true, id]);
    const history = await kit.client.readHistory('fragile-0', {});
    const record = history?.items.find(({ type }) => type === 'redriven');
    assert.deepEqual([record?.actor, record?.bulk], ['ann', id]);
  });

  it('previews: counts, first ids and errors; the preview fixes the executions', async () => {
    const kit = kitOf();
    await kit.start('fragile', 12, (i) => i % 3);
    const preview = await kit.client.bulk({ action: 'redrive', filter: { flow: 'fragile' }, dryRun: true });
    assert.ok(preview.kind === 'preview');
    assert.deepEqual([preview.count, preview.byError], [12, { 'Error: rate limit': 4, 'Error: timeout': 8 }]);
    assert.deepEqual(preview.sample.slice(0, 2), ['fragile-11', 'fragile-10']);
    assert.equal(preview.sample.length, 10);
    assert.equal(await kit.client.get(preview.previewId), undefined);
    const before = kit.runs.length;
    kit.mend();
    await kit.client.start('fragile', 5, { id: 'later' });
    const { id, total } = await kit.run({ previewId: preview.previewId });
    assert.deepEqual([id, total], [preview.previewId, 12]);
    assert.equal(kit.runs.length, before + 13);
    const repeated = await kit.client.bulk({ previewId: preview.previewId });
    assert.deepEqual(repeated, { kind: 'accepted', executionId: preview.previewId });
  });

  it('of a preview takes an id, by which a repeat is known', async () => {
    const kit = kitOf();
    await kit.start('ask', 2);
    const preview = await kit.client.bulk({ action: 'pause', filter: { flow: 'ask' }, dryRun: true });
    assert.ok(preview.kind === 'preview');
    const request = { previewId: preview.previewId, id: 'night' };
    assert.deepEqual(await kit.client.bulk(request), { kind: 'accepted', executionId: 'night', count: 2 });
    await kit.clock.advance(3_600_001);
    assert.deepEqual(await kit.client.bulk(request), { kind: 'accepted', executionId: 'night' });
    assert.equal(kinds(await kit.client.bulk({ ...request, id: 'ask-0' })), 'conflict');
    await assert.rejects(kit.client.bulk({ ...request, id: 'a b' }), { code: 'invalid_request', message: /"a b"/ });
  });

  it('names the ids that have no execution, also the erased ones', async () => {
    const kit = kitOf();
    await kit.start('ask', 3);
    await kit.client.erase('ask-1');
    const filter = { ids: ['ask-0', 'none', 'ask-1', 'nobody', 'ask-2'] } as const;
    const preview = await kit.client.bulk({ action: 'pause', filter, dryRun: true });
    assert.ok(preview.kind === 'preview');
    assert.deepEqual([preview.count, preview.missing], [2, ['none', 'ask-1', 'nobody']]);
    const ran = await kit.client.bulk({ action: 'pause', filter, id: 'b' });
    assert.deepEqual(ran, { kind: 'accepted', executionId: 'b', count: 2, missing: ['none', 'ask-1', 'nobody'] });
    const all = await kit.client.bulk({ action: 'pause', filter: { ids: ['ask-0'] }, dryRun: true });
    assert.ok(all.kind === 'preview' && !('missing' in all));
  });

  it('a preview ends after an hour', async () => {
    const kit = kitOf();
    await kit.start('ask', 1);
    const preview = await kit.client.bulk({ action: 'cancel', filter: { flow: 'ask' }, dryRun: true });
    assert.ok(preview.kind === 'preview');
    assert.equal(preview.expiresAt, '2026-01-01T01:00:00.001Z');
    await kit.clock.advance(3_600_001);
    assert.deepEqual(await kit.client.bulk({ previewId: preview.previewId }), { kind: 'unknown' });
    assert.deepEqual(await kit.client.bulk({ previewId: 'none' }), { kind: 'unknown' });
  });

  it('does each action, and counts refusals by reason', async () => {
    const kit = kitOf();
    await kit.start('ask', 4);
    const filter = { flow: 'ask' } as const;
    const signal = { action: 'signal', name: 'go', value: 7 } as const;
    assert.equal((await kit.run({ ...signal, filter })).done, 4);
    assert.deepEqual((await kit.view('ask-3')).state, { heard: [7] });
    const wrong = await kit.run({ ...signal, value: 'x', filter: { ids: ['ask-0', 'none', 'ask-0'] } });
    assert.deepEqual([wrong.total, wrong.done, wrong.refused], [1, 0, 1]);
    assert.match(Object.keys(wrong.byError as object)[0] ?? '', /^invalid_value: signal go/);
    assert.equal((await kit.run({ action: 'pause', filter })).done, 4);
    assert.equal((await kit.view('ask-1')).status, 'paused');
    assert.equal((await kit.run({ action: 'unpause', filter: { status: 'paused' } })).done, 4);
    const closed = await kit.run({ action: 'close', filter: { ids: ['ask-0'] } });
    assert.deepEqual(closed.byError, { 'it waits for answers': 1 });
    const redriven = await kit.run({ action: 'redrive', filter: { ids: ['ask-0'] } });
    assert.deepEqual(redriven.byError, { 'nothing has failed': 1 });
    const erased = await kit.run({ action: 'erase', filter: { ids: ['ask-3'] } });
    assert.equal(erased.done, 1);
    await assert.rejects(kit.client.get('ask-3'), { code: 'erased' });
    const cancelled = await kit.run({ action: 'cancel', reason: 'enough', filter, actor: 'ann' });
    assert.equal(cancelled.done, 3);
    const view = await kit.view('ask-2');
    assert.deepEqual([view.status, view.cancelReason, view.cancelledBy?.bulk], ['cancelled', 'enough', cancelled.id]);
  });

  it('answers one wait of each, also when a step is repeated after a crash', async () => {
    const kit = kitOf();
    await kit.start('ask', 3);
    const id = await kit.accepted({ action: 'resume', type: 'approval', value: 'yes', filter: { flow: 'ask' } });
    // The worker dies once it has answered, and another one repeats the step.
    let calls = 0;
    const dying = kit.worker(({ name, input }) => {
      const [request] = input as readonly [{ head?: { id: string; ledger: readonly unknown[] } }];
      if (name !== 'executions.commit' || request.head?.id !== id) return undefined;
      calls += 1;
      return calls === 3 ? 'dieBefore' : undefined;
    });
    await Promise.race([kit.pass(1_000, dying), kit.clock.advance(10)]);
    await kit.pass(600_000);
    assert.equal((await kit.view(id)).status, 'completed');
    for (const name of ['ask-0', 'ask-1', 'ask-2']) {
      const { interrupts } = await kit.view(name);
      assert.deepEqual(
        interrupts.map(({ generation }) => generation),
        [1],
        name,
      );
    }
    assert.deepEqual((await kit.view(id)).state.done, 3);
  });

  it('is paced, and shows how far it is', async () => {
    const kit = kitOf();
    await kit.start('ask', 30);
    const id = await kit.accepted({ action: 'pause', filter: { flow: 'ask' }, ratePerSecond: 10 });
    await kit.pass(60_000);
    const { state, createdAt, closedAt = '' } = await kit.view(id);
    assert.deepEqual([state.total, state.done], [30, 30]);
    // The work of the test takes no time: 10 calls at once, and 10 after each of the next two seconds.
    assert.equal(Date.parse(closedAt) - Date.parse(createdAt), 2_000);
  });

  it('that is cancelled in a pause has counted all calls', async () => {
    const kit = kitOf();
    await kit.start('ask', 6);
    const id = await kit.accepted({ action: 'pause', filter: { flow: 'ask' }, ratePerSecond: 2 });
    const [received] = kit.queue.receive(1);
    assert.ok(received);
    const handled = kit.worker().handle([received.message], kit.clock.now() + 300_000);
    for (let turns = 0; turns < 20; turns += 1) await kit.clock.advance(10);
    assert.equal((await kit.client.list({ status: 'paused', limit: 10 })).items.length, 2, 'it is in its first pause');
    await kit.client.cancel(id);
    await kit.finish(handled);
    await kit.pass(60_000);
    const { status, state } = await kit.view(id);
    const { items } = await kit.client.list({ status: 'paused', limit: 10 });
    assert.deepEqual([status, state.done], ['cancelled', items.length]);
  });

  it('of a status that is none, or of a flow of the package, is refused', async () => {
    const kit = kitOf();
    const wrong = [
      [{ ids: ['x'], status: 'bogus' as 'open' }, /the status is "bogus"/],
      [{ flow: '$bulk' }, /belongs to the package/],
    ] as const;
    for (const [filter, message] of wrong)
      await assert.rejects(kit.client.bulk({ action: 'pause', filter, dryRun: true }), {
        code: 'invalid_request',
        message,
      });
  });

  it('without a condition is refused, also with no attribute to look for', async () => {
    const kit = kitOf();
    await kit.start('ask', 1);
    for (const filter of [{}, { attributes: {} }])
      await assert.rejects(kit.client.bulk({ action: 'erase', filter, dryRun: true }), {
        code: 'invalid_request',
        message: /at least one condition/,
      });
  });

  it('of one id begins once, and another request with it is a conflict', async () => {
    const kit = kitOf();
    await kit.start('ask', 2);
    const request = { action: 'pause', filter: { flow: 'ask' }, id: 'b' } as const;
    assert.deepEqual(await kit.client.bulk(request), { kind: 'accepted', executionId: 'b', count: 2 });
    await kit.client.start('ask', null, { id: 'later' });
    assert.deepEqual(await kit.client.bulk(request), { kind: 'accepted', executionId: 'b' });
    assert.equal(kinds(await kit.client.bulk({ ...request, filter: { ids: ['x'] } })), 'conflict');
    assert.equal(kinds(await kit.client.bulk({ ...request, id: 'ask-0' })), 'conflict');
  });

  it('is no flow of the app: it is not listed, matched or started as one', async () => {
    const kit = kitOf();
    await kit.start('ask', 1);
    const { id } = await kit.run({ action: 'pause', filter: { flow: 'ask' } });
    const ids = async (flow?: string) =>
      (await kit.client.list({ limit: 9, ...(flow === undefined ? {} : { flow }) })).items.map((each) => each.title);
    assert.deepEqual(await ids(), ['ask-0']);
    assert.deepEqual(await ids('$bulk'), ['pause 1 execution']);
    await assert.rejects(kit.client.start('$bulk', null), { code: 'unknown_flow' });
    await assert.rejects(kit.client.create('$bulk'), { code: 'unknown_flow' });
    assert.equal((await kit.run({ action: 'cancel', filter: { ids: [id] } })).total, 0);
    const own = kit.client.bulk({ action: 'cancel', filter: { flow: '$bulk' } });
    await assert.rejects(own, { code: 'invalid_request' });
    await assert.rejects(async () => defineFlow({ name: '$bulk' }), { code: 'definition_invalid' });
  });

  it('refuses what is no request, and what the caller may not do', async () => {
    const kit = kitOf();
    const filter = { flow: 'ask' };
    for (const request of [
      { action: 'tickle', filter },
      { action: 'cancel', filter: {} },
      { action: 'cancel', filter, ratePerSecond: 0 },
      { action: 'cancel', filter: { flow: 'ask', colour: 'red' } },
      { action: 'signal', filter },
      { action: 'cancel', filter: { status: 'tired' } },
    ])
      await assert.rejects(kit.client.bulk(request as unknown as BulkRequest), { code: 'invalid_request' });
    const allowed = ['signal'] as const;
    assert.deepEqual(await kit.client.bulk({ action: 'cancel', filter, allowed }), {
      kind: 'forbidden',
      action: 'cancel',
    });
    const preview = await kit.client.bulk({ action: 'cancel', filter, dryRun: true });
    assert.ok(preview.kind === 'preview');
    assert.equal(kinds(await kit.client.bulk({ previewId: preview.previewId, allowed })), 'forbidden');
  });
});
