import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow, exportFlow, importFlow, toMermaid } from '../../../lib/index.ts';
import { createKit, gate } from '../kit.ts';

const once = { retry: { maxAttempts: 1 } };

describe('completion', () => {
  it('aborts the running attempts of the rest and refuses what they did', async () => {
    const aborted: number[] = [];
    const released = gate();
    const flow = defineFlow({ name: 'race', input: z.array(z.number()), state: { late: z.number(), out: z.json() } });
    flow
      .forEach(
        (item) =>
          item.to('work', async (ctx) => {
            if (ctx.input === 1) return 'first';
            ctx.abort.addEventListener('abort', () => {
              aborted.push(ctx.input);
              released.open();
            });
            await ctx.state.increment('late');
            await released.opened;
            return 'late';
          }),
        { completion: { minSuccessful: 1 } },
      )
      .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('race', [0, 1], { id: 'x' });
    await kit.drain();
    const view = await kit.view('x');
    assert.deepEqual([view.status, view.state], ['completed', { out: [{ index: 1, output: 'first' }] }]);
    assert.deepEqual(aborted, [0]);
  });

  it('asks until with the results so far, and takes an error for no', async () => {
    const asked: unknown[] = [];
    const flow = defineFlow({ name: 'until', input: z.array(z.number()), state: { out: z.json() } });
    flow
      .forEach((item) => item.to('work', (ctx) => ctx.input * 10), {
        concurrency: 1,
        completion: {
          until(results, counts) {
            asked.push([results, counts]);
            if (results.length < 2) throw new Error('too few');
            return results.some(({ output }) => output === 20);
          },
        },
      })
      .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('until', [1, 2, 3], { id: 'x' });
    await kit.drain();
    const two = [
      { index: 0, output: 10 },
      { index: 1, output: 20 },
    ];
    assert.deepEqual((await kit.view('x')).state, { out: two });
    assert.deepEqual(asked, [
      [two.slice(0, 1), { succeeded: 1, failed: 0, total: 3 }],
      [two, { succeeded: 2, failed: 0, total: 3 }],
    ]);
    assert.equal(kit.logs.filter((line) => line.includes('until failed')).length, 1);
  });

  it('fails beyond the tolerance; a redrive retries every failed item', async () => {
    let broken = true;
    const flow = defineFlow({ name: 'most', input: z.array(z.number()), state: { out: z.json() }, defaults: once });
    flow
      .forEach(
        (item) =>
          item.to('work', (ctx) => {
            if (broken && ctx.input < 2) throw new Error(`no ${ctx.input}`);
            return ctx.input;
          }),
        { completion: { toleratedFailureCount: 1 } },
      )
      .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('most', [0, 1, 2], { id: 'x', autoClose: false });
    await kit.drain();
    const failed = await kit.view('x');
    assert.deepEqual([failed.status, failed.error?.chunk, failed.failed?.length], ['failed', 'work', 2]);
    broken = false;
    assert.equal(await kit.client.redrive('x'), 'redriven');
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state, { out: [0, 1, 2] });
  });

  it('withdraws waits, whose later answers are gone', async () => {
    const flow = defineFlow({ name: 'votes', input: z.array(z.number()), state: { out: z.json() } });
    flow
      .forEach((item) => item.to('ask', (ctx) => ctx.pauseFor({ type: 'vote', id: 'vote' })), {
        completion: { minSuccessful: 2 },
      })
      .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('votes', [1, 2, 3], { id: 'x' });
    await kit.drain();
    await kit.client.resume('x', 'vote-2', { value: 'yes' });
    await kit.client.resume('x', 'vote-0', { value: 'no' });
    const late = await kit.client.resume('x', 'vote-1', { value: 'yes' });
    assert.ok(late.kind === 'gone' && late.entry.outcome === 'withdrawn');
    await kit.drain();
    const { status, state } = await kit.view('x');
    assert.equal(status, 'completed');
    assert.deepEqual(state.out, [
      { index: 0, output: 'no' },
      { index: 2, output: 'yes' },
    ]);
  });

  it('lets the rest run to its end and ignores it', async () => {
    const flow = defineFlow({ name: 'rest', state: { out: z.json(), ran: z.number() }, defaults: once });
    const fast = flow.chunk('fast', () => 1);
    const slow = flow.chunk('slow', (ctx) => ctx.sleep(1_000));
    const bad = flow.chunk('bad', async (ctx) => {
      await ctx.state.increment('ran');
      throw new Error('ignored');
    });
    flow
      .batch([fast, slow], { completion: { minSuccessful: 1, rest: 'goOn' } })
      .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
    flow.when(slow).to('after', (ctx) => ctx.state.increment('ran'));
    flow.to('other', () => null).batch([bad, fast], { completion: { minSuccessful: 1, rest: 'goOn' } });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('rest', null, { id: 'x' });
    await kit.drain();
    assert.equal((await kit.view('x')).status, 'waiting', 'the rest, which sleeps, keeps the execution open');
    await kit.pass(60_000);
    const { status, state } = await kit.view('x');
    assert.deepEqual([status, state], ['completed', { out: { fast: 1 }, ran: 1 }]);
  });

  it('lists the cases of a match that are done, by number', async () => {
    const flow = defineFlow({ name: 'cases', input: z.number(), state: { out: z.json() } });
    const [never, now] = [flow.chunk('never', (ctx) => ctx.pauseFor({ type: 'ask' })), flow.chunk('now', () => 'now')];
    flow
      .match(
        (m) =>
          m
            .case(1, (p) => p.to(never))
            .case(2, (p) => p.to(now))
            .case(
              ({ input }) => input === 1,
              (p) => p.to(now),
            ),
        { mode: 'all', completion: { minSuccessful: 1 } },
      )
      .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('cases', 1, { id: 'x' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state, { out: [{ index: 2, output: 'now' }] });
  });

  it('continues in another process after a save in the middle', async () => {
    const flow = defineFlow({ name: 'saved', input: z.array(z.number()), state: { out: z.json() }, defaults: once });
    flow
      .forEach(
        (item) =>
          item.to('work', (ctx) => {
            if (ctx.input === 0) throw new Error('no');
            return ctx.pauseFor({ type: 'ask', id: 'ask' });
          }),
        { completion: { minSuccessful: 1, toleratedFailureCount: 1 } },
      )
      .to('end', (ctx) => ctx.state.set('out', z.json().parse(ctx.input)));
    const app = defineApp({ flows: [flow], resources: {} });
    const kit = createKit(app);
    await kit.client.start('saved', [0, 1, 2], { id: 'x' });
    await kit.drain();
    const document = JSON.parse(JSON.stringify(await kit.client.save('x')));
    const other = createKit(app);
    await other.client.load(document);
    await other.client.resume('x', 'ask-2', { value: 2 });
    await other.drain();
    assert.deepEqual((await other.view('x')).state.out, [
      { index: 0, output: { error: { name: 'Error', message: 'no' } } },
      { index: 2, output: 2 },
    ]);
  });
});

