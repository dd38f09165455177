import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { DEFAULTS } from '../../lib/runtime/app/parameters.ts';
import { createClient } from '../../lib/runtime/client/client.ts';
import { createWorker } from '../../lib/runtime/worker/worker.ts';
import { BUDGET, createKit, gate, type PortCall, Tally, wake } from '../runtime/kit.ts';

function nowait(signals: number) {
  const heard = new Tally();
  const flow = defineFlow({ name: 'nowait' });
  flow.to('tell', (ctx) => {
    for (let n = 0; n < signals; n += 1) ctx.emitNowait('told', n);
  });
  flow.when('told').to('hear', async (ctx) => {
    heard.add(String(ctx.input));
    await ctx.state.increment('heard');
  });
  return { app: defineApp({ flows: [flow], resources: {} }), heard };
}

interface Sent {
  readonly message: { readonly kind: string };
  readonly delaySeconds: number;
}
const sentIn = (call: PortCall) => call.input[0] as readonly Sent[];

describe('emitNowait', () => {
  it('is delivered once each, by one message per signal', async () => {
    const { app, heard } = nowait(5);
    const kit = createKit(app);
    let signals = 0;
    const worker = kit.worker((call) => {
      if (call.name === 'queue.send') signals += sentIn(call).filter(({ message }) => message.kind === 'signal').length;
      return undefined;
    });
    await kit.client.start('nowait', null, { id: 'x' });
    await kit.drain(worker);
    assert.equal(signals, 5);
    assert.deepEqual([...heard.counts.values()], [1, 1, 1, 1, 1]);
    assert.deepEqual((await kit.view('x')).result, { heard: 5 });
  });

  it('is delivered once by the sweep after its message was lost', async () => {
    const { app, heard } = nowait(3);
    const kit = createKit(app);
    let lost = 0;
    const lossy = kit.worker((call) => {
      if (call.name !== 'queue.send') return undefined;
      lost += sentIn(call).length;
      return { answer: undefined };
    });
    await kit.client.start('nowait', null, { id: 'x' });
    await kit.drain(lossy);
    assert.ok(lost >= 4, `${lost} messages were lost: three signals and the watchdog`);
    assert.deepEqual(
      { heardCount: heard.counts.size, queueSize: kit.queue.size() },
      { heardCount: 0, queueSize: 0 },
      'no message is in flight',
    );
    await kit.pass(120_000);
    assert.deepEqual([...heard.counts.values()], [1, 1, 1]);
    assert.equal((await kit.view('x')).status, 'completed');
  });

  it('is delivered once when messages are duplicated and reordered', async () => {
    const { app, heard } = nowait(6);
    const kit = createKit(app);
    await kit.client.start('nowait', null, { id: 'x' });
    let delivered = 0;
    for (let round = 0; round < 40; round += 1) {
      const received = kit.queue.receive(10).toReversed();
      for (const { message, receipt } of received) {
        for (let twice = 0; twice < 2; twice += 1) {
          delivered += 1;
          await kit.finish(kit.worker().handle([message], kit.clock.now() + BUDGET));
        }
        kit.queue.ack(receipt);
      }
      if (received.length === 0) break;
    }
    assert.ok(delivered >= 14);
    assert.deepEqual([...heard.counts.values()], [1, 1, 1, 1, 1, 1]);
  });

  it('keeps at most 32 messages in flight and delivers all of 100 signals', async () => {
    const { app, heard } = nowait(100);
    const kit = createKit(app);
    const sent: number[] = [];
    const worker = kit.worker((call) => {
      if (call.name !== 'queue.send') return undefined;
      sent.push(sentIn(call).filter(({ message }) => message.kind === 'signal').length);
      return undefined;
    });
    await kit.client.start('nowait', null, { id: 'x' });
    await kit.drain(worker);
    assert.equal(heard.counts.size, 100);
    const [first, ...later] = sent.filter((count) => count > 0);
    assert.equal(first, 32);
    assert.deepEqual([...new Set(later)], [1], 'one more message for each that arrived');
    assert.equal(later.length, 68);
  });
});

