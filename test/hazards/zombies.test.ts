import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../lib/index.ts';
import { BUDGET, createKit, gate, type Kit, Tally, wake } from '../runtime/kit.ts';

const LEASE = 20_000;
const SKEW = 2_000;

/** One chunk that waits at a gate in its first run and records its input. */
function held() {
  const stop = gate();
  const runs = new Tally();
  const aborted: boolean[] = [];
  const keys = new Set<string>();
  const flow = defineFlow({ name: 'held' });
  flow
    .to('hold', async (ctx) => {
      keys.add(ctx.idempotencyKey);
      const run = runs.add('hold');
      await ctx.state.set('by', run);
      if (run === 1) await stop.opened;
      aborted.push(ctx.abort.aborted);
      return run;
    })
    .to('after', (ctx) => {
      runs.add(`after ${ctx.input}`);
    });
  return { app: defineApp({ flows: [flow], resources: {} }), stop, runs, aborted, keys };
}

/** A worker takes the first message. @returns a function after which none of its calls is made */
function startMortal(kit: Kit): () => void {
  let dead = false;
  kit.takeFirst(() => (dead ? 'dieBefore' : undefined));
  return () => {
    dead = true;
  };
}

describe('a worker paused for longer than its lease', () => {
  it('has its settle refused and is told to stop', async () => {
    const { app, stop, runs, aborted, keys } = held();
    const kit = createKit(app);
    await kit.client.start('held', null, { id: 'x' });
    let frozen = false;
    let refused = 0;
    const freeze = gate();
    // The process is paused: its next calls wait until it resumes.
    const zombie = kit.worker(({ name }) => {
      if (!frozen) return undefined;
      if (name === 'executions.commit') refused += 1;
      return freeze.opened;
    });
    const handled = zombie.handle([wake('x')], kit.clock.now() + BUDGET);
    await kit.clock.advance(0);
    frozen = true;
    assert.equal(runs.of('hold'), 1);
    await kit.clock.advance(LEASE + SKEW + 1);
    await kit.drain();
    assert.deepEqual(
      { runsOfHold: runs.of('hold'), runsOfAfter2: runs.of('after 2') },
      { runsOfHold: 2, runsOfAfter2: 1 },
      'another worker took over',
    );
    stop.open();
    freeze.open();
    await kit.finish(handled);
    assert.ok(refused > 0, 'the paused worker tried to commit');
    const view = await kit.view('x');
    assert.deepEqual({ status: view.status, result: view.result }, { status: 'completed', result: { by: 2 } });
    assert.equal(runs.of('after 1'), 0);
    assert.equal(keys.size, 1);
    assert.equal(aborted[0], false);
  });

  it('aborts its chunks once it learns that its lease was lost', async () => {
    const frozen = gate();
    let freeze = false;
    let stopped = 0;
    const flow = defineFlow({ name: 'stop' });
    flow.to('slow', async (ctx) => {
      if (stopped > 0 || freeze) return;
      freeze = true;
      await new Promise<void>((resolve) => {
        ctx.abort.addEventListener('abort', () => resolve());
      });
      stopped += 1;
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('stop', null, { id: 'x' });
    const zombie = kit.worker(() => (freeze ? frozen.opened : undefined));
    const handled = zombie.handle([wake('x')], kit.clock.now() + BUDGET);
    await kit.clock.advance(LEASE + SKEW + 1);
    await kit.drain();
    assert.deepEqual(
      { freeze, stopped, status: (await kit.view('x')).status },
      { freeze: true, stopped: 0, status: 'completed' },
    );
    frozen.open();
    const began = kit.clock.now();
    await kit.finish(handled);
    assert.equal(stopped, 1);
    assert.ok(kit.clock.now() - began < LEASE, 'at its next commit, not at its deadline');
  });

  it('keeps its work by heartbeats during a long chunk', async () => {
    const { app, stop, runs } = held();
    const kit = createKit(app);
    await kit.client.start('held', null, { id: 'x' });
    let beats = 0;
    const worker = kit.worker(({ name }) => {
      if (name === 'executions.commit') beats += 1;
      return undefined;
    });
    const [received] = kit.queue.receive(1);
    assert.ok(received);
    const handled = worker.handle([received.message], kit.clock.now() + BUDGET);
    for (let seconds = 0; seconds < 200; seconds += 1) {
      await kit.clock.advance(1_000);
      if (seconds % 10 === 0) await kit.worker().handle([wake('x')], kit.clock.now() + BUDGET);
    }
    assert.ok(beats >= 200 / 7, `${beats} commits in 200 seconds`);
    assert.equal(runs.of('hold'), 1, 'no other worker could claim it');
    stop.open();
    await kit.finish(handled);
    assert.deepEqual((await kit.view('x')).result, { by: 1 });
  });

  it('loses its work after lease and skew', async () => {
    const { app, runs } = held();
    const kit = createKit(app);
    await kit.client.start('held', null, { id: 'x' });
    const die = startMortal(kit);
    await kit.clock.advance(0);
    die();
    assert.equal(runs.of('hold'), 1);
    await kit.pass(LEASE + SKEW - 1);
    assert.equal(runs.of('hold'), 1);
    await kit.pass(2_000);
    assert.equal(runs.of('hold'), 2, 'the watchdog message does not wait for the sweeper');
    assert.equal((await kit.view('x')).status, 'completed');
  });

  it('loses its work after lease and skew following its last heartbeat', async () => {
    const { app, runs } = held();
    const kit = createKit(app);
    await kit.client.start('held', null, { id: 'x' });
    const die = startMortal(kit);
    for (let seconds = 0; seconds < 10; seconds += 1) await kit.clock.advance(1_000);
    die();
    const [lease] = (await kit.load('x')).head.leases;
    assert.ok(lease && lease.until > kit.clock.now() + LEASE - 10_000, 'the lease was renewed');
    await kit.pass(lease.until + SKEW + 2_000 - kit.clock.now());
    assert.equal(runs.of('hold'), 2, 'the watchdog was repeated without the sweeper');
  });
});

describe('a worker whose commits lose every race for longer than its lease', () => {
  /** @returns the runs of the chunk, and how many heartbeats were posted, once `lostFor` ms have passed */
  async function starve(lostFor: number) {
    const { app, runs, stop } = held();
    const kit = createKit(app);
    await kit.client.start('held', null, { id: 'x' });
    stop.open();
    let commits = 0;
    let heartbeats = 0;
    const end = kit.clock.now() + lostFor;
    kit.takeFirst(({ name }) => {
      if (name === 'executions.post') heartbeats += 1;
      if (name !== 'executions.commit') return undefined;
      commits += 1;
      return commits > 1 && kit.clock.now() < end ? { answer: 'conflict' } : undefined;
    });
    await kit.pass(lostFor + LEASE);
    return { kit, runs, heartbeats };
  }

  it('keeps its work by posted heartbeats', async () => {
    const { kit, runs, heartbeats } = await starve(5 * LEASE);
    assert.equal(runs.of('hold'), 1, 'no other worker took it back');
    assert.ok(heartbeats >= 5 && heartbeats <= 15, `${heartbeats} heartbeats in five leases`);
    assert.deepEqual((await kit.view('x')).result, { by: 1 });
    assert.deepEqual((await kit.load('x')).inbox, [], 'nothing is left beside the head');
  });

  it('gives its work back before its deadline without a commit of its own', async () => {
    const { app, runs, stop } = held();
    const kit = createKit(app);
    await kit.client.start('held', null, { id: 'x' });
    stop.open();
    const [received] = kit.queue.receive(1);
    assert.ok(received);
    let commits = 0;
    const begun = kit.clock.now();
    const worker = kit.worker(({ name }) => {
      if (name === 'executions.commit') commits += 1;
      return name === 'executions.commit' && commits > 1 ? { answer: 'conflict' } : undefined;
    });
    await kit.finish(worker.handle([received.message], begun + BUDGET));
    assert.ok(kit.clock.now() < begun + BUDGET, 'it ends in time');
    const { inbox } = await kit.load('x');
    assert.ok(
      inbox.some(({ type }) => type === 'release'),
      JSON.stringify(inbox),
    );
    await kit.drain();
    assert.deepEqual(
      { holds: runs.of('hold'), status: (await kit.view('x')).status },
      { holds: 2, status: 'completed' },
    );
    assert.ok(kit.clock.now() < begun + BUDGET, 'nobody waits for the end of its lease');
  });

  it('posts none while it loses races for less than half of its lease', async () => {
    const { kit, runs, heartbeats } = await starve(LEASE / 2 - 1_000);
    assert.deepEqual({ heartbeats, holds: runs.of('hold') }, { heartbeats: 0, holds: 1 });
    assert.equal((await kit.view('x')).status, 'completed');
  });
});

describe('a deadline', () => {
  it('returns work that had not started without counting it, and started work counted', async () => {
    const runs = new Tally();
    const never = gate();
    const flow = defineFlow({ name: 'slow', defaults: { retry: { maxAttempts: 2 } } });
    flow.to('slow', async (ctx) => {
      runs.add('slow');
      runs.add(`attempt ${ctx.attempt}`);
      if (ctx.attempt === 1) await never.opened;
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('slow', null, { id: 'x' });
    const handled = kit.worker().handle([wake('x')], kit.clock.now() + 60_000);
    const ended = await kit.finish(handled);
    assert.deepEqual(ended, ['done']);
    assert.ok(kit.clock.now() - Date.UTC(2026, 0, 1) < 60_000, 'before the deadline, not at it');
    const { head } = await kit.load('x');
    assert.deepEqual(head.leases, []);
    assert.deepEqual(
      { attempt: head.activations[0]?.attempt, suspect: head.activations[0]?.suspect },
      { attempt: 1, suspect: undefined },
    );
    await kit.drain();
    assert.deepEqual(
      { runsOfSlow: runs.of('slow'), runsOfAttempt2: runs.of('attempt 2') },
      { runsOfSlow: 2, runsOfAttempt2: 1 },
    );
    assert.equal((await kit.view('x')).status, 'completed');
  });
});

describe('a chunk that kills its worker', () => {
  it('fails as poison after its attempts, without blame for other activations', async () => {
    const runs = new Tally();
    let kill = false;
    const flow = defineFlow({ name: 'killer' });
    flow.to('bad', () => {
      runs.add('bad');
      kill = true;
    });
    flow.to('good', () => {
      runs.add('good');
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('killer', null, { id: 'x' });
    let deaths = 0;
    for (let i = 0; i < 12; i += 1) {
      kill = false;
      let died = false;
      const worker = kit.worker(() => {
        if (!kill) return undefined;
        if (!died) deaths += 1;
        died = true;
        return 'dieBefore';
      });
      worker.handle([wake('x')], kit.clock.now() + BUDGET).catch(() => undefined);
      await kit.clock.advance(LEASE + SKEW + 1);
    }
    const view = await kit.view('x');
    assert.deepEqual(
      { status: view.status, code: view.error?.code, chunk: view.error?.chunk },
      { status: 'failed', code: 'poison', chunk: 'bad' },
    );
    assert.equal(deaths, runs.of('bad'));
    assert.equal(runs.of('bad'), 1 + 3, 'one attempt beside others, then three alone');
    const good = (await kit.load('x')).head.activations.find(({ node }) => node === 'good');
    assert.deepEqual(
      { attempt: good?.attempt, failed: good?.failed, runsOfGood: runs.of('good') },
      { attempt: 0, failed: undefined, runsOfGood: 1 },
    );
  });
});
