/** Many due rows at once, and heads without room: an execution continues, or fails once with a code. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesOf } from '../../lib/engine/values/pack.ts';
import { type AnyFlow, defineApp, defineFlow } from '../../lib/index.ts';
import type { Parameters } from '../../lib/runtime/app/parameters.ts';
import { createKit, type Kit } from '../runtime/kit.ts';

const SMALL: Partial<Parameters> = { headBytes: 20 * 1024, headBytesAtMost: 26 * 1024, portion: 16 };
const HOUR = 3_600_000;
const MANY = 40;
const CROWDED = { headBytes: 6_000, headBytesAtMost: 9_000, headFormat: 1 } as const;

function kitOf(flows: readonly AnyFlow[], parameters = SMALL): Kit {
  return createKit(defineApp({ flows: [...flows], resources: {} }), { parameters });
}

/** Sessions with an error. */
function faults(kit: Kit): readonly string[] {
  return kit.logs.filter((line) => /session failed|settle failed|lease left/.test(line));
}

const list = (count: number) => () => Array.from({ length: count }, (_, i) => i);

describe('waits that are due together', () => {
  const endings = {
    value: { onExpiry: { value: 'late' } },
    event: { onExpiry: { event: 'late' } },
    error: {},
  };
  for (const [name, spec] of Object.entries(endings)) {
    it(`continue in portions, each once: ${name}`, async () => {
      const heard: unknown[] = [];
      const flow = defineFlow({ name: 'many', defaults: { retry: { maxAttempts: 1 } } });
      flow
        .to('people', list(MANY))
        .forEach((each) => each.to('ask', (ctx) => ctx.pauseFor({ type: 'q', expiresIn: 60_000, ...spec })), {
          onItemError: 'collect',
        })
        .to('sum', (ctx) => ctx.state.set('n', (ctx.input as unknown[]).length));
      flow.when('late').to('hear', (ctx) => {
        heard.push(ctx.chunk);
      });
      const kit = kitOf([flow]);
      await kit.client.start('many', null, { id: 'x' });
      await kit.pass(10 * 60_000);
      const view = await kit.view('x');
      assert.deepEqual(view.interrupts, []);
      assert.equal(view.status, 'completed');
      assert.equal(name === 'event' ? heard.length : view.state.n, MANY);
      assert.deepEqual(faults(kit), []);
    });
  }

  it('are completed by another worker when the first dies between portions', async () => {
    const flow = defineFlow({ name: 'many' });
    flow
      .to('people', list(MANY))
      .forEach((each) =>
        each.to('ask', (ctx) => ctx.pauseFor({ type: 'q', expiresIn: 60_000, onExpiry: { value: 'late' } })),
      )
      .to('sum', (ctx) => ctx.state.set('n', ctx.input.length));
    const kit = kitOf([flow], { ...SMALL, portion: 4 });
    await kit.client.start('many', null, { id: 'x' });
    await kit.drain();
    const ids = (await kit.view('x')).interrupts.map(({ interruptId }) => interruptId);
    await kit.clock.advance(61_000);
    let commits = 0;
    kit.takeFirst(({ name }) => {
      if (name !== 'executions.commit') return undefined;
      commits += 1;
      return commits === 2 ? 'dieAfter' : undefined;
    });
    await kit.clock.advance(0);
    assert.equal((await kit.load('x')).head.interrupts.length, MANY - 8);
    assert.deepEqual((await kit.view('x')).interrupts, []);
    const late = await kit.client.resume('x', ids.at(-1) ?? '', { value: 'yes' });
    const outcome = 'entry' in late && late.entry.outcome;
    assert.deepEqual({ kind: late.kind, outcome }, { kind: 'gone', outcome: 'expired' });
    await kit.pass(10 * 60_000);
    const { status, state } = await kit.view('x');
    assert.deepEqual({ status, n: state.n }, { status: 'completed', n: MANY });
  });

  it('fail the execution when their follow-up work has no room; a redrive continues', async () => {
    const flow = defineFlow({ name: 'wide', execution: { autoClose: false } });
    let width = 100;
    flow
      .to('ask', (ctx) => ctx.pauseFor({ type: 'q', expiresIn: 60_000, onExpiry: { value: null } }))
      .to('spread', () => Array.from({ length: width }, () => 'x'.repeat(200)));
    flow
      .to('wait', (ctx) => ctx.pauseFor({ type: 'q', expiresIn: 60_000, onExpiry: { value: list(100)() } }))
      .forEach((each) => each.to('one', (ctx) => ctx.state.increment('n', 1)));
    const kit = kitOf([flow], CROWDED);
    await kit.client.start('wide', null, { id: 'x' });
    await kit.pass(10 * 60_000);
    const { status, error } = await kit.view('x');
    assert.deepEqual([status, error?.code], ['failed', 'head_too_large']);
    assert.ok(faults(kit).length <= 1, faults(kit).join('\n'));
    const commits = (await kit.load('x')).rev;
    await kit.pass(30 * 60_000);
    assert.equal((await kit.load('x')).rev, commits, 'the session does not loop');
    width = 1;
    const roomy = createKit(defineApp({ flows: [flow], resources: {} }));
    const saved = await kit.client.save('x');
    await roomy.client.load(saved);
    assert.equal(await roomy.client.redrive('x'), 'redriven');
    await roomy.pass(10 * 60_000);
    const ended = await roomy.view('x');
    assert.deepEqual({ status: ended.status, n: ended.state.n }, { status: 'idle', n: 100 });
  });

  it('wait for running work to free room', async () => {
    const flow = defineFlow({ name: 'busy', execution: { history: 'off' } });
    const pad = 'x'.repeat(150);
    flow.to('people', list(12)).forEach((each) => {
      const after = each.to('ask', (ctx) => ctx.pauseFor({ type: 'q', expiresIn: 60_000, onExpiry: { value: pad } }));
      for (const name of ['a', 'b', 'c', 'd']) after.to(name, (ctx) => ctx.state.increment('n', 1));
      return after.to('e', (ctx) => ctx.state.increment('n', 1));
    });
    const kit = kitOf([flow], { headBytes: 7_500, headBytesAtMost: 14_500 });
    await kit.client.start('busy', null, { id: 'x' });
    await kit.pass(20 * 60_000);
    const { status, state, error } = await kit.view('x');
    assert.deepEqual({ status, n: state.n, error }, { status: 'completed', n: 60, error: undefined });
    assert.deepEqual(faults(kit), []);
  });
});

