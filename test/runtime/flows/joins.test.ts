import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyFlow, defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';

const pass = ({ input }: { input: unknown }) => input as number;

async function run(flow: AnyFlow, input: unknown) {
  const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start(flow.name, input, { id: 'x' });
  await kit.drain();
  return kit;
}

describe('a collection that has fired', () => {
  it('does not block the execution while it keeps its values for an update', async () => {
    const flow = defineFlow({ name: 'fired', execution: { autoClose: false } });
    const a = flow.to('a', pass);
    a.to('l', pass).collect('c', { branch: 'l' });
    a.to('r', pass)
      .collect('c', { branch: 'r' })
      .to('d', (ctx) => ctx.state.set('d', ctx.input));
    const view = await (await run(flow, 1)).client.get('x');
    assert.deepEqual(
      { state: view?.state, status: view?.status, unfilledJoins: view?.unfilledJoins },
      { state: { d: { l: 1, r: 1 } }, status: 'idle', unfilledJoins: undefined },
    );
  });

  it('is deleted with its item', async () => {
    const flow = defineFlow({ name: 'in-items', execution: { autoClose: false } });
    flow.forEach((item) => {
      const a = item.to('a', pass);
      a.to('l', pass).collect('c', { branch: 'l' });
      return a.to('r', pass).collect('c', { branch: 'r' }).to('q', pass);
    });
    const kit = await run(flow, [1, 2, 3]);
    const record = await kit.ports.executions.load('x');
    assert.deepEqual({ joins: record?.head.joins, frames: record?.head.frames }, { joins: [], frames: {} });
  });
});

describe('an or', () => {
  it('starts a new chain for each outside signal', async () => {
    const flow = defineFlow({ name: 'either', execution: { autoClose: false } });
    flow
      .when(['a', 'b'], { mode: 'or' })
      .to('s', (ctx) => {
        const { value } = ctx.input as { value: number };
        ctx.emitNowait('l', value);
        return value;
      })
      .to('t', (ctx) => ctx.emitNowait('r', ctx.input));
    flow.when(['l', 'r']).to('pair', (ctx) => ctx.state.append('pairs', ctx.input as { l: number; r: number }));
    const kit = await run(flow, null);
    await kit.client.signal('x', 'a', 1, { requestId: 's1' });
    await kit.client.signal('x', 'b', 2, { requestId: 's2' });
    await kit.drain();
    const pairs = (await kit.client.get('x'))?.state.pairs as { l: number; r: number }[];
    assert.deepEqual(
      pairs.sort((p, q) => p.l - q.l),
      [
        { l: 1, r: 1 },
        { l: 2, r: 2 },
      ],
    );
  });
});