describe('messages for an execution that is leased', () => {
  it('are deleted, not retried, and cost one read', async () => {
    const stop = gate();
    const runs = new Tally();
    const flow = defineFlow({ name: 'busy' });
    flow.to('hold', async () => {
      runs.add('hold');
      await stop.opened;
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('busy', null, { id: 'x' });
    const handled = kit.worker().handle([wake('x')], kit.clock.now() + BUDGET);
    await kit.clock.advance(0);
    const calls: string[] = [];
    const other = kit.worker(({ name }) => {
      calls.push(name);
      return undefined;
    });
    const answers = await other.handle([wake('x'), wake('x'), wake('gone')], kit.clock.now() + BUDGET);
    assert.deepEqual(answers, ['done', 'done', 'done']);
    assert.deepEqual(calls, ['executions.load', 'executions.load']);
    stop.open();
    await kit.finish(handled);
    assert.equal(runs.of('hold'), 1);
  });

  it('are retried after an unexpected error', async () => {
    const { app } = nowait(0);
    const kit = createKit(app);
    await kit.client.start('nowait', null, { id: 'x' });
    const worker = kit.worker(({ name }) => (name === 'executions.load' ? 'before' : undefined));
    assert.deepEqual(await worker.handle([wake('x')], kit.clock.now() + BUDGET), ['failed']);
    assert.ok(kit.logs.some((line) => line.startsWith('session failed')));
  });
});

describe('timer messages', () => {
  it('are sent again for the right time when they come early', async () => {
    const runs = new Tally();
    const flow = defineFlow({ name: 'later', defaults: { retry: { initialDelay: 100_000, jitter: 0 } } });
    flow.to('flaky', (ctx) => {
      runs.add('flaky');
      if (ctx.attempt === 1) throw new Error('later');
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('later', null, { id: 'x' });
    await kit.drain();
    await kit.clock.advance(30_000);
    const resent: number[] = [];
    const worker = kit.worker((call) => {
      if (call.name === 'queue.send') resent.push(...sentIn(call).map(({ delaySeconds }) => delaySeconds));
      return undefined;
    });
    const due = (await kit.load('x')).head.armed ?? 0;
    await worker.handle([{ executionId: 'x', kind: 'timer', due }], kit.clock.now() + BUDGET);
    assert.deepEqual({ resent, runsOfFlaky: runs.of('flaky') }, { resent: [70], runsOfFlaky: 1 });
    await kit.pass(71_000);
    assert.equal(runs.of('flaky'), 2);
  });

  it('for the end of a host lease are retried by a worker with a slow clock', async () => {
    const { app } = nowait(0);
    const kit = createKit(app);
    await kit.client.create('nowait', { id: 'x' });
    await kit.client.claim('x', 'host', 10_000);
    const resent: number[] = [];
    const worker = kit.worker((call) => {
      if (call.name === 'queue.send') resent.push(...sentIn(call).map(({ delaySeconds }) => delaySeconds));
      return undefined;
    });
    await worker.handle([wake('x')], kit.clock.now() + BUDGET);
    assert.deepEqual(resent, [], 'this message came in the middle of the lease');
    await kit.clock.advance(9_000);
    await worker.handle([wake('x')], kit.clock.now() + BUDGET);
    assert.deepEqual(resent, [2]);
  });

  it('do not multiply over consecutive sessions', async () => {
    const flow = defineFlow({ name: 'loop', execution: { autoClose: false } });
    const stops: (() => void)[] = [];
    flow.when('go').to('turn', async () => {
      const stop = gate();
      stops.push(stop.open);
      await stop.opened;
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('loop', null, { id: 'x' });
    let sessions = 0;
    for (let second = 0; second < 120; second += 1) {
      // There is always one session, a new one each second.
      await kit.client.signal('x', 'go', second);
      const received = kit.queue.receive(100);
      // A queue has no order. Here wake-ups come first, so timers find no work.
      for (const { message, receipt } of received.toSorted((a, b) => (a.message.kind < b.message.kind ? 1 : -1))) {
        sessions += message.kind === 'wake' ? 1 : 0;
        kit
          .worker()
          .handle([message], kit.clock.now() + BUDGET)
          .catch(() => undefined);
        kit.queue.ack(receipt);
        await kit.clock.advance(0);
      }
      if (stops.length > 1) stops.shift()?.();
      await kit.clock.advance(1_000);
    }
    assert.ok(sessions >= 120);
    // The watchdog's message lives for a lease: about 22 of them at any time.
    assert.ok(kit.queue.size() <= 30, `${kit.queue.size()} messages are in flight`);
  });

  it('do not multiply by sweeps during a long chunk', async () => {
    const stop = gate();
    const flow = defineFlow({ name: 'long' });
    flow.to('long', () => stop.opened);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('long', null, { id: 'x' });
    const [received] = kit.queue.receive(1);
    assert.ok(received);
    const handled = kit.worker().handle([received.message], kit.clock.now() + 3_600_000);
    kit.queue.ack(received.receipt);
    for (let minute = 0; minute < 15; minute += 1) {
      for (let step = 0; step < 12; step += 1) {
        await kit.clock.advance(5_000);
        for (const { message, receipt } of kit.queue.receive(100)) {
          await kit.worker().handle([message], kit.clock.now() + BUDGET);
          kit.queue.ack(receipt);
        }
      }
      await kit.sweeper.sweep(kit.clock.now() + BUDGET);
    }
    stop.open();
    await kit.finish(handled);
    assert.ok(kit.queue.size() <= 4, `${kit.queue.size()} messages are in flight`);
  });
});

describe('an execution whose definition this app lacks', () => {
  const strangers = () => {
    const flow = defineFlow({ name: 'known' });
    flow.to('a', () => undefined);
    const other = defineFlow({ name: 'known' });
    other.to('b', () => undefined);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    return { kit, old: defineApp({ flows: [other], resources: {} }), both: { flows: [other, flow], resources: {} } };
  };

  it('is unchanged, reported as blocked, and continues when the definition returns', async () => {
    const { kit, old, both } = strangers();
    await createClient(old, kit.ports, DEFAULTS).start('known', null, { id: 'x' });
    const { rev } = await kit.load('x');
    await kit.pass(300_000);
    assert.equal((await kit.load('x')).rev, rev, 'no write happened');
    assert.equal((await kit.view('x')).status, 'blocked');
    assert.ok(kit.logs.some((line) => line.includes('definition not in this app')));
    await kit.pass(120_000, createWorker(both, kit.ports, DEFAULTS));
    assert.equal((await kit.load('x')).head.lifecycle, 'closed');
  });

  it('does not accumulate messages', async () => {
    const { kit, old } = strangers();
    await createClient(old, kit.ports, DEFAULTS).start('known', null, { id: 'x' });
    await kit.pass(1_200_000);
    assert.ok(kit.queue.size() <= 3, `${kit.queue.size()} messages after 20 minutes`);
  });
});
