import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { createKit, type Fault, type Kit, Tally } from '../runtime/kit.ts';

type Durability = 'sync' | 'exit';

/** Chain, batch, match, pause, signals and large values: everything that commits. */
function story(effects: Tally, durability: Durability) {
  const flow = defineFlow({ name: 'story', execution: { durability } });
  const effect = (key: string) => {
    effects.add(key);
  };
  const left = flow.chunk('left', (ctx) => {
    effect(`left ${ctx.idempotencyKey}`);
    return 'L'.repeat(400);
  });
  const right = flow.chunk('right', async (ctx) => {
    await ctx.state.append('log', 'right');
    return 1;
  });
  flow
    .to('begin', async (ctx) => {
      await ctx.state.append('log', 'begin');
      await ctx.stream('begun');
      return 'B'.repeat(400);
    })
    .batch([left, right])
    .match((m) =>
      m.case(
        ({ input }) => (input.right as unknown) === 1,
        (p) => p.to('ask', (ctx) => ctx.pauseFor({ type: 'ask', payload: 'P'.repeat(400) })),
      ),
    )
    .to('end', async (ctx) => {
      await ctx.state.append('log', 'end');
      await ctx.state.set('answer', ctx.input);
      ctx.emitNowait('ended', 1);
      ctx.emitNowait('ended', 2);
    });
  flow.when('ended').to('hear', async (ctx) => {
    effect(`hear ${ctx.idempotencyKey}`);
    await ctx.state.increment('heard');
  });
  return flow;
}

const RESULT = { log: ['begin', 'right', 'end'], answer: 'A'.repeat(400), heard: 2 };

async function finish(kit: Kit, expected: string): Promise<void> {
  for (let minutes = 0; (await kit.view('x')).status !== expected; minutes += 1) {
    assert.ok(minutes < 6, `still ${(await kit.view('x')).status} after ${minutes} minutes`);
    await kit.pass(60_000);
  }
}

/** Runs the scenario; the first worker meets the fault at its call `n`. False if it made fewer calls. */
async function play(n: number, fault: Fault, durability: Durability): Promise<boolean> {
  const effects = new Tally();
  const kit = createKit(defineApp({ flows: [story(effects, durability)], resources: {} }));
  let reached = false;
  const faulty = kit.worker((call) => {
    if (call.n !== n) return undefined;
    reached = true;
    return fault;
  });
  const first = async () => {
    for (let i = 0; i < 10; i += 1) {
      const [received] = kit.queue.receive(1);
      if (!received || reached) return;
      const handled = faulty.handle([received.message], kit.clock.now() + 300_000);
      let over = false;
      handled.then(
        () => {
          over = true;
        },
        () => undefined,
      );
      for (let turns = 0; turns < 20 && !over; turns += 1) await kit.clock.advance(0);
      // A dead process deletes no message: it is delivered again after other workers have recovered.
      if (over) kit.queue.ack(received.receipt);
    }
  };
  await kit.client.start('story', null, { id: 'x' });
  await first();
  await finish(kit, 'waiting');
  const { interrupts } = await kit.view('x');
  assert.equal(interrupts.length, 1);
  assert.equal(interrupts[0]?.payload, 'P'.repeat(400));
  const answer = { value: 'A'.repeat(400), requestId: 'r' };
  const { kind } = await kit.client.resume('x', interrupts[0]?.interruptId ?? '', answer);
  assert.equal(kind, 'accepted');
  await first();
  await finish(kit, 'completed');
  const view = await kit.view('x');
  assert.deepEqual(view.result, RESULT);
  assert.deepEqual(view.error, undefined);
  const keys = [...effects.counts.keys()];
  assert.equal(keys.filter((key) => key.startsWith('left')).length, 1, 'one idempotency key for any number of runs');
  assert.equal(keys.filter((key) => key.startsWith('hear')).length, 2);
  const most = Math.max(...effects.counts.values());
  assert.ok(most <= 2, `a chunk ran ${most} times`);
  await kit.pass(1_200_000);
  assert.equal(kit.queue.size(), 0, 'no message is left in flight');
  const { head, wakeAt } = await kit.load('x');
  // Sweep times are floored to 30 s.
  const rests = wakeAt === undefined || wakeAt > (head.keptUntil ?? Infinity) - 30_000;
  assert.deepEqual({ outbox: head.outbox, rests }, { outbox: [], rests: true }, 'no work is left');
  return reached;
}

describe('a worker with a fault at any of its port calls', () => {
  const faults = ['dieBefore', 'dieAfter', 'before', 'after'] as const;
  for (const [fault, durability] of faults.flatMap((each) => [[each, 'sync'] as const, [each, 'exit'] as const])) {
    it(`(${fault}, ${durability}) loses and doubles no work`, async () => {
      let reached = 0;
      for (let n = 1; ; n += 1) {
        try {
          if (!(await play(n, fault, durability))) break;
        } catch (error) {
          throw new Error(`${fault} at call ${n}: ${error instanceof Error ? error.message : ''}`, { cause: error });
        }
        reached += 1;
      }
      assert.ok(reached >= 15, `only ${reached} calls`);
    });
  }
});
