import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow, type Json } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

function asking() {
  const flow = defineFlow({ name: 'asking' });
  flow
    .to('a', async (ctx) => {
      await ctx.stream('before');
    })
    .to('ask', (ctx) => ctx.pauseFor({ type: 'approval', payload: { q: 1 } }))
    .interventionPoint('point')
    .to('b', async (ctx) => {
      await ctx.stream(`after ${String(ctx.input)}`);
      for (const { version } of await ctx.interventions.get()) await ctx.interventions.consume(version);
    });
  return flow;
}

async function read(kit: ReturnType<typeof createKit>) {
  const page = await kit.client.readStream('x', { after: 0, limit: 100 });
  return { ended: page?.ended, items: (page?.items ?? []).map(({ chunk, item }) => [chunk, brief(item)]) };
}

function brief(item: Json): Json {
  if (typeof item !== 'object' || item === null || !('kind' in item)) return item;
  const { kind = null, action = null, payload = null } = item as { readonly [key: string]: Json };
  return [kind, action, payload];
}

const FRAMEWORK = '$framework';

describe('system items of the stream', () => {
  it('report a redriven wait like any other', async () => {
    const flow = defineFlow({ name: 'expiring' });
    flow.to('ask', (ctx) => ctx.pauseFor({ type: 'approval', payload: 'q', expiresIn: 1_000 }));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('expiring', null, { id: 'x' });
    await kit.drain();
    const [wait] = (await kit.view('x')).interrupts;
    await kit.pass(5_000);
    assert.equal(await kit.client.redrive('x'), 'redriven');
    await kit.client.resume('x', wait?.interruptId ?? '', { value: 'go' });
    await kit.drain();
    const items = ['pause', 'resume', 'pause', 'resume'].map((action) => [FRAMEWORK, ['interrupt', action, 'q']]);
    assert.deepEqual(await read(kit), { ended: true, items });
  });

  it('are ordered with the items of chunks', async () => {
    const kit = createKit(defineApp({ flows: [asking()], resources: {} }));
    await kit.client.start('asking', null, { id: 'x' });
    await kit.drain();
    await kit.client.intervene('x', 'hint');
    await kit.client.intervene('x', 'for nobody', { target: 'elsewhere' });
    const [wait] = (await kit.view('x')).interrupts;
    await kit.client.resume('x', wait?.interruptId ?? '', { value: 'go' });
    await kit.drain();
    assert.deepEqual(await read(kit), {
      ended: true,
      items: [
        ['a', 'before'],
        [FRAMEWORK, ['interrupt', 'pause', { q: 1 }]],
        [FRAMEWORK, ['intervention', 'append', 'hint']],
        [FRAMEWORK, ['intervention', 'append', 'for nobody']],
        [FRAMEWORK, ['interrupt', 'resume', { q: 1 }]],
        [FRAMEWORK, ['intervention', 'insert', 'hint']],
        ['b', 'after go'],
        [FRAMEWORK, ['intervention', 'consume', 'hint']],
        [FRAMEWORK, ['intervention', 'expire', 'for nobody']],
      ],
    });
    const record = await kit.ports.executions.load('x');
    assert.deepEqual(record?.head.outbox, [], 'no work is left');
  });

  it('are late but unique and ordered after stream failures', async () => {
    const kit = createKit(defineApp({ flows: [asking()], resources: {} }));
    await kit.client.start('asking', null, { id: 'x' });
    const { append } = kit.ports.streams;
    let refusals = 0;
    kit.ports.streams.append = async (owner, items) => {
      if (items.some(({ chunk }) => chunk === FRAMEWORK) && refusals < 2) {
        refusals += 1;
        throw new Error('the stream is away');
      }
      return append.call(kit.ports.streams, owner, items);
    };
    await kit.drain();
    assert.ok(refusals > 0);
    const [wait] = (await kit.view('x')).interrupts;
    await kit.client.resume('x', wait?.interruptId ?? '', { value: 'go' });
    await kit.drain();
    await kit.client.close('x');
    await kit.drain();
    const { items } = await read(kit);
    const own = items.filter(([chunk]) => chunk === FRAMEWORK).map(([, item]) => (item as Json[])[1] ?? null);
    assert.deepEqual(own, ['pause', 'resume']);
  });

  it('do not block on an ended stream', async () => {
    const flow = defineFlow({ name: 'quiet' });
    flow.to('stop', (ctx) => ctx.stopStream()).to('ask', (ctx) => ctx.pauseFor({ type: 'approval', payload: null }));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('quiet', null, { id: 'x' });
    await kit.drain();
    const record = await kit.ports.executions.load('x');
    assert.deepEqual(
      { interruptCount: record?.head.interrupts.length, outbox: record?.head.outbox },
      { interruptCount: 1, outbox: [] },
    );
    assert.deepEqual((await read(kit)).items, []);
  });
});
