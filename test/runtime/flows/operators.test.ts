import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { type ContextOf, defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit, type Testkit } from '../../../lib/testing.ts';

type App = Parameters<typeof createTestkit>[0];

async function run(
  flow: App['flows'][number],
  input: unknown,
): Promise<{ kit: Testkit; view: Awaited<ReturnType<Testkit['client']['get']>> }> {
  const kit = createTestkit({ flows: [flow], resources: {} });
  await kit.client.start(flow.name, input, { id: 'x' });
  await kit.drain();
  return { kit, view: await kit.client.get('x') };
}

const anything = z.array(z.json());

describe('forEach', () => {
  it('collects results in input order, nested and under caps', async () => {
    let running = 0;
    let most = 0;
    const flow = defineFlow({ name: 'each', input: z.array(z.array(z.number())), state: { out: z.json() } });
    flow
      .to('begin', (ctx) => ctx.input)
      .forEach(
        (outer) =>
          outer.forEach(
            (inner) =>
              inner.to('work', async (ctx) => {
                running += 1;
                most = Math.max(most, running);
                await Promise.resolve();
                running -= 1;
                return ctx.input * 10;
              }),
            { concurrency: 1 },
          ),
        { concurrency: 2 },
      )
      .to('end', (ctx) => ctx.state.set('out', ctx.input));
    const { view } = await run(flow, [[3, 1], [], [2]]);
    assert.deepEqual(view?.state.out, [[30, 10], [], [20]]);
    assert.ok(most <= 2, `${most} at once`);
  });

  it('treats another value as one item, and collects errors on request', async () => {
    const flow = defineFlow({ name: 'items', state: { out: z.json() }, defaults: { retry: { maxAttempts: 1 } } });
    flow
      .to('begin', () => [1, 2, 3])
      .forEach(
        (item) =>
          item.to('odd', (ctx) => {
            if (ctx.input === 2) throw new Error('even');
            return ctx.input;
          }),
        { onItemError: 'collect' },
      )
      .to('end', (ctx) => ctx.state.set('out', ctx.input as never));
    const { view } = await run(flow, null);
    assert.deepEqual(view?.state.out, [1, { error: { name: 'Error', message: 'even' } }, 3]);
    assert.equal(view?.status, 'completed');
  });
});

describe('an awaited emit', () => {
  const flow = defineFlow({ name: 'emits', input: z.number(), state: { log: anything }, signals: { ask: z.number() } });
  flow.to('asker', async (ctx) => {
    await ctx.state.append('log', 'before');
    try {
      await ctx.emit('ask', ctx.input);
      await ctx.state.append('log', 'after');
    } catch (error) {
      await ctx.state.append('log', `caught ${(error as Error).message}`);
    }
    if (ctx.attempt === 1) throw new Error('once more');
    await ctx.state.append('log', `end ${ctx.attempt}`);
  });
  const answer = flow.chunk('answer', { retry: { maxAttempts: 1 } }, async (ctx: ContextOf<typeof flow, number>) => {
    if (ctx.input < 0) throw new Error('negative');
    await ctx.state.append('log', `answer ${ctx.input}`);
  });
  flow.when('ask').to(answer);

  it('waits for its cascade; a repeat skips accepted emits', async () => {
    const { kit, view } = await run(flow, 7);
    assert.deepEqual(view?.state.log, ['before', 'answer 7']);
    await kit.advance(5_000);
    const after = await kit.client.get('x');
    assert.deepEqual(after?.state.log, ['before', 'answer 7', 'after', 'end 2']);
    assert.equal(after?.status, 'completed');
  });

  it('rejects with the failure of its cascade, which a chunk can catch', async () => {
    const { kit } = await run(flow, -1);
    await kit.advance(5_000);
    const after = await kit.client.get('x');
    assert.deepEqual(after?.state.log, ['before', 'caught negative', 'end 2']);
    assert.equal(after?.status, 'completed');
    assert.deepEqual((await kit.ports.executions.load('x'))?.head.cascades, {});
  });

  it('frees its permit while it waits: a limit of one is no deadlock at any depth', async () => {
    const deep = defineFlow({
      name: 'deep',
      state: { log: anything },
      signals: { down: z.number() },
      execution: { concurrency: 1 },
    });
    deep.to('top', (ctx) => ctx.emit('down', 1));
    deep.when('down').to('step', async (ctx) => {
      if (ctx.input < 100) await ctx.emit('down', ctx.input + 1);
      await ctx.state.append('log', ctx.input);
    });
    const { view } = await run(deep, null);
    assert.deepEqual(
      view?.state.log,
      Array.from({ length: 100 }, (_, i) => 100 - i),
    );
    assert.equal(view?.status, 'completed');
  });
});

