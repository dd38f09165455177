/** The waits that an event ends: an answer ends its own, an emit those in its scope, around it or inside it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from '../../../lib/index.ts';
import { answer, begin, EXPIRY, paying, waitsOf } from './paying.ts';

describe('the answer to a wait for an event', () => {
  it('ends only this wait among the items of a list', async () => {
    const { flow, wait } = paying();
    const ask = wait('ask');
    flow.forEach((item) => item.to(ask));
    const kit = await begin(flow, ['a', 'b', 'c']);
    await answer(kit, 'ask a');
    assert.deepEqual(await waitsOf(kit), ['ask b', 'ask c']);
    await answer(kit, 'ask c');
    assert.deepEqual(await waitsOf(kit), ['ask b']);
    assert.deepEqual((await kit.view('x')).state.heard, ['ask a', 'ask c']);
  });

  it('ends only this wait in its own scope', async () => {
    const { flow, wait } = paying();
    const start = flow.to('start', (ctx) => String(ctx.input));
    start.to(wait('one'));
    start.to(wait('two'));
    const kit = await begin(flow, 'a');
    await answer(kit, 'one a');
    assert.deepEqual(await waitsOf(kit), ['two a']);
    assert.deepEqual((await kit.view('x')).state.heard, ['one a']);
  });

  it('ends only this wait in a sub-flow, and starts listeners there', async () => {
    const child = paying('child');
    const ask = child.wait('ask');
    child.flow.forEach((item) => item.to(ask));
    const { flow, wait } = paying();
    const start = flow.to('start', (ctx) => ctx.input);
    start.subFlow(child.flow, { writeBack: { state: { inner: 'state.heard' } } });
    start.to(wait('outer'));
    const kit = await begin(flow, ['a', 'b']);
    await answer(kit, 'ask a');
    assert.deepEqual(await waitsOf(kit), ['ask b', 'outer a,b']);
    await answer(kit, 'ask b');
    assert.deepEqual((await kit.view('x')).state, { inner: ['ask a', 'ask b'] });
    assert.deepEqual(await waitsOf(kit), ['outer a,b']);
  });

  it('ends only this wait when it expires into its event', async () => {
    const { flow, wait } = paying();
    const start = flow.to('start', (ctx) => ctx.input);
    start.to('short', (ctx) =>
      ctx.pauseFor({ type: 'payment', resumeTo: { event: 'paid' }, expiresIn: 1_000, onExpiry: { event: 'paid' } }),
    );
    start.to(wait('long'));
    const kit = await begin(flow, 'a');
    await kit.pass(10_000);
    assert.deepEqual(await waitsOf(kit), ['long a']);
    assert.deepEqual((await kit.view('x')).state, { heard: ['null'] });
    await kit.pass(EXPIRY);
    assert.deepEqual((await kit.view('x')).state, { heard: ['null'], late: 1 });
  });
});

describe('an emit of an event', () => {
  for (const way of ['queued', 'awaited'] as const) {
    it(`ends the waits of its item and of no sibling (${way})`, async () => {
      const made = paying();
      const [ask, gate] = [made.wait('ask'), made.gate('gate')];
      made.flow.forEach((item) => {
        const each = item.to('each', (ctx) => ctx.input as Json);
        each.to(ask);
        return each.to(gate).to(made[way]);
      });
      const kit = await begin(made.flow, ['a', 'b', 'c']);
      await answer(kit, 'gate b', 'paid b');
      assert.deepEqual(await waitsOf(kit), ['ask a', 'ask c']);
      assert.deepEqual((await kit.view('x')).state.heard, ['paid b']);
    });
  }

  it('reaches nested lists and batches inside and around it, not beside it', async () => {
    const { flow, wait, gate, queued } = paying();
    const [inner, outer, left] = [wait('inner'), wait('outer'), wait('left')];
    const [innerGate, outerGate] = [gate('innerGate'), gate('outerGate')];
    flow.forEach((row) => {
      const each = row.to('row', (ctx) => ctx.input as Json[]);
      each.to(outer);
      each.to(outerGate).to(queued);
      return each.forEach((item) => {
        item.batch([left, flow.chunk('right', () => null)]);
        item.to(inner);
        return item.to(innerGate).to(queued);
      });
    });
    const kit = await begin(flow, [['a', 'b'], ['c']]);
    await answer(kit, 'innerGate a', 'paid a');
    const others = ['inner b', 'inner c', 'left b', 'left c', 'outer c'];
    assert.deepEqual(await waitsOf(kit), others, 'its own item, the batch in it, the row around it');
    await answer(kit, 'outerGate c', 'paid c');
    assert.deepEqual(await waitsOf(kit), ['inner b', 'left b'], 'everything in its row');
    assert.deepEqual((await kit.view('x')).state.heard, ['paid a', 'paid c']);
  });

  it('reaches all branches of its match in `all` mode, but not those of another item', async () => {
    const { flow, wait, gate, queued } = paying();
    const [one, two] = [wait('one'), gate('two')];
    flow.forEach((item) =>
      item.match(
        (m) =>
          m
            .case(
              () => true,
              (hit) => hit.to(one),
            )
            .case(
              () => true,
              (hit) => hit.to(two).to(queued),
            ),
        {
          mode: 'all',
        },
      ),
    );
    const kit = await begin(flow, ['a', 'b']);
    await answer(kit, 'two a', 'paid a');
    assert.deepEqual(await waitsOf(kit), ['one b']);
  });

  it('of the root reaches its whole frame and no sub-flow', async () => {
    const child = paying('child');
    child.flow.to(child.wait('inside'));
    const { flow, wait, gate, awaited } = paying();
    const [ask, open] = [wait('ask'), gate('open')];
    const start = flow.to('start', (ctx) => ctx.input as Json[]);
    start.to(open).to(awaited);
    start.forEach((item) => item.to(ask));
    start.subFlow(child.flow);
    const kit = await begin(flow, ['a', 'b']);
    await answer(kit, 'open a,b', 'all');
    assert.deepEqual(await waitsOf(kit), ['inside a,b']);
  });

  it('is kept from siblings after their list has ended, and reaches the scope around it', async () => {
    const { flow, wait, gate, queued } = paying();
    const [ask, open, around] = [wait('ask'), gate('open'), wait('around')];
    flow.forEach((row) => {
      const each = row.to('row', (ctx) => ctx.input as Json[]);
      each.to(around);
      const items = each.forEach((item) => {
        const begun = item.to('item', (ctx) => ctx.input as Json);
        begun.to(ask);
        begun.to(open).to(queued);
        return begun;
      });
      return items.to('ended', () => null);
    });
    const kit = await begin(flow, [
      ['a', 'b'],
      ['c', 'd'],
    ]);
    const { frames, around: kept } = (await kit.load('x')).head;
    assert.deepEqual(
      { frames, keptCount: Object.keys(kept ?? {}).length },
      { frames: {}, keptCount: 6 },
      'all lists have ended',
    );
    await answer(kit, 'open a', 'paid a');
    assert.deepEqual(await waitsOf(kit), ['around c,d', 'ask b', 'ask c', 'ask d']);
    await answer(kit, 'open d', 'paid d');
    assert.deepEqual(await waitsOf(kit), ['ask b', 'ask c']);
    for (const item of ['b', 'c']) await answer(kit, `ask ${item}`);
    for (const item of ['b', 'c']) await answer(kit, `open ${item}`);
    assert.equal((await kit.load('x')).head.around, undefined, 'scopes without work are deleted');
  });
});
