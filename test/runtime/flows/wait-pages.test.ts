/** Executions with more waits than their head may hold: the others are stored in pages beside it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { Head } from '../../../lib/engine/head.ts';
import { bytesOf } from '../../../lib/engine/values/pack.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit, type Kit } from '../kit.ts';

const COUNT = 30;
const KEPT = 4;
const MINUTE = 60_000;

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const all = (value: string) => range(COUNT).map(() => value);

interface Asked {
  /** What becomes of an expired wait. `null`: it fails. */
  readonly expired?: string | null;
  readonly event?: string;
}

function appOf({ expired = 'late', event }: Asked = {}) {
  const flow = defineFlow({ name: 'ask', input: z.array(z.number()), state: { out: z.json() } });
  flow
    .forEach((item) =>
      item.to('ask', (ctx) =>
        ctx.pauseFor({
          type: 'q',
          id: `w${ctx.input}`,
          payload: { n: ctx.input, text: 'x'.repeat(300) },
          expiresIn: 10 * MINUTE,
          ...(expired === null ? {} : { onExpiry: { value: expired } }),
          ...(event === undefined ? {} : { resumeTo: { event } }),
        }),
      ),
    )
    .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
  flow.when('cancelled').to('hear', () => null);
  return defineApp({ flows: [flow], resources: {} });
}

async function waiting(asked: Asked = {}, parameters = {}): Promise<Kit> {
  const kit = createKit(appOf(asked), { parameters: { waitsKept: KEPT, claimLimit: 8, startAhead: 8, ...parameters } });
  await kit.client.start('ask', range(COUNT), { id: 'x' });
  await kit.drain();
  return kit;
}

const stored = async (kit: Kit, id = 'x'): Promise<Head> => (await kit.load(id)).head;
const idOf = (n: number) => `w${n}-${n}`;

async function listed(kit: Kit, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let page = await kit.client.interrupts({ limit });
  for (; page.next; page = await kit.client.interrupts({ limit, after: page.next }))
    ids.push(...page.items.map(({ interruptId }) => interruptId));
  return [...ids, ...page.items.map(({ interruptId }) => interruptId)];
}