describe('a pause', () => {
  it('with `self` runs the chunk again with the answer, up to its limit', async () => {
    const flow = defineFlow({ name: 'self', state: { got: anything } });
    const gate = flow.chunk('gate', { resume: z.string() }, async (ctx: ContextOf<typeof flow, unknown, string>) => {
      if (ctx.resume) await ctx.state.append('got', ctx.resume.value);
      if (ctx.resume?.value === 'enough') return null;
      return ctx.pauseFor({ type: 'more', resumeTo: 'self', maxResumes: 2, id: 'gate' });
    });
    flow.to(gate);
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('self', null, { id: 'x' });
    for (const [value, kind] of [
      ['a', 'accepted'],
      ['enough', 'accepted'],
      ['late', 'conflict'],
    ] as const) {
      await kit.drain();
      assert.equal((await kit.client.resume('x', 'gate', { value, requestId: value })).kind, kind);
    }
    await kit.drain();
    const view = await kit.client.get('x');
    assert.deepEqual({ status: view?.status, got: view?.state.got }, { status: 'completed', got: ['a', 'enough'] });
    assert.equal((await kit.client.resume('x', 'gate', { value: 'a', requestId: 'a' })).kind, 'duplicate');
  });

  it('with an event is resolved by an emit, and its answer is emitted', async () => {
    const flow = defineFlow({ name: 'event', state: { heard: anything }, signals: { go: z.string() } });
    flow.to('gate', (ctx) => ctx.pauseFor({ type: 'wait', resumeTo: { event: 'go' } }));
    flow.when('go').to('hear', (ctx) => ctx.state.append('heard', ctx.input));
    for (const answer of ['signal', 'resume'] as const) {
      const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('event', null, { id: 'x' });
      await kit.drain();
      const [interrupt] = (await kit.client.get('x'))?.interrupts ?? [];
      if (answer === 'signal') await kit.client.signal('x', 'go', 'now');
      else await kit.client.resume('x', interrupt?.interruptId ?? '', { value: 'now' });
      await kit.drain();
      const view = await kit.client.get('x');
      assert.deepEqual(
        { status: view?.status, heard: view?.state.heard },
        { status: 'completed', heard: ['now'] },
        answer,
      );
    }
  });
});

describe('limits and shortcuts', () => {
  it('a timeout fails the attempt, aborts it, and is retried', async () => {
    let aborted = 0;
    const flow = defineFlow({ name: 'slow', state: { tries: z.number() } });
    const slow = flow.chunk('slow', { timeout: 1_000 }, async (ctx: ContextOf<typeof flow, unknown>) => {
      if (ctx.attempt > 1) return ctx.state.set('tries', ctx.attempt);
      await new Promise<void>((resolve) => ctx.abort.addEventListener('abort', () => resolve(), { once: true }));
      aborted += 1;
    });
    flow.to(slow);
    const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('slow', null, { id: 'x' });
    const draining = kit.drain();
    await kit.clock.advance(1_000);
    await draining;
    await kit.advance(5_000);
    const view = await kit.client.get('x');
    assert.deepEqual(
      { status: view?.status, tries: view?.state.tries, aborted },
      { status: 'completed', tries: 2, aborted: 1 },
    );
  });

  it('nowait inline continues in the emitting worker, without a message for each signal', async () => {
    const loop = (nowait: 'queue' | 'inline') => {
      const flow = defineFlow({
        name: nowait,
        input: z.number(),
        signals: { turn: z.number() },
        execution: { nowait },
      });
      flow.to('begin', (ctx) => ctx.emitNowait('turn', ctx.input));
      flow.when('turn').to('again', (ctx) => {
        if (ctx.input > 0) ctx.emitNowait('turn', ctx.input - 1);
      });
      return flow;
    };
    for (const nowait of ['queue', 'inline'] as const) {
      const flow = loop(nowait);
      const kit = createTestkit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start(nowait, 20, { id: 'x' });
      let messages = 0;
      const { send } = kit.queue;
      Object.assign(kit.ports.queue, {
        send: (sent: Parameters<typeof send>[0]) => {
          messages += sent.filter(({ message }) => message.kind === 'signal').length;
          return send(sent);
        },
      });
      await kit.drain();
      assert.equal((await kit.client.get('x'))?.status, 'completed');
      assert.equal(messages, nowait === 'inline' ? 0 : 21);
    }
  });
});
