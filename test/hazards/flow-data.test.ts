import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { createKit, type Fault, gate, type Kit, Tally } from '../runtime/kit.ts';

/** Two consecutive writes of one execution; it and another one listen. */
function counting() {
  const flow = defineFlow({ name: 'counting' });
  flow
    .to('write', async (ctx) => {
      if (ctx.input === 'wait') return;
      await ctx.flowData.increment('n', 1, { noWarning: true });
      await ctx.flowData.append('log', 'L'.repeat(400), { noWarning: true });
    })
    .to('again', async (ctx) => {
      if (ctx.execution.id === 'x') await ctx.flowData.increment('n', 1, { noWarning: true });
    });
  flow.when({ flowData: 'n' }).to('hear', async (ctx) => {
    await ctx.state.increment('heard');
  });
  return defineApp({ flows: [flow], resources: {} });
}

async function check(kit: Kit): Promise<void> {
  for (let minutes = 0; (await kit.view('x')).status !== 'completed'; minutes += 1) {
    assert.ok(minutes < 6, `still ${(await kit.view('x')).status}`);
    await kit.pass(60_000);
  }
  await kit.pass(300_000);
  const { data, operations } = await kit.ports.flowData.load('counting');
  assert.deepEqual(data, { n: 2, log: ['L'.repeat(400)] }, 'each write is made once');
  assert.deepEqual(operations, [], 'no id is left');
  assert.deepEqual((await kit.view('x')).state, { heard: 2 });
  assert.deepEqual((await kit.view('other')).state, { heard: 2 });
  for (const id of ['x', 'other']) {
    const { head, wakeAt } = await kit.load(id);
    // Sweep times are floored to 30 s.
    const rests = wakeAt === undefined || wakeAt > (head.keptUntil ?? Infinity) - 30_000;
    assert.deepEqual({ outbox: head.outbox, rests }, { outbox: [], rests: true }, 'no work is left');
  }
}

/** The first worker meets the fault at its call `n`. False if it made fewer calls. */
async function play(n: number, fault: Fault): Promise<boolean> {
  const kit = createKit(counting());
  await kit.client.start('counting', 'wait', { id: 'other', autoClose: false });
  await kit.drain();
  await kit.client.start('counting', null, { id: 'x' });
  let reached = false;
  const faulty = kit.worker((call) => {
    if (call.n !== n) return undefined;
    reached = true;
    return fault;
  });
  for (let i = 0; i < 10 && !reached; i += 1) {
    const [received] = kit.queue.receive(1);
    if (!received) break;
    let over = false;
    const end = () => {
      over = true;
    };
    faulty.handle([received.message], kit.clock.now() + 300_000).then(end, end);
    for (let turns = 0; turns < 30 && !over; turns += 1) await kit.clock.advance(over ? 0 : 1);
    if (over) kit.queue.ack(received.receipt);
  }
  await check(kit);
  return reached;
}

describe('shared data, with a fault at any port call of a worker', () => {
  for (const fault of ['dieBefore', 'dieAfter', 'before', 'after'] as const) {
    it(`(${fault}) is written once and notifies once`, async () => {
      let reached = 0;
      for (let n = 1; ; n += 1) {
        try {
          if (!(await play(n, fault))) break;
        } catch (error) {
          throw new Error(`${fault} at call ${n}: ${error instanceof Error ? error.message : ''}`, { cause: error });
        }
        reached += 1;
      }
      assert.ok(reached >= 30, `only ${reached} calls`);
    });
  }
});

describe('a worker paused between reading shared data and writing it', () => {
  it('does not repeat a write that another worker made and cleared', async () => {
    const kit = createKit(counting());
    await kit.client.start('counting', 'wait', { id: 'other', autoClose: false });
    await kit.drain();
    await kit.client.start('counting', null, { id: 'x' });
    const { opened, open } = gate();
    const tally = new Tally();
    const zombie = kit.worker(({ name }) => (name === 'flowData.apply' && tally.add(name) === 1 ? opened : undefined));
    const [received] = kit.queue.receive(1);
    assert.ok(received);
    const handled = zombie.handle([received.message], kit.clock.now() + 900_000);
    for (let turns = 0; turns < 30; turns += 1) await kit.clock.advance(0);
    assert.equal(tally.of('flowData.apply'), 1, 'the worker is paused there');
    await kit.pass(300_000);
    assert.equal((await kit.view('x')).status, 'completed', 'other workers have done the work');
    open();
    await kit.finish(handled);
    await check(kit);
  });
});
