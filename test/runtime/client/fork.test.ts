import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

function failing() {
  const world = { broken: true };
  const flow = defineFlow({
    name: 'failing',
    state: { done: z.array(z.string()) },
    defaults: { retry: { maxAttempts: 1 } },
  });
  const work = (name: string) =>
    flow.chunk(name, async (ctx) => {
      if (world.broken) throw new Error(`${name} is broken`);
      await ctx.state.append('done', name);
    });
  flow.to('first', (ctx) => ctx.state.append('done', 'first')).batch([work('left'), work('right')]);
  return { world, kit: createKit(defineApp({ flows: [flow], resources: {} })) };
}

describe('client.fork', () => {
  it('continues in a copy with the kept results and leaves the original unchanged', async () => {
    const { world, kit } = failing();
    await kit.client.start('failing', null, { id: 'x' });
    await kit.pass(1_000);
    const before = await kit.load('x');
    const failed = (await kit.view('x')).failed ?? [];
    assert.equal(failed.length, 2);
    world.broken = false;
    assert.deepEqual(await kit.client.fork('x', { id: 'y', actor: 'ann' }), { kind: 'forked', executionId: 'y' });
    await kit.pass(1_000);
    const copy = await kit.view('y');
    assert.deepEqual(
      { status: copy.status, forkedFrom: copy.forkedFrom, actor: copy.redrives?.[0]?.actor },
      { status: 'completed', forkedFrom: 'x', actor: 'ann' },
    );
    assert.deepEqual([...(copy.state.done as string[])].sort(), ['first', 'left', 'right']);
    assert.deepEqual(
      { head: (await kit.load('x')).head, status: (await kit.view('x')).status },
      { head: before.head, status: 'failed' },
    );
  });

  it('retries only the named activation', async () => {
    const { world, kit } = failing();
    await kit.client.start('failing', null, { id: 'x' });
    await kit.pass(1_000);
    const left = (await kit.view('x')).failed?.find(({ chunk }) => chunk.endsWith('left'));
    assert.ok(left);
    world.broken = false;
    await kit.client.fork('x', { id: 'y', activationId: left.activationId });
    await kit.pass(1_000);
    const { status, state, error, failed } = await kit.view('y');
    assert.deepEqual(state.done, ['first', 'left']);
    assert.deepEqual(
      { status, chunk: error?.chunk },
      { status: 'failed', chunk: 'right' },
      'the other failure is still reported',
    );
    assert.equal(failed?.length, 1);
    await kit.client.redrive('y');
    await kit.pass(1_000);
    assert.equal((await kit.view('y')).status, 'completed');
  });

  it('returns the copy of an earlier call with its id', async () => {
    const { world, kit } = failing();
    await kit.client.start('failing', null, { id: 'x' });
    await kit.pass(1_000);
    const again = { kind: 'exists', executionId: 'y' };
    await kit.client.fork('x', { id: 'y' });
    assert.deepEqual(await kit.client.fork('x', { id: 'y' }), again);
    world.broken = false;
    await kit.client.redrive('x');
    await kit.pass(1_000);
    assert.deepEqual(await kit.client.fork('x', { id: 'y' }), again);
  });

  it('copies a host-leased execution, and the copy has no lease', async () => {
    const { world, kit } = failing();
    await kit.client.start('failing', null, { id: 'x' });
    await kit.pass(1_000);
    await kit.client.claim('x', 'me', 100_000);
    world.broken = false;
    assert.equal((await kit.client.fork('x', { id: 'y' })).kind, 'forked');
    await kit.pass(1_000);
    assert.equal((await kit.view('y')).status, 'completed');
  });

  it('names what it cannot do', async () => {
    const { world, kit } = failing();
    assert.deepEqual(await kit.client.fork('x'), { kind: 'unknown' });
    await kit.client.start('failing', null, { id: 'x' });
    await kit.pass(1_000);
    await assert.rejects(kit.client.fork('x', { id: 'x' }), { code: 'execution_conflict' });
    assert.deepEqual(await kit.client.fork('x', { activationId: 'none' }), { kind: 'notFailed' });
    await assert.rejects(kit.client.fork('x', { id: 'a b' }), { code: 'invalid_request' });
    world.broken = false;
    await kit.client.start('failing', null, { id: 'fine' });
    await kit.pass(1_000);
    assert.deepEqual(await kit.client.fork('fine'), { kind: 'notFailed' });
  });
});