describe('a definition with completion', () => {
  const enough = () => true;
  const build = (completion: object | undefined) => {
    const flow = defineFlow({ name: 'defined' });
    flow.forEach((item) => item.to('work', () => 1), completion as { completion: { until: typeof enough } });
    return flow;
  };

  it('is exported with the name of until, imported and drawn', () => {
    const flow = build({ completion: { minSuccessful: 2, until: enough, rest: 'goOn' } });
    const document = exportFlow(flow);
    assert.deepEqual(Object.values(document.predicates), ['enough']);
    const [work] = flow.chunks.values();
    const imported = importFlow(document, { chunks: { work: work?.handler }, predicates: { enough } } as never);
    assert.equal(imported.fingerprint, flow.fingerprint);
    assert.match(toMermaid(flow, { mode: 'detailed' }), /until 2 succeed, until a condition holds, the rest goes on/);
  });

  it('changes the fingerprint only where it is given', () => {
    const [none, some] = [build(undefined), build({ completion: { minSuccessful: 1 } })];
    assert.equal(none.fingerprint, build({}).fingerprint);
    assert.notEqual(none.fingerprint, some.fingerprint);
    assert.notEqual(build({ batchSize: 2 }).fingerprint, none.fingerprint);
  });

  for (const [completion, message] of [
    [{ minSuccessful: 0 }, /minSuccessful of completion of forEach is 0: use a whole number of at least 1/],
    [{ toleratedFailureCount: -1 }, /toleratedFailureCount .* is -1: use a whole number of at least 0/],
    [{ toleratedFailurePercentage: 101 }, /toleratedFailurePercentage .* is 101: use a number from 0 to 100/],
    [{ until: 'enough' }, /until of completion of forEach is "enough": use a function/],
    [{ minSuccessful: 1, rest: 'stop' }, /rest of completion of forEach is "stop": use 'withdraw' or 'goOn'/],
    [{}, /completion of forEach has no condition/],
  ] as const) {
    it(`refuses ${JSON.stringify(completion)}`, () => {
      assert.throws(() => build({ completion }), message);
    });
  }

  it('refuses it where nothing is counted', () => {
    const flow = defineFlow({ name: 'nothing' });
    const work = flow.chunk('work', () => 1);
    const each = flow as unknown as { forEach(body: (item: typeof flow) => void, options: object): void };
    assert.throws(() => each.forEach((item) => void item.to(work), { completion: { minSuccessful: 1 } }), /no results/);
    const first = { completion: { minSuccessful: 1 } } as { mode?: 'first' };
    assert.throws(() => flow.match((m) => m.case(1, (p) => p.to(work)), first), /needs mode "all"/);
    assert.throws(() => flow.forEach((item) => item.to(work), { batchSize: 0 }), /batchSize of forEach is 0/);
  });
});
