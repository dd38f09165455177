import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { BUDGET, createKit, type Fault, gate, type PortCall, Tally, wake } from '../kit.ts';

const STEPS = 20;
const LEASE = 20_000;
const SKEW = 2_000;

/** A chain of chunks that append to a list; `at` is called in every run of a step. */
function chain(runs: Tally, at: (step: number, run: number) => Promise<void> | void = () => undefined) {
  const flow = defineFlow({
    name: 'chain',
    state: { log: z.array(z.number()), word: z.string() },
    signals: { hear: z.string() },
    execution: { durability: 'exit' },
  });
  const step = (n: number) =>
    flow.chunk(`step${n}`, async (ctx) => {
      const before = ((await ctx.state.get('log')) ?? []).length;
      assert.equal(before, n, 'the chunk sees the writes of earlier steps');
      await at(n, runs.add(`step${n} ${ctx.idempotencyKey}`));
      await ctx.state.append('log', n);
      return n;
    });
  let end = flow.to(step(0));
  for (let n = 1; n < STEPS; n += 1) end = end.to(step(n));
  flow.when('hear').to('heard', () => {
    runs.add('heard');
  });
  return defineApp({ flows: [flow], resources: {} });
}

const ALL = Array.from({ length: STEPS }, (_, n) => n);

function commitsIn(calls: readonly PortCall[]): number {
  return calls.filter(({ name }) => name === 'executions.commit').length;
}

