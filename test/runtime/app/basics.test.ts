import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow, FatalError, RetryableError } from '../../../lib/index.ts';
import { createKit, gate, Tally } from '../kit.ts';

const add = (n: number) => (ctx: { input: unknown }) => Number(ctx.input) + n;

describe('a flow in memory', () => {
  it('runs a chain in one invocation with one write a step', async () => {
    const flow = defineFlow({ name: 'chain' });
    flow
      .to('a', add(1))
      .to('b', add(10))
      .to('c', async (ctx) => {
        await ctx.state.set('sum', Number(ctx.input) + 100);
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('chain', 1, { id: 'x' });
    assert.equal(await kit.drain(), 1);
    const view = await kit.view('x');
    assert.deepEqual(
      { status: view.status, lifecycle: view.lifecycle, result: view.result },
      { status: 'completed', lifecycle: 'closed', result: { sum: 112 } },
    );
    assert.equal((await kit.load('x')).rev, 1 + 1 + 3, 'start, claim, one settle a step');
  });

  it('joins the branches of a batch and follows the decided match case', async () => {
    const flow = defineFlow({ name: 'batch', input: z.number() });
    flow
      .batch([
        flow.chunk('double', ({ input }: { input: number }) => input * 2),
        flow.chunk('text', ({ input }: { input: number }) => `${input}`),
      ])
      .match((m) =>
        m
          .case(
            ({ input }) => input.double > 10,
            (p) => p.to('large', () => 'large'),
          )
          .caseElse((p) => p.to('small', () => 'small')),
      )
      .to('end', async (ctx) => {
        await ctx.state.set('size', String(ctx.input));
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    for (const [id, input] of [
      ['l', 6],
      ['s', 5],
    ] as const)
      await kit.client.start('batch', input, { id });
    await kit.drain();
    assert.deepEqual(
      { lResult: (await kit.view('l')).result, sResult: (await kit.view('s')).result },
      { lResult: { size: 'large' }, sResult: { size: 'small' } },
    );
  });

  it('decides literals by deep strict equality; the first hit wins', async () => {
    const flow = defineFlow({ name: 'literals' });
    flow
      .match((m) =>
        m
          .case({ a: [1, { b: null }] }, (p) => p.to('deep', () => 'deep'))
          .case('1', (p) => p.to('string', () => 'string'))
          .case(1, (p) => p.to('number', () => 'number'))
          .case(1, (p) => p.to('again', () => 'again'))
          .caseElse((p) => p.to('other', () => 'other')),
      )
      .to('end', async (ctx) => {
        await ctx.state.set('hit', String(ctx.input));
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const inputs = { deep: { a: [1, { b: null }] }, string: '1', number: 1, other: { a: [1, {}] }, no: true };
    for (const [id, input] of Object.entries(inputs)) await kit.client.start('literals', input, { id });
    await kit.drain();
    const hits = await Promise.all(Object.keys(inputs).map(async (id) => (await kit.view(id)).state.hit));
    assert.deepEqual(hits, ['deep', 'string', 'number', 'other', 'other']);
  });

  it('asks predicates in order, awaits them and accepts truthy results', async () => {
    const asked: string[] = [];
    const flow = defineFlow({ name: 'predicates' });
    flow
      .match((m) =>
        m
          .case(
            () => asked.push('first') === 0,
            (p) => p,
          )
          .case(
            async () => {
              asked.push('second');
              return 'truthy';
            },
            (p) => p.to('hit', () => 1),
          )
          .case(
            () => asked.push('third'),
            (p) => p,
          ),
      )
      .to('end', async (ctx) => {
        await ctx.state.set('out', ctx.input);
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('predicates', 0, { id: 'x' });
    await kit.drain();
    assert.deepEqual({ asked, out: (await kit.view('x')).state.out }, { asked: ['first', 'second'], out: 1 });
  });

  it('shows a predicate the writes of the chunk before it', async () => {
    const flow = defineFlow({ name: 'state', state: { kind: z.string() } });
    flow
      .to('write', (ctx) => ctx.state.set('kind', 'written'))
      .match((m) =>
        m
          .case(
            async ({ state }) => (await state.get('kind')) === 'written',
            (p) => p.to('seen', () => 'seen'),
          )
          .caseElse((p) => p.to('missed', () => 'missed')),
      )
      .to('end', (ctx) => ctx.state.set('kind', String(ctx.input)));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('state', null, { id: 'x' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state, { kind: 'seen' });
  });

  it('fails a match whose predicate throws, after its retries', async () => {
    const asked = new Tally();
    const flow = defineFlow({ name: 'throws' });
    flow.to('a', add(0)).match((m) =>
      m.case(
        () => {
          asked.add('predicate');
          throw new Error('cannot say');
        },
        (p) => p,
      ),
    );
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('throws', 0, { id: 'x' });
    await kit.pass(60_000);
    const { status, error } = await kit.view('x');
    assert.deepEqual(
      { status, message: error?.message, attempt: error?.attempt },
      { status: 'failed', message: 'cannot say', attempt: 3 },
    );
    assert.equal(asked.of('predicate'), 1 + 3);
  });
});

describe('attempts', () => {
  it('leave no state, signal or output when they fail', async () => {
    const keys = new Set<string>();
    const heard = new Tally();
    const flow = defineFlow({ name: 'retry' });
    flow.to('flaky', async (ctx) => {
      keys.add(ctx.idempotencyKey);
      await ctx.state.append('tries', ctx.attempt);
      ctx.emitNowait('done', ctx.attempt);
      if (ctx.attempt < 3) throw new Error('not yet');
    });
    flow.when('done').to('hear', (ctx) => {
      heard.add(String(ctx.input));
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('retry', null, { id: 'x' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state, {}, 'one attempt failed');
    await kit.pass(30_000);
    const view = await kit.view('x');
    assert.deepEqual({ status: view.status, state: view.state }, { status: 'completed', state: { tries: [3] } });
    assert.deepEqual([...heard.counts], [['3', 1]]);
    assert.equal(keys.size, 1, 'one idempotency key for all attempts');
  });

  it('are not repeated when they end during a commit', async () => {
    const runs = new Tally();
    const [committing, ended] = [gate(), gate()];
    const flow = defineFlow({ name: 'two' });
    flow.to('fast', () => {
      runs.add('fast');
    });
    flow.to('slow', async () => {
      runs.add('slow');
      await committing.opened;
      ended.open();
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('two', null, { id: 'x' });
    let commits = 0;
    const worker = kit.worker(({ name }) => {
      commits += name === 'executions.commit' ? 1 : 0;
      if (name !== 'executions.commit' || commits !== 2) return undefined;
      committing.open();
      return ended.opened.then(() => new Promise((resolve) => setImmediate(resolve)));
    });
    await kit.drain(worker);
    assert.equal(commits, 3, 'claim, the one during which slow ended, and its own');
    assert.deepEqual(
      [...runs.counts],
      [
        ['fast', 1],
        ['slow', 1],
      ],
    );
  });

  it('are not repeated early, by policy or by retryAfter', async () => {
    const times: number[] = [];
    const flow = defineFlow({ name: 'later' });
    flow.to(
      flow.chunk('late', { retry: { jitter: 0.5 } }, () => {
        times.push(kit.clock.now());
        if (times.length === 1) throw new RetryableError('busy', { retryAfter: 45_000 });
        if (times.length === 2) throw new Error('again');
      }),
    );
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('later', null, { id: 'x' });
    await kit.pass(120_000);
    const [first = 0, second = 0, third = 0] = times;
    assert.equal(times.length, 3);
    assert.ok(second - first >= 45_000 && second - first <= 46_001, `${second - first}`);
    assert.ok(third - second >= 2_000 && third - second <= 4_001, `${third - second}`);
  });

  it('end at a FatalError and at errors of the engine', async () => {
    const runs = new Tally();
    const cases = {
      fatal: () => {
        throw new FatalError('no');
      },
      missing: (ctx: { requireResource(key: never): unknown }) => ctx.requireResource('mailer' as never),
      notJson: () => ({ when: new Map() }),
      nan: () => Number.NaN,
      endless: (ctx: { pauseFor(options: { type: string; expiresIn: number }): unknown }) =>
        ctx.pauseFor({ type: 'ask', expiresIn: Number.MAX_SAFE_INTEGER }),
      unreturned: (ctx: { pauseFor(options: { type: string }): unknown }) => {
        ctx.pauseFor({ type: 'ask' });
        return 1;
      },
    };
    const flows = Object.entries(cases).map(([name, handler]) => {
      const flow = defineFlow({ name });
      flow.to('only', (ctx) => {
        runs.add(name);
        return handler(ctx);
      });
      return flow;
    });
    const kit = createKit({ flows, resources: {} });
    for (const name of Object.keys(cases)) await kit.client.start(name, null, { id: name });
    await kit.pass(60_000);
    const views = await Promise.all(Object.keys(cases).map((id) => kit.view(id)));
    assert.deepEqual(
      views.map(({ status, error }) => [status, error?.code ?? error?.name, error?.attempt]),
      [
        ['failed', 'FatalError', 1],
        ['failed', 'missing_resource', 1],
        ['failed', 'invalid_value', 1],
        ['failed', 'invalid_value', 1],
        ['failed', 'invalid_pause', 1],
        ['failed', 'invalid_pause', 1],
      ],
    );
    assert.match(views[2]?.error?.message ?? '', /output of only\.when/);
    assert.match(views[1]?.error?.message ?? '', /"mailer"/);
    assert.deepEqual([...runs.counts.values()], [1, 1, 1, 1, 1, 1]);
  });

  it('are retried although the chunk gives an invalid retry time', async () => {
    for (const retryAfter of [Number.NaN, -5]) {
      const runs = new Tally();
      const flow = defineFlow({ name: 'odd' });
      flow.to('odd', () => {
        if (runs.add('odd') === 1) throw new RetryableError('busy', { retryAfter });
      });
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('odd', null, { id: 'x' });
      await kit.drain();
      assert.equal(runs.of('odd'), 1, `retryAfter ${retryAfter} was retried at once`);
      await kit.pass(10_000);
      assert.equal((await kit.view('x')).status, 'completed');
    }
  });
});
