import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow, resource } from '../../../lib/index.ts';
import type { ExecutionView } from '../../../lib/runtime/client/types.ts';
import { createTestkit } from '../../../lib/testing.ts';

async function run(app: Parameters<typeof createTestkit>[0], flow: string): Promise<ExecutionView | undefined> {
  const kit = createTestkit(app);
  await kit.client.start(flow, 1, { id: 'x' });
  await kit.drain();
  return kit.client.get('x');
}

const once = { retry: { maxAttempts: 1 } };

describe('a sub-flow', () => {
  it('whose wait a close cancels has no result and no continuation', async () => {
    const child = defineFlow({ name: 'asks' });
    child.to('q', (ctx) => ctx.pauseFor({ type: 'q' }));
    const flow = defineFlow({ name: 'closing' });
    const a = flow.to('a', (ctx) => ctx.input);
    a.subFlow(child).to('after', (ctx) => ctx.state.set('after', 1));
    a.to('sleep', (ctx) => ctx.sleep(60_000)).to('awake', (ctx) => ctx.state.set('awake', 1));
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('closing', 1, { id: 'x' });
    await kit.drain();
    await kit.client.close('x', { pendingInterrupts: 'cancel' });
    await kit.advance(120_000);
    const view = await kit.client.get('x');
    assert.deepEqual(
      { lifecycle: view?.lifecycle, status: view?.status, state: view?.state },
      { lifecycle: 'closed', status: 'cancelled', state: { awake: 1 } },
    );
  });

  it('inside a sub-flow ends first, and its result continues in the outer one', async () => {
    const leaf = defineFlow({ name: 'leaf', input: z.number(), state: { g: z.number() } });
    leaf.to('g', (ctx) => ctx.state.set('g', ctx.input * 10));
    const mid = defineFlow({ name: 'mid', input: z.number(), state: { m: z.number() } });
    mid
      .to('m', (ctx) => ctx.input + 1)
      .subFlow(leaf, { writeBack: { value: 'result.g' } })
      .to('after-leaf', (ctx) => ctx.state.set('m', Number(ctx.input) + 5));
    const flow = defineFlow({ name: 'outer', input: z.number(), state: { out: z.json() } });
    flow
      .subFlow(mid, { writeBack: { value: 'result.m' } })
      .to('end', (ctx) => ctx.state.set('out', ctx.input as number));
    const view = await run(defineApp({ flows: [flow], resources: {} }), 'outer');
    assert.deepEqual({ status: view?.status, state: view?.state }, { status: 'completed', state: { out: 25 } });
  });

  it("triggers listeners with its write-back to the parent's state", async () => {
    const child = defineFlow({ name: 'child', input: z.number(), state: { n: z.number() } });
    child.to('c', (ctx) => ctx.state.set('n', ctx.input + 1));
    const state = { last: z.number(), heard: z.array(z.json()) };
    const flow = defineFlow({ name: 'parent', input: z.number(), state });
    flow.subFlow(child, { writeBack: { state: { last: 'result.n' } } });
    flow.when({ state: 'last' }).to('hear', (ctx) => ctx.state.append('heard', ctx.input));
    const view = await run(defineApp({ flows: [flow], resources: {} }), 'parent');
    assert.deepEqual(view?.state, { last: 2, heard: [2] });
  });

  it('names a missing value in its write-back', async () => {
    const child = defineFlow({ name: 'child' });
    child.to('c', (ctx) => ctx.state.set('n', 7));
    const flow = defineFlow({ name: 'parent' });
    flow.subFlow(child, { writeBack: { value: { n: 'result.n', list: 'result.$final_result' } } });
    const view = await run(defineApp({ flows: [flow], resources: {} }), 'parent');
    assert.equal(view?.error?.code, 'missing_capture');
    assert.match(view?.error?.message ?? '', /writes back result\.\$final_result, which has no value/);
  });

  it('keeps its result after a failed write-back: a redrive retries only that', async () => {
    let runs = 0;
    const child = defineFlow({ name: 'child', state: { n: z.number() } });
    child.to('c', async (ctx) => {
      runs += 1;
      await ctx.state.set('n', 7);
    });
    const flow = defineFlow({
      name: 'parent',
      state: { at: z.json(), out: z.json() },
      execution: { autoClose: false },
    });
    flow
      .to('block', (ctx) => ctx.state.set('at', 'text'))
      .subFlow(child, { writeBack: { value: 'result.n', state: { 'at.n': 'result.n' } } })
      .to('end', (ctx) => ctx.state.set('out', ctx.input as number));
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('parent', 1, { id: 'x' });
    await kit.drain();
    const failed = await kit.client.get('x');
    assert.deepEqual(
      { status: failed?.status, code: failed?.error?.code, failedCount: failed?.failed?.length },
      { status: 'failed', code: 'invalid_value', failedCount: 1 },
    );
    assert.equal(await kit.client.redrive('x'), 'redriven');
    await kit.drain();
    assert.equal((await kit.client.get('x'))?.status, 'failed', 'the state is unchanged');
    await kit.client.state('x').set('at', {});
    assert.equal(await kit.client.redrive('x'), 'redriven');
    await kit.drain();
    const view = await kit.client.get('x');
    assert.deepEqual({ status: view?.status, state: view?.state }, { status: 'idle', state: { at: { n: 7 }, out: 7 } });
    assert.equal(runs, 1, 'its chunks have run');
    assert.deepEqual((await kit.ports.executions.load('x'))?.head.frames, {});
  });

  it("fails when its write-back violates the contract of the parent's state", async () => {
    const child = defineFlow({ name: 'child' });
    child.to('c', (ctx) => ctx.state.set('n', 'text'));
    const parent = (name: string, onError: 'fail' | 'skip') => {
      const flow = defineFlow({ name, state: { last: z.number() }, defaults: { onError } });
      flow.subFlow(child, { writeBack: { state: { last: 'result.n' } } });
      return flow;
    };
    const view = await run(defineApp({ flows: [parent('parent', 'fail')], resources: {} }), 'parent');
    assert.deepEqual(
      { status: view?.status, code: view?.error?.code, state: view?.state },
      { status: 'failed', code: 'invalid_value', state: {} },
    );
    assert.match(view?.error?.message ?? '', /cannot write back: state\.last: .*number/);
    const outer = defineFlow({ name: 'outer' });
    outer.subFlow(parent('mid', 'skip')).to('end', (ctx) => ctx.state.set('out', ctx.input as never));
    const nested = await run(defineApp({ flows: [outer], resources: {} }), 'outer');
    assert.deepEqual(
      { status: nested?.status, state: nested?.state },
      { status: 'completed', state: { out: {} } },
      'the contract of the parent decides',
    );
  });

  it('applies the error policy to a failed write-back', async () => {
    const child = defineFlow({ name: 'child' });
    child.to('c', () => 1);
    const given = (onError: 'skip' | 'fail', onItemError: 'collect' | 'fail') => {
      const flow = defineFlow({ name: 'parent', state: { at: z.json(), out: z.json() }, defaults: { onError } });
      flow
        .to('block', async (ctx) => {
          await ctx.state.set('at', 'text');
          return [1];
        })
        .forEach((item) => item.subFlow(child, { writeBack: { state: { 'at.n': 'result' } } }), { onItemError })
        .to('end', (ctx) => ctx.state.set('out', ctx.input as never));
      return run(defineApp({ flows: [flow], resources: {} }), 'parent');
    };
    const skipped = await given('skip', 'fail');
    assert.deepEqual(
      { status: skipped?.status, state: skipped?.state, toleratedCount: skipped?.tolerated?.length },
      { status: 'completed', state: { at: 'text' }, toleratedCount: 1 },
    );
    const collected = await given('fail', 'collect');
    assert.equal(collected?.status, 'completed');
    assert.match(
      JSON.stringify(collected?.state.out),
      /^\[\{"error":\{"name":"FlowError".*"code":"invalid_value"\}\}\]$/,
    );
  });

  it('sees only captured resources', async () => {
    const uses = (name: string) => {
      const child = defineFlow({ name, resources: { mailer: resource<string>() }, defaults: once });
      child.to('use', (ctx) => ctx.setResult(ctx.requireResource('mailer')));
      return child;
    };
    const needs = { smtp: resource<string>(), mailer: resource<string>() };
    const flow = defineFlow({ name: 'parent', input: z.number(), state: { got: z.json() }, resources: needs });
    flow
      .subFlow(uses('given'), { capture: { resources: { mailer: 'resources.smtp' } } })
      .to('keep', (ctx) => ctx.state.set('got', ctx.input as string))
      .subFlow(uses('bare'));
    const view = await run(defineApp({ flows: [flow], resources: { smtp: () => 'S', mailer: () => 'M' } }), 'parent');
    assert.deepEqual(
      { status: view?.status, code: view?.error?.code, got: view?.state.got },
      { status: 'failed', code: 'missing_resource', got: 'S' },
    );
  });
});

describe('a watched delete', () => {
  it('of a missing key triggers nothing', async () => {
    const flow = defineFlow({ name: 'deletes', state: { k: z.json(), heard: z.array(z.json()) } });
    flow.to('s', async ({ state }) => {
      await state.delete('k');
      await state.set('k', { a: 1 });
      await state.delete('k.b');
      await state.delete('k');
      await state.delete('k', { emit: 'nowait' });
    });
    flow.when({ state: 'k' }).to('hear', (ctx) => ctx.state.append('heard', ctx.input as never));
    const view = await run(defineApp({ flows: [flow], resources: {} }), 'deletes');
    assert.deepEqual(view?.state, { heard: [{ a: 1 }, null] });
  });
});
