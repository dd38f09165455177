import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyFlow, defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';

const once = { defaults: { retry: { maxAttempts: 1 } } } as const;

async function run(flow: AnyFlow, input: unknown) {
  const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start(flow.name, input, { id: 'x' });
  await kit.drain();
  return { kit, view: await kit.client.get('x') };
}

const bad = (): never => {
  throw new Error('beside');
};

describe('a side branch that fails', () => {
  it('inside a sub-flow lets the main path complete, after the sub-flow too', async () => {
    const child = defineFlow({ name: 'child', ...once });
    child
      .to('m', (ctx) => ctx.input)
      .sideBranch('bad', bad)
      .to('n', (ctx) => ctx.state.set('r', 1));
    const flow = defineFlow({ name: 'parent', ...once });
    flow.subFlow(child).to('after', (ctx) => ctx.state.set('after', ctx.input as number));
    const { view } = await run(flow, 1);
    assert.deepEqual(
      { state: view?.state, status: view?.status, lifecycle: view?.lifecycle },
      { state: { after: { r: 1 } }, status: 'failed', lifecycle: 'closed' },
    );
  });

  it('inside a sub-flow is redriven there without repeating the continuation', async () => {
    let broken = true;
    const child = defineFlow({ name: 'child', ...once });
    child.to('m', (ctx) => ctx.input).sideBranch('flaky', (ctx) => (broken ? bad() : ctx.state.set('beside', 1)));
    const flow = defineFlow({ name: 'parent', ...once });
    flow.subFlow(child).to('after', (ctx) => ctx.state.increment('after', 1));
    const { kit } = await run(flow, 1);
    broken = false;
    assert.equal(await kit.client.redrive('x'), 'redriven');
    await kit.drain();
    const { head } = await kit.ports.executions.load('x').then((record) => record ?? assert.fail());
    const view = await kit.client.get('x');
    assert.deepEqual(
      { state: view?.state, status: view?.status, frames: head.frames },
      { state: { after: 1 }, status: 'completed', frames: {} },
    );
  });

  it('inside an item does not replace the result of the item', async () => {
    const flow = defineFlow({ name: 'items', ...once });
    flow
      .forEach((item) => item.sideBranch('bad', bad).to('twice', (ctx) => Number(ctx.input) * 2), {
        onItemError: 'collect',
      })
      .to('after', (ctx) => ctx.state.set('after', ctx.input));
    const { view } = await run(flow, [1, 2]);
    assert.deepEqual({ state: view?.state, status: view?.status }, { state: { after: [2, 4] }, status: 'failed' });
  });
});

describe('a side branch in a sub-flow whose main path fails', () => {
  it('ends with it and does not write to the state around it', async () => {
    const child = defineFlow({ name: 'child', ...once });
    child
      .to('m', (ctx) => ctx.input)
      .sideBranch('beside', (ctx) => ctx.state.set('leak', 1))
      .to('bad', bad);
    const flow = defineFlow({ name: 'parent', ...once });
    flow
      .forEach((item) => item.subFlow(child), { onItemError: 'collect' })
      .to('after', (ctx) => ctx.state.set('after', (ctx.input as unknown[]).length));
    const { view } = await run(flow, [1]);
    assert.deepEqual({ state: view?.state, status: view?.status }, { state: { after: 1 }, status: 'completed' });
  });
});