describe('one event for many waits', () => {
  const outside = (kit: Kit) => kit.client.signal('x', 'go', 1);
  const waiting = (count: number) => {
    const flow = defineFlow({ name: 'gate', execution: { autoClose: false } });
    flow
      .to('people', list(count))
      .forEach((each) => each.to('ask', (ctx) => ctx.pauseFor({ type: 'q', resumeTo: { event: 'go' } })));
    flow.when('go').to('hear', (ctx) => ctx.state.increment('heard', 1));
    flow.when('speak').to('say', (ctx) => ctx.emit('go', 1));
    flow.when('whisper').to('mutter', (ctx) => ctx.emitNowait('go', 1));
    return flow;
  };
  const emits = {
    outside,
    awaited: (kit: Kit) => kit.client.signal('x', 'speak', 1),
    queued: (kit: Kit) => kit.client.signal('x', 'whisper', 1),
  };
  for (const [name, emit] of Object.entries(emits)) {
    it(`ends them all, in portions: ${name}`, async () => {
      const kit = kitOf([waiting(MANY)]);
      await kit.client.start('gate', null, { id: 'x' });
      await kit.drain();
      const ids = (await kit.view('x')).interrupts.map(({ interruptId }) => interruptId);
      assert.equal(ids.length, MANY);
      assert.equal(await emit(kit), 'accepted');
      if (name === 'outside') {
        assert.deepEqual((await kit.view('x')).interrupts, [], 'all waits count as ended at once');
        assert.equal((await kit.load('x')).head.interrupts.length, MANY - 16);
      }
      await kit.drain();
      const { state, interrupts } = await kit.view('x');
      assert.deepEqual({ heard: state.heard, interrupts }, { heard: 1, interrupts: [] });
      const { head } = await kit.load('x');
      assert.deepEqual({ interrupts: head.interrupts, endings: head.endings }, { interrupts: [], endings: undefined });
      for (const id of ids) {
        const found = await kit.client.lookup('x', id);
        assert.equal(found?.kind === 'resolved' && found.entry.requestId, 'signal#go');
      }
      const { items = [] } = (await kit.client.readStream('x', { after: 0, limit: 500 })) ?? {};
      assert.equal(items.filter(({ item }) => (item as { action: string }).action === 'resume').length, MANY);
      assert.deepEqual(faults(kit), []);
    });
  }

  it('is closed and cancelled with any number of waits', async () => {
    for (const end of ['close', 'cancel'] as const) {
      const kit = kitOf([waiting(MANY)]);
      await kit.client.start('gate', null, { id: 'x' });
      await kit.drain();
      if (end === 'close') await kit.client.close('x', { pendingInterrupts: 'cancel' });
      else await kit.client.cancel('x');
      await kit.drain();
      const { status, lifecycle, interrupts } = await kit.view('x');
      const cancelled = { status: 'cancelled', lifecycle: 'closed', interrupts: [] };
      assert.deepEqual({ status, lifecycle, interrupts }, cancelled, end);
    }
  });
});

