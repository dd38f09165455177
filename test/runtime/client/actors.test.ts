/** The identity of the actor that answered, for chunks, and waits that require a verified actor. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit, type Testkit } from '../../../lib/testing.ts';

const BOB = { actor: 'bob', verified: true } as const;

function builder(name: string, seen: Record<string, unknown>) {
  const flow = defineFlow({ name, defaults: { retry: { maxAttempts: 2, initialDelay: 0 } } });
  const see = (chunk: string) =>
    flow.chunk(chunk, (ctx) => {
      seen[chunk] = ctx.answer;
      return ctx.input;
    });
  return { flow, see };
}

const kitOf = (flow: ReturnType<typeof builder>['flow']) => createTestkit(defineApp({ flows: [flow], resources: {} }));

async function answered(kit: Testkit, flow: string, value: unknown, who: object = BOB) {
  await kit.client.start(flow, null, { id: 'x' });
  await kit.drain();
  const [wait] = (await kit.client.interrupts({ limit: 10 })).items;
  assert.ok(wait);
  const answer = await kit.client.resume('x', wait.interruptId, { value: value as string, requestId: 'r-1', ...who });
  assert.equal(answer.kind, 'accepted');
  const at = 'entry' in answer ? new Date(answer.entry.at).toISOString() : '';
  await kit.drain();
  return { interruptId: wait.interruptId, requestId: 'r-1', at };
}

describe('ctx.answer', () => {
  it('is available in the chunks that receive the value, through match, tap and intervention points', async () => {
    const seen: Record<string, unknown> = {};
    const { flow, see } = builder('through', seen);
    const asked = flow.to('ask', (ctx) => ctx.pauseFor({ type: 'ask' }));
    asked.to(see('direct')).to(see('behind'));
    asked.tap(() => undefined).to(see('tapped'));
    asked.interventionPoint('look').to(see('pointed'));
    asked
      .match((m) => m.case('yes', (c) => c.to(see('matched'))).caseElse((c) => c.to(see('other'))))
      .to(see('afterMatch'));
    const both = (m: Parameters<Parameters<typeof asked.match>[0]>[0]) =>
      m
        .case(
          () => true,
          (c) => c.to(see('one')),
        )
        .case(
          () => true,
          (c) => c.to(see('two')),
        );
    asked.match(both, { mode: 'all' }).to(see('afterAll'));
    asked.forEach((each) => each.to(see('item')));
    const fact = await answered(kitOf(flow), 'through', 'yes');
    const expected = { ...fact, ...BOB };
    for (const chunk of ['direct', 'tapped', 'pointed', 'matched', 'one', 'two'])
      assert.deepEqual(seen[chunk], expected, chunk);
    for (const chunk of ['behind', 'afterMatch', 'afterAll', 'item']) {
      assert.deepEqual({ ran: chunk in seen, answer: seen[chunk] }, { ran: true, answer: undefined }, chunk);
    }
  });

  it('is the same in every attempt and after `self`', async () => {
    const seen: unknown[] = [];
    const { flow } = builder('attempts', {});
    flow
      .to('ask', (ctx) => {
        seen.push(ctx.answer);
        return ctx.isResume ? ctx.input : ctx.pauseFor({ type: 'ask', resumeTo: 'self' });
      })
      .to('after', () => null);
    flow.to('next', (ctx) => ctx.sleep(1)).to('end', (ctx) => void seen.push(ctx.answer));
    const fact = await answered(kitOf(flow), 'attempts', 'yes', { actor: 'ann' });
    assert.deepEqual(seen.filter(Boolean), [{ ...fact, actor: 'ann', verified: false }]);
  });

  it('survives a failed attempt', async () => {
    const seen: unknown[] = [];
    const { flow } = builder('failing', {});
    flow
      .to('ask', (ctx) => ctx.pauseFor({ type: 'ask' }))
      .to('use', (ctx) => {
        seen.push(ctx.answer);
        if (ctx.attempt === 1) throw new Error('once');
      });
    const fact = await answered(kitOf(flow), 'failing', 'yes', {});
    assert.deepEqual(seen, [
      { ...fact, verified: false },
      { ...fact, verified: false },
    ]);
  });

  it('contains the approver', async () => {
    const seen: unknown[] = [];
    const { flow } = builder('approving', {});
    flow.to('act', async (ctx) => {
      const approval = await ctx.requireApproval({ subject: 's', capability: 'c' });
      if (approval.status === 'pending') return approval.pause;
      seen.push(ctx.answer);
      return approval.status;
    });
    const fact = await answered(kitOf(flow), 'approving', { approved: true });
    assert.deepEqual(seen, [{ ...fact, ...BOB }]);
  });

  it('is absent after an expiry', async () => {
    const seen: Record<string, unknown> = {};
    const { flow, see } = builder('late', seen);
    flow
      .to('ask', (ctx) => ctx.pauseFor({ type: 'ask', expiresIn: 1_000, onExpiry: { value: 'none' } }))
      .to(see('use'));
    const kit = kitOf(flow);
    await kit.client.start('late', null, { id: 'x' });
    await kit.drain();
    await kit.advance(1_001);
    await kit.drain();
    assert.deepEqual(seen, { use: undefined });
  });
});

describe('requireActor', () => {
  const flow = defineFlow({ name: 'guarded', state: { by: z.string() } });
  flow
    .to('ask', (ctx) => ctx.pauseFor({ type: 'ask', id: 'gate', requireActor: true }))
    .to('keep', (ctx) => ctx.state.set('by', ctx.answer?.actor ?? ''));
  const pay = defineFlow({ name: 'paying' });
  pay.to('act', async (ctx) => {
    const approval = await ctx.requireApproval({ subject: 's', capability: 'c', requireActor: true });
    return approval.status === 'pending' ? approval.pause : approval.status;
  });

  for (const name of ['guarded', 'paying']) {
    it(`of ${name} refuses answers of unverified callers and stores nothing of them`, async () => {
      const kit = createTestkit(defineApp({ flows: [flow, pay], resources: {} }));
      await kit.client.start(name, null, { id: 'x' });
      await kit.drain();
      const [wait] = (await kit.client.interrupts({ limit: 10 })).items;
      assert.equal(wait?.requireActor, true);
      assert.ok(!JSON.stringify(wait.payload).includes('requireActor'));
      const before = await kit.client.save('x');
      const value = { approved: true };
      for (const who of [{}, { actor: 'ann' }, { actor: 'ann', verified: false, via: 'link' as const }]) {
        assert.deepEqual(await kit.client.resume('x', wait.interruptId, { value, ...who }), { kind: 'actorRequired' });
      }
      assert.deepEqual((await kit.client.save('x'))?.head, before?.head);
      assert.equal((await kit.client.resume('x', wait.interruptId, { value, ...BOB })).kind, 'accepted');
      await kit.drain();
      assert.equal((await kit.client.get('x'))?.status, 'completed');
    });
  }
});

describe('links', () => {
  const flow = defineFlow({ name: 'linked' });
  flow.to('ask', (ctx) => ctx.pauseFor({ type: 'ask', id: 'gate' }));

  it('are revoked individually and stay revoked after the wait', async () => {
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('linked', null, { id: 'x' });
    await kit.drain();
    const answer = (link: string) => kit.client.resume('x', 'gate', { value: 1, link, generation: 0 });
    assert.equal(await kit.client.revokeLink('x', 'gate', 'l-1'), 'revoked');
    assert.equal(await kit.client.revokeLink('x', 'gate', 'l-1'), 'already');
    assert.deepEqual(await answer('l-1'), { kind: 'revoked' });
    assert.equal((await kit.client.lookup('x', 'gate', 0, 'l-1'))?.kind, 'revoked');
    assert.equal((await answer('l-2')).kind, 'accepted');
    assert.deepEqual(await answer('l-1'), { kind: 'revoked' });
    assert.equal((await kit.client.lookup('x', 'gate', 0, 'l-1'))?.kind, 'revoked');
    assert.equal(await kit.client.revokeLink('x', 'gate', 'l-3'), 'gone');
    assert.equal(await kit.client.revokeLink('x', 'other', 'l-3'), 'unknown');
    assert.equal(await kit.client.revokeLink('y', 'gate', 'l-3'), 'unknown');
  });

  it('can be revoked up to a limit, because revocations are kept in the head', async () => {
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('linked', null, { id: 'x' });
    await kit.drain();
    for (let i = 0; i < 100; i += 1) assert.equal(await kit.client.revokeLink('x', 'gate', `l-${i}`), 'revoked');
    assert.equal(await kit.client.revokeLink('x', 'gate', 'more'), 'full');
    assert.equal((await kit.client.resume('x', 'gate', { value: 1, link: 'l-7' })).kind, 'revoked');
  });
});
