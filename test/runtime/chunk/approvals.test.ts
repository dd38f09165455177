import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow, type PolicyHandler, type PolicyQuestion } from '../../../lib/index.ts';
import { createTestkit, type Testkit } from '../../../lib/testing.ts';

const ASK = { subject: 'order-7', capability: 'refund', risk: 'high', payload: { cents: 500 } } as const;

function asking(policy?: PolicyHandler) {
  const flow = defineFlow({
    name: 'asking',
    state: { said: z.array(z.json()) },
    defaults: { retry: { maxAttempts: 2 } },
  });
  flow
    .to('ask', async (ctx) => {
      const approval = await ctx.requireApproval(ASK);
      if (approval.status === 'pending') return approval.pause;
      await ctx.state.append('said', { ...approval, isResume: ctx.isResume });
      return 'went on';
    })
    .to('after', (ctx) => ctx.state.append('said', ctx.input));
  return createTestkit(defineApp({ flows: [flow], resources: {}, ...(policy ? { policy } : {}) }));
}

async function startedIn(kit: Testkit, flow = 'asking') {
  await kit.client.start(flow, null, { id: 'x' });
  await kit.drain();
  return waits(kit);
}

const waits = async (kit: Testkit) => (await kit.client.interrupts({ limit: 10 })).items;
const stateOf = async (kit: Testkit) => (await kit.client.get('x'))?.state;

describe('requireApproval', () => {
  it('follows the policy handler, with its reason', async () => {
    const questions: PolicyQuestion[] = [];
    for (const status of ['approved', 'denied'] as const) {
      const kit = asking(async (question) => {
        questions.push(question);
        return { status, reason: 'because' };
      });
      assert.deepEqual(await startedIn(kit), []);
      assert.deepEqual(await stateOf(kit), { said: [{ status, reason: 'because', isResume: false }, 'went on'] });
    }
    assert.deepEqual(questions[0], { ...ASK, execution: { id: 'x', flow: 'asking' }, chunk: 'ask' });
  });

  it('waits for people where the handler defers, and without a handler', async () => {
    for (const policy of [undefined, () => ({ status: 'pending' as const, reason: 'over 100' })]) {
      for (const approved of [true, false]) {
        const kit = asking(policy);
        const [wait, ...more] = await startedIn(kit);
        assert.deepEqual(more, []);
        assert.ok(wait);
        const payload = { ...ASK, ...(policy ? { reason: 'over 100' } : {}) };
        assert.deepEqual(
          { type: wait.type, resumeTo: wait.resumeTo, payload: wait.payload },
          { type: 'policy_approval', resumeTo: 'self', payload },
        );
        const answer = await kit.client.resume('x', wait.interruptId, { value: { approved } });
        assert.equal(answer.kind, 'accepted');
        await kit.drain();
        const status = approved ? 'approved' : 'denied';
        assert.deepEqual(await stateOf(kit), { said: [{ status, isResume: false }, 'went on'] });
      }
    }
  });

  it('accepts only a decision as an answer, whatever the chunk resumes with', async () => {
    const kit = asking();
    const [wait] = await startedIn(kit);
    assert.ok(wait);
    for (const value of [{ approved: 'yes' }, null, {}, 'approved']) {
      await assert.rejects(kit.client.resume('x', wait.interruptId, { value }), { code: 'invalid_value' });
    }
    assert.equal((await waits(kit)).length, 1);
  });

  it('approves nothing on an error or an invalid result of the handler', async () => {
    for (const policy of [
      () => Promise.reject(new Error('no policy today')),
      () => ({ status: 'yes' }) as never,
      () => undefined as never,
    ]) {
      const kit = asking(policy);
      await startedIn(kit);
      await kit.advance(10_000);
      assert.deepEqual(
        { status: (await kit.client.get('x'))?.status, state: await stateOf(kit) },
        { status: 'failed', state: {} },
      );
    }
  });

  it('fails a chunk that continues without returning the pause', async () => {
    const flow = defineFlow({ name: 'careless', state: { done: z.boolean() } });
    flow.to('act', async (ctx) => {
      await ctx.requireApproval(ASK);
      await ctx.state.set('done', true);
    });
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await startedIn(kit, 'careless');
    const view = await kit.client.get('x');
    assert.deepEqual(
      { status: view?.status, code: view?.error?.code, state: view?.state },
      { status: 'failed', code: 'invalid_pause', state: {} },
    );
  });

  it('keeps every answer of a chunk that asks repeatedly, apart from its own resumes', async () => {
    const flow = defineFlow({ name: 'several', state: { said: z.array(z.json()) } });
    const both = flow.chunk('both', { resume: z.object({ word: z.string() }) }, async (ctx) => {
      const first = await ctx.requireApproval({ subject: 'a', capability: 'use' });
      if (first.status === 'pending') return first.pause;
      const again = await ctx.requireApproval({ subject: 'a', capability: 'use' });
      if (again.status === 'pending') return again.pause;
      if (!ctx.isResume) return ctx.pauseFor({ type: 'word', resumeTo: 'self' });
      await ctx.state.set('said', [first.status, again.status, ctx.resume?.value.word ?? null]);
      return null;
    });
    flow.to(both);
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await startedIn(kit, 'several');
    for (const value of [{ approved: true }, { approved: false, reason: 'no' }, { word: 'hi' }]) {
      const [wait, ...more] = await waits(kit);
      assert.ok(wait && more.length === 0);
      await kit.client.resume('x', wait.interruptId, { value });
      await kit.drain();
    }
    assert.deepEqual(await stateOf(kit), { said: ['approved', 'denied', 'hi'] });
  });

  it('is denied at expiry', async () => {
    const flow = defineFlow({ name: 'hasty', state: { said: z.json() } });
    flow.to('ask', async (ctx) => {
      const approval = await ctx.requireApproval({ subject: 'a', capability: 'use', expiresIn: 60_000 });
      if (approval.status === 'pending') return approval.pause;
      await ctx.state.set('said', { ...approval });
      return null;
    });
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await startedIn(kit, 'hasty');
    await kit.advance(120_000);
    assert.deepEqual(await stateOf(kit), { said: { status: 'denied', reason: 'expired' } });
  });
});