describe('sleeps, retries and failures that are due together', () => {
  it('continue in portions', async () => {
    const runs = new Map<unknown, number>();
    const flow = defineFlow({ name: 'naps' });
    flow
      .to('people', list(MANY))
      .forEach((each) =>
        each
          .to('nap', (ctx) => ctx.sleep(60_000))
          .to('try', (ctx) => {
            runs.set(ctx.idempotencyKey, (runs.get(ctx.idempotencyKey) ?? 0) + 1);
            if (ctx.attempt === 1) throw new Error('once more');
            return 1;
          }),
      )
      .to('sum', (ctx) => ctx.state.set('n', ctx.input.length));
    const kit = kitOf([flow]);
    await kit.client.start('naps', null, { id: 'x' });
    await kit.pass(10 * 60_000);
    const { status, state } = await kit.view('x');
    assert.deepEqual({ status, n: state.n }, { status: 'completed', n: MANY });
    const runsOfEach = new Set(runs.values());
    assert.deepEqual({ chunks: runs.size, runsOfEach }, { chunks: MANY, runsOfEach: new Set([2]) });
    assert.deepEqual(faults(kit), []);
  });

  it('fail together and restart together, announced in portions', async () => {
    const flow = defineFlow({ name: 'asks' });
    flow
      .to('people', list(MANY))
      .forEach((each) => each.to('ask', (ctx) => ctx.pauseFor({ type: 'q', expiresIn: 60_000 })))
      .to('sum', (ctx) => ctx.state.set('n', ctx.input.length));
    const kit = kitOf([flow], { ...SMALL, headBytes: 30 * 1024, headBytesAtMost: 40 * 1024 });
    await kit.client.start('asks', null, { id: 'x' });
    await kit.pass(5 * 60_000);
    const failed = await kit.view('x');
    assert.deepEqual({ status: failed.status, lifecycle: failed.lifecycle }, { status: 'failed', lifecycle: 'closed' });
    assert.equal(failed.error?.code, 'interrupt_expired');
    assert.equal(await kit.client.redrive('x'), 'redriven');
    await kit.drain();
    const { interrupts } = await kit.view('x');
    assert.equal(interrupts.length, MANY);
    assert.deepEqual((await kit.load('x')).head.outbox, []);
    for (const { interruptId } of interrupts) {
      const answer = await kit.client.resume('x', interruptId, { value: 'yes' });
      assert.equal(answer.kind, 'accepted');
    }
    await kit.drain();
    const ended = await kit.view('x');
    assert.deepEqual({ status: ended.status, n: ended.state.n }, { status: 'completed', n: MANY });
    assert.deepEqual(faults(kit), []);
  });
});