describe("an execution with durability 'exit'", () => {
  it('stores the steps of a chain together', async () => {
    const runs = new Tally();
    const kit = createKit(chain(runs));
    await kit.client.start('chain', null, { id: 'x' });
    const calls: PortCall[] = [];
    const worker = kit.worker((call) => {
      calls.push(call);
      return undefined;
    });
    await kit.drain(worker);
    assert.deepEqual((await kit.view('x')).result, { log: ALL });
    assert.deepEqual(
      { commits: commitsIn(calls), runCount: runs.counts.size },
      { commits: 2, runCount: STEPS },
      'the claim and the end',
    );
    await kit.client.start('chain', null, { id: 'y', durability: 'sync' });
    calls.length = 0;
    await kit.drain(worker);
    assert.equal(commitsIn(calls), STEPS + 1);
  });

  it('is stored at least at each heartbeat', async () => {
    const kit = createKit(chain(new Tally(), () => kit.clock.sleep(1_000)));
    await kit.client.start('chain', null, { id: 'x' });
    const handled = kit.worker().handle([wake('x')], kit.clock.now() + BUDGET);
    for (let s = 0; s < 10; s += 1) await kit.clock.advance(1_000);
    const log = (await kit.view('x')).state.log as number[];
    assert.ok(log.length >= 4 && log.length <= 10, `${log.length} steps`);
    await kit.finish(handled);
    assert.deepEqual((await kit.view('x')).result, { log: ALL });
  });

  it('continues between signals and answers of others with its keys', async () => {
    const runs = new Tally();
    const kit = createKit(
      chain(runs, async (n, run) => {
        if (n === 10 && run === 1)
          assert.equal(await kit.client.signal('x', 'hear', 'now', { requestId: 's' }), 'accepted');
      }),
    );
    await kit.client.start('chain', null, { id: 'x' });
    await kit.drain();
    assert.deepEqual((await kit.view('x')).result, { log: ALL });
    assert.equal(runs.of('heard'), 1);
    assert.ok([...runs.counts.values()].every((count) => count === 1));
  });

  it('ends at the latest with the heartbeat after a cancel', async () => {
    const runs = new Tally();
    const kit = createKit(
      chain(runs, async (n) => {
        if (n === 3) await kit.client.cancel('x');
        if (n === 4) await kit.clock.sleep(7_000);
      }),
    );
    await kit.client.start('chain', null, { id: 'x' });
    await kit.drain();
    const { status, state } = await kit.view('x');
    assert.deepEqual({ status, state }, { status: 'cancelled', state: {} });
    assert.ok(runs.counts.size <= 5);
  });

  for (const fault of ['dieBefore', 'dieAfter'] satisfies Fault[]) {
    it(`repeats unstored steps with the same keys and continues with 'sync' (${fault})`, async () => {
      const runs = new Tally();
      const kit = createKit(chain(runs));
      await kit.client.start('chain', null, { id: 'x' });
      const commits: PortCall[] = [];
      const dying = kit.worker((call) => {
        if (call.name === 'executions.commit') commits.push(call);
        return commits.length === 2 ? fault : undefined;
      });
      void dying.handle([wake('x')], kit.clock.now() + BUDGET);
      for (let turns = 0; turns < 200 && commits.length < 2; turns += 1) await kit.clock.advance(0);
      assert.equal(runs.counts.size, STEPS);
      await kit.clock.advance(LEASE + SKEW + 1);
      const calls: PortCall[] = [];
      await kit.pass(
        60_000,
        kit.worker((call) => {
          calls.push(call);
          return undefined;
        }),
      );
      assert.deepEqual((await kit.view('x')).result, { log: ALL });
      assert.equal(runs.counts.size, STEPS, 'no other keys');
      const again = fault === 'dieBefore';
      assert.ok([...runs.counts.values()].every((count) => count === (again ? 2 : 1)));
      if (again) assert.ok(commitsIn(calls) >= STEPS + 1, `${commitsIn(calls)} commits`);
    });
  }

  it('blames the step that kills its worker, not the first of the chain', async () => {
    const runs = new Tally();
    const died = gate();
    const kit = createKit(chain(runs, (n) => (n === 5 ? died.opened : undefined)));
    await kit.client.start('chain', null, { id: 'x', defaults: { retry: { maxAttempts: 2 } } });
    for (let deaths = 0; deaths < 3; deaths += 1) {
      let dead = false;
      const worker = kit.worker(() => (dead ? 'dieBefore' : undefined));
      void worker.handle([wake('x')], kit.clock.now() + BUDGET);
      for (let turns = 0; turns < 200; turns += 1) await kit.clock.advance(0);
      dead = true;
      await kit.clock.advance(LEASE + SKEW + 1);
    }
    await kit.pass(120_000);
    const { status, error } = await kit.view('x');
    assert.deepEqual(
      { status, code: error?.code, chunk: error?.chunk },
      { status: 'failed', code: 'poison', chunk: 'step5' },
    );
  });

  it('repeats steps that should have read a concurrent host write', async () => {
    const flow = defineFlow({
      name: 'f',
      state: { log: z.array(z.string()), seen: z.array(z.string()) },
      execution: { durability: 'exit' },
    });
    flow
      .to('first', (ctx) => ctx.state.append('log', 'chunk'))
      .to('writes', async () => {
        await kit.client.state('x').append('log', 'host', { requestId: 'once' });
      })
      .to('reads', async (ctx) => ctx.state.set('seen', (await ctx.state.get('log')) ?? []))
      .to('last', () => null);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('f', null, { id: 'x' });
    await kit.drain();
    const { log, seen } = (await kit.view('x')).state;
    assert.deepEqual({ log, seen }, { log: ['host', 'chunk'], seen: log });
  });

  it('repeats few steps under continuous host writes', async () => {
    const runs = new Tally();
    const kit = createKit(chain(runs, () => kit.clock.sleep(500)));
    await kit.client.start('chain', null, { id: 'x' });
    const handled = kit.worker().handle([wake('x')], kit.clock.now() + BUDGET);
    for (let s = 0; s < 30; s += 2) {
      const written = kit.client.state('x').set('word', `${s}`);
      await kit.clock.advance(1_000);
      await kit.clock.advance(1_000);
      await written;
    }
    await kit.finish(handled);
    assert.deepEqual((await kit.view('x')).state.log, ALL);
    const again = [...runs.counts.values()].filter((count) => count > 1).length;
    assert.ok(again > 0 && again <= 15, `${again} steps`);
    assert.equal(Math.max(...runs.counts.values()), 2);
  });

  it('shows an intervention to the chunk after its point', async () => {
    const seen = new Map<string, number>();
    const flow = defineFlow({ name: 'f', execution: { durability: 'exit' } });
    const look = (name: string, also: () => Promise<unknown> = async () => null) =>
      flow.chunk(name, async (ctx) => {
        seen.set(name, (await ctx.interventions.get()).length);
        await also();
      });
    const intervenes = look('intervenes', () => kit.client.intervene('x', 'look here', { requestId: 'once' }));
    flow.to(look('before')).interventionPoint('here').to(look('behind')).to(intervenes).to(look('last'));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('f', null, { id: 'x' });
    await kit.drain();
    const [row] = (await kit.view('x')).interventions ?? [];
    assert.deepEqual({ status: row?.status, insertedBy: row?.insertedBy }, { status: 'inserted', insertedBy: 'here' });
    assert.deepEqual([...seen.values()], [0, 1, 1, 1]);
  });

  it('takes turns under a cap, and the stream reports repeated steps', async () => {
    const runs = new Tally();
    const flow = defineFlow({
      name: 'f',
      signals: { hear: z.string() },
      execution: { durability: 'exit', concurrency: 1 },
    });
    flow
      .to('first', () => null)
      .to('streams', (ctx) => ctx.stream(runs.add('streams')))
      .to('calls', async () => {
        await kit.client.signal('x', 'hear', 'now', { requestId: 's' });
      })
      .to('last', () => null);
    flow.when('hear').to('heard', () => {
      runs.add('heard');
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('f', null, { id: 'x' });
    await kit.drain();
    const page = await kit.client.readStream('x', { after: 0, limit: 10 });
    const items = page?.items.map(({ item }) => item);
    assert.deepEqual(items, [1, 2]);
    assert.deepEqual(
      { runsOfHeard: runs.of('heard'), status: (await kit.view('x')).status },
      { runsOfHeard: 1, status: 'completed' },
    );
  });

  it('blames the step that makes the head too large', async () => {
    const runs = new Tally();
    const flow = defineFlow({ name: 'f', execution: { durability: 'exit' } });
    flow
      .to('first', () => null)
      .to('large', async (ctx) => {
        for (let n = 0; n < 1_700; n += 1) await ctx.state.set(`key${n}`, 'x'.repeat(200));
      })
      .to('last', () => {
        runs.add('last');
      });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('f', null, { id: 'x' });
    await kit.drain();
    const { error, state } = await kit.view('x');
    assert.deepEqual(
      { code: error?.code, chunk: error?.chunk, state },
      { code: 'head_too_large', chunk: 'large', state: {} },
    );
    assert.equal(runs.of('last'), 0);
  });

  it('is not stored more often when values leave the head', async () => {
    const flow = defineFlow({
      name: 'f',
      signals: { go: z.number() },
      execution: { durability: 'exit', nowait: 'inline' },
    });
    flow.to('begin', (ctx) => ctx.emitNowait('go', 0));
    flow.when('go').to('turn', async (ctx) => {
      await kit.clock.sleep(500);
      await ctx.state.set('large', `${ctx.input} `.repeat(1_000));
      if (ctx.input < STEPS) ctx.emitNowait('go', ctx.input + 1);
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('f', null, { id: 'x' });
    const calls: PortCall[] = [];
    await kit.drain(
      kit.worker((call) => {
        calls.push(call);
        return undefined;
      }),
    );
    assert.equal((await kit.view('x')).status, 'completed');
    assert.ok(commitsIn(calls) <= 5, `${commitsIn(calls)} commits`);
  });

  for (const fault of ['before', 'after'] satisfies Fault[]) {
    it(`continues running work after a heartbeat with an unknown outcome (${fault})`, async () => {
      const runs = new Tally();
      const kit = createKit(chain(runs, (n) => (n === 5 ? kit.clock.sleep(7_000) : undefined)));
      await kit.client.start('chain', null, { id: 'x' });
      let commits = 0;
      const worker = kit.worker(({ name }) => {
        if (name !== 'executions.commit') return undefined;
        commits += 1;
        return commits === 2 ? fault : undefined;
      });
      await kit.drain(worker);
      assert.deepEqual((await kit.view('x')).result, { log: ALL });
      assert.ok(commits > 2 && [...runs.counts.values()].every((count) => count === 1));
    });
  }

  it('accepts only two values', async () => {
    assert.throws(
      () => defineFlow({ name: 'wrong', execution: { durability: 'never' as 'sync' } }),
      /durability of flow "wrong"/,
    );
    const kit = createKit(chain(new Tally()));
    await assert.rejects(kit.client.start('chain', null, { durability: 'never' as 'sync' }), {
      code: 'invalid_request',
    });
  });
});
