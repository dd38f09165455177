import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shardOf } from '../../../lib/adapters/encoding.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { WAKE_SHARDS } from '../../../lib/ports/execution-store.ts';
import { BUDGET, createKit, type Kit, Tally } from '../kit.ts';

function simple() {
  const runs = new Tally();
  const flow = defineFlow({ name: 'simple' });
  flow.to('only', (ctx) => {
    runs.add(ctx.execution.id);
  });
  return { kit: createKit(defineApp({ flows: [flow], resources: {} })), runs };
}

/** Starts an execution and loses its wake-up. */
async function startUnheard(kit: Kit, id: string): Promise<void> {
  const { client } = kit.process(({ name }) => (name === 'queue.send' ? { answer: undefined } : undefined));
  await client.start('simple', null, { id });
  assert.equal(kit.queue.size(), 0);
}

describe('the sweeper', () => {
  it('starts an execution whose wake-up was lost, once', async () => {
    const { kit, runs } = simple();
    await startUnheard(kit, 'x');
    const report = await kit.sweeper.sweep(kit.clock.now() + BUDGET);
    assert.deepEqual(report, { examined: 1, sent: 1, cleared: 0 });
    await kit.drain();
    assert.equal(runs.of('x'), 1);
  });

  it('wakes an execution with signals in its inbox', async () => {
    const runs = new Tally();
    const flow = defineFlow({ name: 'door', execution: { autoClose: false } });
    flow.when('poke').to('poked', () => {
      runs.add('poked');
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('door', null, { id: 'x' });
    await kit.pass(120_000);
    const { head, wakeAt } = await kit.load('x');
    assert.equal(wakeAt, undefined, 'at rest');
    const event = { type: 'signal', id: 's', name: 'poke', value: 1 } as const;
    assert.equal(await kit.ports.executions.append('x', head.inc, event, kit.clock.now() + 30_000), 'appended');
    assert.equal(kit.queue.size(), 0, 'the caller died before its wake-up');
    await kit.sweeper.sweep(kit.clock.now() + BUDGET);
    await kit.drain();
    assert.equal(runs.of('poked'), 1);
  });

  it('clears the sweep time of an execution at rest, and then ignores it', async () => {
    const { kit } = simple();
    await kit.client.start('simple', null, { id: 'x' });
    await kit.drain();
    const { wakeAt, head } = await kit.load('x');
    assert.ok(wakeAt !== undefined && wakeAt < (head.keptUntil ?? 0), 'the close needs no extra write');
    assert.deepEqual(await kit.sweeper.sweep(kit.clock.now() + BUDGET), { examined: 1, sent: 0, cleared: 1 });
    assert.equal((await kit.load('x')).wakeAt, head.keptUntil, 'the end of its retention');
    assert.deepEqual(await kit.sweeper.sweep(kit.clock.now() + BUDGET), { examined: 0, sent: 0, cleared: 0 });
  });

  it('continues after an execution that cannot be read', async () => {
    const { kit, runs } = simple();
    const ids = Array.from({ length: 20 }, (_, n) => `x${n}`);
    for (const id of ids) await startUnheard(kit, id);
    let failures = 0;
    const { sweeper } = kit.process(({ name, input }) => {
      if (name !== 'executions.load' || input[0] !== 'x7') return undefined;
      failures += 1;
      return 'before';
    });
    await sweeper.sweep(kit.clock.now() + BUDGET);
    await kit.drain();
    assert.equal(failures, 1);
    assert.deepEqual([...runs.counts.keys()].sort(), ids.filter((id) => id !== 'x7').sort());
  });

  it('reaches executions after a hundred others', async () => {
    const { kit, runs } = simple();
    const ids = Array.from({ length: 5_000 }, (_, n) => `x${n}`).filter((id) => shardOf(id, WAKE_SHARDS) === 0);
    assert.ok(ids.length > 101);
    const stuck = ids.slice(0, 100);
    for (const id of stuck) {
      // This app lacks their definitions: they stay where they are.
      await startUnheard(kit, id);
      const { head, rev, wakeAt = 0 } = await kit.load(id);
      const strange = { ...head, fingerprint: 'another' };
      await kit.ports.executions.commit({ head: strange, rev, folded: 0, exclusive: false, wakeAt: wakeAt - 60_000 });
    }
    const last = ids[100] ?? '';
    await startUnheard(kit, last);
    await kit.pass(300_000);
    assert.equal(runs.of(last), 1);
  });

  it('ends at its deadline and leaves the rest to the next pass', async () => {
    const { kit, runs } = simple();
    for (let n = 0; n < 10; n += 1) await startUnheard(kit, `x${n}`);
    assert.deepEqual(await kit.sweeper.sweep(kit.clock.now()), { examined: 0, sent: 0, cleared: 0 });
    await kit.sweeper.sweep(kit.clock.now() + BUDGET);
    await kit.drain();
    assert.equal(runs.counts.size, 10);
  });
});
