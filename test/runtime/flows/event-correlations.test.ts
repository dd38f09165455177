/** The waits that an outside signal ends, by correlation; also after a copy, a redrive and an upgrade. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, type Json } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';
import { answer, begin, paying, signal, waitsOf } from './paying.ts';

describe('an outside signal', () => {
  function ordering() {
    const made = paying();
    const [await_, ask, pay] = [made.wait('order'), made.wait('ask'), made.awaited];
    made.flow.when('order').to(await_);
    made.flow
      .when('items')
      .to('split', (ctx) => String(ctx.input).split(''))
      .forEach((item) => item.to(ask));
    made.flow
      .when('forks')
      .to('fork', (ctx) => String(ctx.input).split(''))
      .forEach((item) => {
        const each = item.to('each', (ctx) => ctx.input);
        each.to(ask);
        return each;
      });
    made.flow.when('pay').to(pay);
    return made.flow;
  }

  it('ends the waits of its correlation, in scopes around and inside it', async () => {
    const kit = await begin(ordering());
    for (const order of ['o1', 'o2']) await signal(kit, 'order', order, order);
    await signal(kit, 'items', 'ab', 'o1');
    await signal(kit, 'items', 'c', 'o2');
    await signal(kit, 'order', 'root');
    await signal(kit, 'paid', 'o1', 'o1');
    assert.deepEqual(await waitsOf(kit), ['ask c', 'order o2']);
    assert.deepEqual((await kit.view('x')).state.heard, ['o1']);
  });

  it('ends the waits of its correlation in ended lists', async () => {
    const kit = await begin(ordering());
    await signal(kit, 'forks', 'ab', 'o1');
    await signal(kit, 'forks', 'c', 'o2');
    assert.deepEqual((await kit.load('x')).head.frames, {});
    await signal(kit, 'paid', 'o1', 'o1');
    assert.deepEqual(await waitsOf(kit), ['ask c']);
  });

  it('without a correlation ends all waits, and so do the emits of its chain', async () => {
    for (const name of ['paid', 'pay']) {
      const kit = await begin(ordering());
      for (const order of ['o1', 'o2']) await signal(kit, 'order', order, order);
      await signal(kit, 'order', 'root');
      await signal(kit, 'items', 'ab');
      await signal(kit, 'forks', 'c');
      await signal(kit, name, 'all');
      assert.deepEqual(await waitsOf(kit), [], name);
    }
  });

  it('with a correlation whose chain emits reaches only chains of that correlation or none', async () => {
    const kit = await begin(ordering());
    await signal(kit, 'order', 'o2', 'o2');
    await signal(kit, 'order', 'root');
    await signal(kit, 'forks', 'ab', 'o2');
    await signal(kit, 'pay', 'o1', 'o1');
    assert.deepEqual(await waitsOf(kit), ['ask a', 'ask b', 'order o2']);
    await signal(kit, 'pay', 'o2', 'o2');
    assert.deepEqual(await waitsOf(kit), []);
    assert.equal((await kit.load('x')).head.correlations, undefined);
  });

  it('keeps its correlation after save and load under another id, and after a copy of the copy', async () => {
    const flow = ordering();
    let kit = await begin(flow);
    for (const order of ['o1', 'o2']) await signal(kit, 'order', order, order);
    await signal(kit, 'forks', 'ab', 'o2');
    for (const [from, to] of [
      ['x', 'y'],
      ['y', 'z'],
    ] as const) {
      const document: unknown = JSON.parse(JSON.stringify(await kit.client.save(from)));
      kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.load(document, { id: to });
    }
    await signal(kit, 'paid', 'o2', 'o2', 'z');
    assert.deepEqual(await waitsOf(kit, 'z'), ['order o1']);
  });
});

describe('scopes of waits', () => {
  /** Lists in ended correlations whose items wait; `trap` fails while `world.broken`. */
  function trapped() {
    const world = { broken: true };
    const made = paying();
    const [ask, gate] = [made.wait('ask'), made.gate('gate')];
    const trap = made.flow.chunk('trap', (ctx) => {
      if (world.broken) throw new Error('broken');
      return ctx.input as Json;
    });
    made.flow
      .when('items')
      .to('split', (ctx) => String(ctx.input).split(''))
      .forEach((item) => {
        const each = item.to('each', (ctx) => ctx.input as Json);
        each.to(ask);
        each.to(gate).to(trap).to(made.queued);
        return each;
      });
    return { world, flow: made.flow };
  }

  async function failing() {
    const { world, flow } = trapped();
    const kit = await begin(flow);
    await signal(kit, 'items', 'ab', 'o1');
    await signal(kit, 'items', 'cd', 'o2');
    await answer(kit, 'gate a', 'paid a');
    assert.equal((await kit.view('x')).status, 'failed');
    world.broken = false;
    return kit;
  }

  it('are kept by a redrive', async () => {
    const kit = await failing();
    await kit.client.redrive('x');
    await kit.drain();
    assert.deepEqual(await waitsOf(kit), ['ask b', 'ask c', 'ask d']);
    await signal(kit, 'paid', 'o2', 'o2');
    assert.deepEqual(await waitsOf(kit), ['ask b']);
  });

  it('are kept by a fork, which leaves those of the original', async () => {
    const kit = await failing();
    const before = (await kit.load('x')).head;
    await kit.client.fork('x', { id: 'y' });
    await kit.drain();
    assert.deepEqual(await waitsOf(kit, 'y'), ['ask b', 'ask c', 'ask d']);
    await signal(kit, 'paid', 'o2', 'o2', 'y');
    assert.deepEqual(await waitsOf(kit, 'y'), ['ask b']);
    assert.deepEqual((await kit.load('x')).head, before);
  });

  it('are refused in a document when their notes are malformed', async () => {
    const kit = await failing();
    const document = JSON.parse(JSON.stringify(await kit.client.save('x')));
    for (const wrong of [
      { around: ['a'] },
      { around: { a: 1 } },
      { correlations: {} },
      { correlations: [null] },
      { correlatedBy: 7 },
    ]) {
      const head = { ...document.head, ...wrong };
      await assert.rejects(kit.client.load({ ...document, head }, { id: 'y' }), { code: 'snapshot_invalid' });
    }
    assert.equal(await kit.client.get('y'), undefined);
  });

  it('are found in a document with circular scopes', async () => {
    const kit = await failing();
    const document = JSON.parse(JSON.stringify(await kit.client.save('x')));
    const [own = ''] = Object.keys(document.head.around);
    document.head.around = { [own]: 'p', p: 'q', q: 'p' };
    await kit.client.load(document, { id: 'y' });
    await signal(kit, 'paid', 'all', undefined, 'y');
    assert.deepEqual(await waitsOf(kit, 'y'), []);
  });

  it('count as the root in a head without notes about them: all waits for an event end', async () => {
    const { flow } = trapped();
    const kit = await begin(flow);
    await signal(kit, 'items', 'ab', 'o1');
    const document = JSON.parse(JSON.stringify(await kit.client.save('x')));
    delete document.head.around;
    delete document.head.correlations;
    await kit.client.load(document, { id: 'y' });
    await answer(kit, 'gate a', 'paid a', 'y');
    const { status } = await kit.view('y');
    assert.equal(status, 'failed', 'the trap is closed');
    await signal(kit, 'paid', 'o9', 'o9', 'y');
    assert.deepEqual(await waitsOf(kit, 'y'), []);
  });
});