describe('waits in pages', () => {
  it('leave the head with the frames of their items', async () => {
    const kit = await waiting();
    const head = await stored(kit);
    assert.equal(head.format, 3);
    assert.ok(head.interrupts.length <= KEPT && head.interrupts.length > 0, `${head.interrupts.length} in the head`);
    assert.ok(Object.keys(head.frames).length <= KEPT + 1);
    assert.ok(bytesOf(head) < 5_000, `${bytesOf(head)} bytes`);
  });

  it('are shown and listed like all others', async () => {
    const kit = await waiting();
    const view = await kit.view('x');
    assert.equal(view.status, 'waiting');
    assert.deepEqual(
      view.interrupts.map(({ payload }) => (payload as { n: number }).n).sort((a, b) => a - b),
      range(COUNT),
    );
    assert.deepEqual(new Set(await listed(kit, 7)), new Set(range(COUNT).map(idOf)));
    assert.equal((await listed(kit, 7)).length, COUNT);
    assert.equal((await kit.client.list({ flow: 'ask', limit: 5 })).items[0]?.waiting, COUNT);
  });

  it('all end at their time', async () => {
    const kit = await waiting();
    await kit.pass(11 * MINUTE);
    const view = await kit.view('x');
    assert.deepEqual([view.status, view.state.out], ['completed', all('late')]);
    const head = await stored(kit);
    assert.deepEqual([head.waitPages, head.interrupts, head.frames], [undefined, [], {}]);
    assert.ok(head.format < 3);
  });

  it('are answered in any order, each once', async () => {
    const kit = await waiting();
    for (const n of range(COUNT).toReversed()) {
      const answer = { value: `a${n}`, requestId: `r${n}` };
      assert.equal((await kit.client.resume('x', idOf(n), answer)).kind, 'accepted');
      assert.equal((await kit.client.resume('x', idOf(n), answer)).kind, 'duplicate');
      assert.equal((await kit.client.resume('x', idOf(n), { value: 'b', requestId: 'b' })).kind, 'conflict');
      const { interrupts, waitPages = [] } = await stored(kit);
      assert.ok(waitPages.length === 0 || interrupts.length > 0, 'the store takes answers while a wait is in the head');
    }
    await kit.drain();
    assert.deepEqual(
      (await kit.view('x')).state.out,
      range(COUNT).map((n) => `a${n}`),
    );
  });

  it('are withdrawn, and their links revoked', async () => {
    const kit = await waiting();
    assert.equal(await kit.client.revokeLink('x', idOf(1), 'l'), 'revoked');
    assert.equal((await kit.client.resume('x', idOf(1), { value: 1, link: 'l' })).kind, 'revoked');
    assert.equal(await kit.client.withdraw('x', idOf(2)), 'withdrawn');
    assert.equal((await kit.client.resume('x', idOf(2), { value: 1 })).kind, 'gone');
    assert.equal((await kit.view('x')).interrupts.length, COUNT - 1);
  });

  it('are ended by one event', async () => {
    const kit = await waiting({ event: 'cancelled' }, { portion: 5 });
    await kit.client.signal('x', 'cancelled', 'no');
    await kit.drain();
    const { interrupts, waitPages } = await stored(kit);
    assert.deepEqual([interrupts, waitPages], [[], undefined]);
  });

  it('are answered by the schema of a sub-flow whose frame is in another page', async () => {
    const child = defineFlow({ name: 'child', input: z.number() });
    for (const name of ['one', 'two']) {
      const ask = child.chunk(name, { resume: z.string() }, (ctx) => ctx.pauseFor({ type: 'q', id: name }));
      child.to(ask);
    }
    const flow = defineFlow({ name: 'parent', input: z.array(z.number()) });
    flow.forEach((item) => item.subFlow(child));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { waitsKept: 1 } });
    await kit.client.start('parent', range(3), { id: 'x' });
    await kit.drain();
    const { interrupts } = await kit.view('x');
    assert.equal(interrupts.length, 6);
    // The frame of a sub-flow is in the page of its first wait.
    for (const { interruptId } of interrupts.toReversed()) {
      await assert.rejects(kit.client.resume('x', interruptId, { value: 7 }), { code: 'invalid_value' });
      assert.equal((await kit.client.resume('x', interruptId, { value: 'fits' })).kind, 'accepted');
    }
  });

  it('outlast a pause', async () => {
    const kit = await waiting();
    await kit.client.pause('x');
    await kit.pass(20 * MINUTE);
    assert.equal((await kit.client.resume('x', idOf(3), { value: 'in time' })).kind, 'accepted');
    await kit.client.unpause('x');
    await kit.pass(MINUTE);
    assert.deepEqual(
      (await kit.view('x')).state.out,
      all('late').map((value, n) => (n === 3 ? 'in time' : value)),
    );
  });

  it('end with the execution', async () => {
    const kit = await waiting();
    await kit.client.cancel('x');
    await kit.drain();
    const { lifecycle, interrupts, waitPages } = await stored(kit);
    assert.deepEqual([lifecycle, interrupts, waitPages], ['closed', [], undefined]);
  });

  it('are saved, loaded, redriven and copied', async () => {
    const kit = await waiting({ expired: null });
    const saved: unknown = JSON.parse(JSON.stringify(await kit.client.save('x')));
    await kit.client.load(saved, { id: 'loaded' });
    assert.equal((await stored(kit, 'loaded')).format, 3);
    assert.equal((await kit.client.resume('loaded', idOf(7), { value: 'here' })).kind, 'accepted');
    await kit.pass(11 * MINUTE);
    for (const id of ['x', 'loaded']) assert.equal((await kit.view(id)).status, 'failed', id);
    await kit.client.fork('x', { id: 'forked' });
    await kit.client.redrive('x', { requestId: 'again' });
    await kit.drain();
    for (const id of ['x', 'forked']) {
      const { interrupts } = await kit.view(id);
      assert.equal(interrupts.length, COUNT, id);
      for (const { interruptId } of interrupts) await kit.client.resume(id, interruptId, { value: 'second' });
      await kit.drain();
      assert.deepEqual((await kit.view(id)).state.out, all('second'), id);
    }
  });

  it('are erased with the execution', async () => {
    const kit = await waiting();
    const { inc, waitPages = [] } = await stored(kit);
    const refs = waitPages.map(({ ref }) => ref);
    assert.ok(refs.length > 0);
    await kit.client.erase('x');
    await kit.drain();
    assert.equal((await kit.ports.values.get({ executionId: 'x', inc }, refs)).size, 0);
  });

  it('stay in the head while only format 2 is written', async () => {
    const kit = await waiting({}, { headFormat: 2 });
    const head = await stored(kit);
    assert.deepEqual([head.interrupts.length, head.waitPages], [COUNT, undefined]);
  });

  it('stay in the head while they are few', async () => {
    const kit = await waiting({}, { waitsKept: COUNT });
    const head = await stored(kit);
    assert.deepEqual([head.interrupts.length, head.waitPages, head.format], [COUNT, undefined, 1]);
  });
});