describe('work without room', () => {
  it('in an awaited emit is refused once and fails the awaiting chunk with its code', async () => {
    const attempts: number[] = [];
    const flow = defineFlow({ name: 'deep', defaults: { retry: { maxAttempts: 3 } } });
    flow.to('a', (ctx) => ctx.emit('down', 1_000));
    flow.when('down').to('b', async (ctx) => {
      attempts.push(ctx.attempt);
      await ctx.emit('down', (ctx.input as number) - 1);
    });
    const kit = kitOf([flow]);
    await kit.client.start('deep', null, { id: 'x' });
    await kit.pass(HOUR);
    const { status, error } = await kit.view('x');
    assert.deepEqual({ status, code: error?.code }, { status: 'failed', code: 'head_too_large' });
    assert.deepEqual(new Set(attempts), new Set([1]));
    assert.deepEqual(faults(kit), []);
  });

  it('fails only the chunk that emits it, and an outer chunk can catch the failure', async () => {
    const flow = defineFlow({ name: 'caught' });
    flow.to('a', async (ctx) => {
      const code = await ctx.emit('tell', null).then(
        () => 'accepted',
        (error: { code?: string }) => error.code ?? '',
      );
      await ctx.state.set('code', code);
    });
    flow.when('tell').to('b', (ctx) => ctx.emit('wide', 'x'));
    for (let i = 0; i < 60; i += 1) flow.when('wide').to(`ear${i}`, () => undefined);
    const kit = kitOf([flow], { headBytes: 6_000, headBytesAtMost: 9_000 });
    await kit.client.start('caught', null, { id: 'x' });
    await kit.pass(HOUR);
    const { status, state } = await kit.view('x');
    assert.deepEqual({ status, code: state.code }, { status: 'completed', code: 'head_too_large' });
  });

  it('in one of several awaited emits leaves the others accepted', async () => {
    const flow = defineFlow({ name: 'beside' });
    const large = flow.chunk(
      'large',
      { onError: 'skip' },
      (ctx: { emit(name: string, value: string): Promise<void> }) => ctx.emit('wide', 'x'),
    );
    flow.to(large);
    for (let i = 0; i < 3; i += 1) flow.to(`small${i}`, (ctx) => ctx.emit('narrow', i));
    flow.when('narrow').to('hear', (ctx) => ctx.state.increment('heard', 1));
    for (let i = 0; i < 60; i += 1) flow.when('wide').to(`ear${i}`, () => undefined);
    const kit = kitOf([flow], { headBytes: 6_000, headBytesAtMost: 9_000 });
    await kit.client.start('beside', null, { id: 'x' });
    await kit.pass(HOUR);
    const { status, state, tolerated } = await kit.view('x');
    assert.deepEqual(
      { status, state, tolerated: tolerated?.map(({ code }) => code) },
      { status: 'completed', state: { heard: 3 }, tolerated: ['head_too_large'] },
    );
  });

  it('in a start is refused with its code, and nothing is stored', async () => {
    const flow = defineFlow({ name: 'wide' });
    flow.forEach((each) => each.to('one', () => undefined));
    const kit = kitOf([flow], CROWDED);
    const input = list(200)();
    await assert.rejects(kit.client.start('wide', input, { id: 'x' }), { code: 'head_too_large' });
    assert.equal(await kit.client.get('x'), undefined);
    await kit.client.create('wide', { id: 'y' });
    await assert.rejects(kit.client.start('wide', input, { id: 'y' }), { code: 'head_too_large' });
    assert.equal((await kit.view('y')).status, 'created');
    assert.equal((await kit.client.start('wide', [1], { id: 'y' })).kind, 'started');
  });

  it('in an answer is refused with its code, and the wait stays', async () => {
    const flow = defineFlow({ name: 'ask' });
    flow
      .to('ask', (ctx) => ctx.pauseFor({ type: 'q' }))
      .forEach((each) => each.to('one', (ctx) => ctx.state.increment('n', 1)));
    const kit = kitOf([flow], CROWDED);
    await kit.client.start('ask', null, { id: 'x' });
    await kit.drain();
    const [{ interruptId = '' } = {}] = (await kit.view('x')).interrupts;
    await assert.rejects(kit.client.resume('x', interruptId, { value: list(300)() }), { code: 'head_too_large' });
    assert.equal((await kit.view('x')).interrupts.length, 1);
    assert.equal((await kit.client.resume('x', interruptId, { value: [1, 2] })).kind, 'accepted');
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state, { n: 2 });
  });

  it('in concurrent signals does not stop any accepted signal from starting its listeners', async () => {
    const flow = defineFlow({ name: 'door', execution: { autoClose: false } });
    const ears = 12;
    for (let i = 0; i < ears; i += 1) flow.when('poke').to(`ear${i}`, (ctx) => ctx.state.increment('n', 1));
    flow.to('work', (ctx) => ctx.state.set('work', 'done'));
    const kit = kitOf([flow], { headBytes: 8_000, headBytesAtMost: 14_000 });
    await kit.client.start('door', null, { id: 'x' });
    const { head } = await kit.load('x');
    const crowd = Array.from({ length: 30 }, (_, n) =>
      kit.ports.executions.append(
        'x',
        head.inc,
        { type: 'signal', id: `s${n}`, name: 'poke', value: n },
        kit.clock.now(),
      ),
    );
    assert.deepEqual(new Set(await Promise.all(crowd)), new Set(['appended']));
    await kit.pass(HOUR);
    const { state, status } = await kit.view('x');
    assert.deepEqual({ status, state }, { status: 'idle', state: { work: 'done', n: 30 * ears } });
    assert.deepEqual(faults(kit), []);
  });

  it('of one signal stays queued in the failed execution for a redrive', async () => {
    const flow = defineFlow({ name: 'door', execution: { autoClose: false } });
    for (let i = 0; i < 80; i += 1) flow.when('poke').to(`ear${i}`, (ctx) => ctx.state.increment('n', 1));
    const kit = kitOf([flow], { headBytes: 6_000, headBytesAtMost: 9_000 });
    await kit.client.start('door', null, { id: 'x' });
    await assert.rejects(kit.client.signal('x', 'poke', 1), { code: 'head_too_large' }, 'as an outside signal');
    const { head } = await kit.load('x');
    await kit.ports.executions.append(
      'x',
      head.inc,
      { type: 'signal', id: 's', name: 'poke', value: 1 },
      kit.clock.now(),
    );
    await kit.pass(HOUR);
    const { status, error } = await kit.view('x');
    assert.deepEqual({ status, code: error?.code }, { status: 'failed', code: 'head_too_large' });
    assert.equal((await kit.load('x')).head.signals.length, 1);
    assert.ok(faults(kit).length <= 1, faults(kit).join('\n'));
    const roomy = createKit(defineApp({ flows: [flow], resources: {} }));
    await roomy.client.load(await kit.client.save('x'));
    assert.equal(await roomy.client.redrive('x'), 'redriven');
    await roomy.pass(HOUR);
    assert.deepEqual((await roomy.view('x')).state, { n: 80 });
  });

  it('in a saved execution makes the load fail, and nothing is stored', async () => {
    const flow = defineFlow({ name: 'ask' });
    flow.to('people', list(MANY)).forEach((each) => each.to('ask', (ctx) => ctx.pauseFor({ type: 'q' })));
    const kit = kitOf([flow]);
    await kit.client.start('ask', null, { id: 'x' });
    await kit.drain();
    const saved = await kit.client.save('x');
    const calls: string[] = [];
    const small = kitOf([flow], { headBytes: 1_000, headBytesAtMost: 4_000 });
    const { client } = small.process(({ name }) => {
      calls.push(name);
      return undefined;
    });
    await assert.rejects(client.load(saved), { code: 'head_too_large' });
    assert.deepEqual(
      calls.filter((name) => /put|create|commit/.test(name)),
      [],
    );
    const size = bytesOf((await kit.load('x')).head);
    const just = kitOf([flow], { headBytes: 1_000, headBytesAtMost: size + 1_000 });
    await just.client.load(saved);
    assert.equal((await just.view('x')).interrupts.length, MANY, 'a copy may be as large as any head');
  });
});
