/** Commits that are stored although their calls failed: whoever learns it later has kept their records. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import type { HistoryItem } from '../../../lib/runtime/client/types.ts';
import { StoredRecords } from '../../../lib/runtime/history/stored-records.ts';
import { createKit, type FaultPlan, type Kit } from '../kit.ts';

const flow = defineFlow({ name: 'steps', state: { done: z.array(z.string()) } });
flow
  .to('first', async ({ input, state }) => {
    await state.append('done', 'first');
    return `${input}1`;
  })
  .to('second', async ({ input, state }) => {
    await state.append('done', 'second');
    return `${input}2`;
  })
  .to('third', ({ input }) => `${input}3`);

async function read(kit: Kit, id = 'x'): Promise<HistoryItem[]> {
  const items: HistoryItem[] = [];
  for await (const item of kit.client.history(id)) items.push(item);
  return items;
}

const brief = ({ type, chunk, input, output, lost }: HistoryItem) =>
  [type, chunk, input, output, lost && 'lost'].filter((part) => part !== undefined).join(' ');

/** Commit number `n` of the worker is stored, and its call fails; of the repeats that many fail unstored. */
function unheard(n: number, repeats = 0): { readonly plan: FaultPlan; readonly reached: () => boolean } {
  let commits = 0;
  const plan: FaultPlan = ({ name }) => {
    if (name !== 'executions.commit') return undefined;
    commits += 1;
    if (commits === n) return 'after';
    return commits > n && commits <= n + repeats ? 'before' : undefined;
  };
  return { plan, reached: () => commits >= n };
}

describe('a commit whose call failed', () => {
  it('leaves the history and its values whole, whichever it was', async () => {
    const kitWith = async (n: number) => {
      const kit = createKit(defineApp({ flows: [flow] }));
      await kit.client.start('steps', 'a', { id: 'x' });
      const { plan, reached } = unheard(n);
      await kit.drain(kit.worker(plan));
      return { kit, reached: reached() };
    };
    const { kit: calm } = await kitWith(99);
    const expected = (await read(calm)).map(brief);
    let n = 1;
    for (; ; n += 1) {
      const { kit, reached } = await kitWith(n);
      if (!reached) break;
      const items = await read(kit);
      assert.deepEqual(items.map(brief), expected, `commit ${n}`);
      for (const { type, activationId: from = '' } of items)
        if (type === 'attempt_started')
          assert.equal((await kit.client.rerun('x', { from })).kind, 'rerun', `commit ${n}`);
    }
    assert.ok(n > 3, `${n} commits`);
  });

  it('leaves it whole also when the store stays away for a while', async () => {
    const kit = createKit(defineApp({ flows: [flow] }));
    await kit.client.start('steps', 'a', { id: 'x' });
    const { plan } = unheard(2, 7);
    await kit.pass(30_000, kit.worker(plan));
    const items = await read(kit);
    assert.deepEqual(
      items.filter(({ lost }) => lost),
      [],
      items.map(brief).join('\n'),
    );
    assert.ok(items.some((item) => brief(item) === 'attempt_succeeded first a1'));
  });

  it('of a client says who made the call', async () => {
    const kit = createKit(defineApp({ flows: [flow] }));
    await kit.client.start('steps', 'a', { id: 'x' });
    const { client } = kit.process(unheard(1).plan);
    await kit.finish(client.pause('x', { actor: 'ann' }));
    const paused = (await read(kit)).find(({ action }) => action === 'pause');
    assert.equal(paused?.actor, 'ann');
  });

  it('gives its records once when the repeat of it is stored', async () => {
    const kit = createKit(defineApp({ flows: [flow] }));
    await kit.client.start('steps', 'a', { id: 'x' });
    const stored = await kit.load('x');
    const written = [{ seq: 1, at: 0, type: 'started' }] as const;
    const records = new StoredRecords();
    records.addUnheard(stored.rev - 1, stored.head, written);
    records.add(written);
    records.look(stored);
    assert.deepEqual(records.take(), written);
  });

  it('is not taken for the commit of another one', async () => {
    const kit = createKit(defineApp({ flows: [flow] }));
    await kit.client.start('steps', 'a', { id: 'x' });
    const { client } = kit.process(({ name, n }) => (name === 'executions.commit' && n > 0 ? 'before' : undefined));
    const late = kit.finish(client.pause('x', { actor: 'ann' }).catch(() => undefined));
    await kit.client.pause('x', { actor: 'bob' });
    await late;
    const paused = (await read(kit)).filter(({ action }) => action === 'pause');
    assert.deepEqual(
      paused.map(({ actor }) => actor),
      ['bob'],
    );
  });
});
