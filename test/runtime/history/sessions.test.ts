import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { type AnyFlow, type App, defineApp, defineFlow } from '../../../lib/index.ts';
import type { HistoryItem } from '../../../lib/runtime/client/types.ts';
import { BUDGET, createKit, type FaultPlan, type Kit } from '../kit.ts';

const appOf = (flow: AnyFlow): App => ({ flows: [flow], resources: {} });

const steps = (count: number, history?: 'times' | 'off'): AnyFlow => {
  const flow = defineFlow({ name: 'steps', ...(history && { execution: { history } }) });
  let at = flow.to('step-0', ({ input }) => input);
  for (let i = 1; i < count; i += 1) at = at.to(`step-${i}`, ({ input }) => input);
  return flow as AnyFlow;
};

async function read(kit: Kit, id = 'e1'): Promise<HistoryItem[]> {
  const items: HistoryItem[] = [];
  for await (const item of kit.client.history(id)) items.push(item);
  return items;
}

const brief = ({ type, chunk, attempt }: HistoryItem) =>
  [type, chunk, attempt].filter((part) => part !== undefined).join(' ');

/** A story of so many steps. */
function story(count: number): string[] {
  const each = Array.from({ length: count }, (_, i) => [
    `attempt_started step-${i} 1`,
    `attempt_succeeded step-${i} 1`,
  ]);
  return ['started', ...each.flat(), 'closed'];
}

/** The calls of one worker, by port. */
function counting(): { readonly plan: FaultPlan; readonly count: (name: string) => number } {
  const calls: string[] = [];
  return {
    plan: ({ name }) => {
      calls.push(name);
      return undefined;
    },
    count: (name) => calls.filter((call) => call === name).length,
  };
}

describe('a session', () => {
  it('writes the history of a short execution as one block at its end', async () => {
    const kit = createKit(appOf(steps(5)));
    await kit.client.start('steps', { n: 1 }, { id: 'e1' });
    const { plan, count } = counting();
    await kit.drain(kit.worker(plan));
    assert.equal(count('history.put'), 1);
    assert.equal(count('history.read'), 0);
    const items = await read(kit);
    assert.deepEqual(items.map(brief), story(5));
    assert.deepEqual(
      items.map(({ seq }) => seq),
      items.map((_, i) => i + 1),
    );
    assert.deepEqual([items[0]?.input, items[1]?.input, items[2]?.output], [{ n: 1 }, { n: 1 }, { n: 1 }]);
    assert.deepEqual([items[0]?.next, items[2]?.next, items[10]?.next], [['step-0'], ['step-1'], undefined]);
  });

  it('keeps no values with `times`, and nothing with `off`', async () => {
    for (const mode of ['times', 'off'] as const) {
      const kit = createKit(appOf(steps(3, mode)));
      await kit.client.start('steps', { n: 'secret' }, { id: 'e1' });
      const { plan, count } = counting();
      await kit.drain(kit.worker(plan));
      const items = await read(kit);
      assert.deepEqual(items.map(brief), mode === 'off' ? [] : story(3));
      assert.doesNotMatch(JSON.stringify(items), /secret/);
      assert.equal(count('history.put'), mode === 'off' ? 0 : 1);
      const { head } = await kit.load('e1');
      assert.equal(head.input, undefined);
    }
  });

  it('keeps the stubs in the head short', async () => {
    const kit = createKit(appOf(steps(300)));
    await kit.client.start('steps', 1, { id: 'e1' });
    const { plan, most } = longestStubs();
    await kit.drain(kit.worker(plan));
    assert.ok(most() > 500 && most() < 600, `${most()} characters`);
    assert.deepEqual((await read(kit)).map(brief), story(300));
  });

  it('goes on when its history can not be stored', async () => {
    const kit = createKit(appOf(steps(100)));
    await kit.client.start('steps', 1, { id: 'e1' });
    await kit.drain(kit.worker(({ name }) => (name === 'history.put' ? 'before' : undefined)));
    assert.equal((await kit.view('e1')).status, 'completed');
    assert.ok(kit.logs.some((line) => line.startsWith('history not stored')));
    await kit.clock.advance(60_000);
    const items = await read(kit);
    assert.deepEqual(items.map(brief), story(100), 'facts are in the head');
  });
});

describe('sessions of a loop through the queue', () => {
  const TURNS = 120;

  it('write a block each and seldom read one', async () => {
    const kit = createKit(loop());
    await kit.client.start('loop', TURNS, { id: 'e1' });
    const { plan, count } = counting();
    await kit.drain(kit.worker(plan));
    assert.equal(count('history.put'), TURNS + 1);
    const reads = count('history.read');
    assert.ok(reads > 0 && reads <= TURNS / 8, `${reads} reads`);
    assert.equal(count('executions.load'), TURNS + 1, 'one for each message');
    const items = await read(kit);
    assert.deepEqual(
      items.filter(({ type }) => type === 'attempt_succeeded').map(({ input: _, output }) => output),
      Array.from({ length: TURNS + 1 }, () => null),
    );
    assert.ok(items.every(({ lost }) => !lost));
    assert.equal((await kit.client.historySummary('e1'))?.records, items.length);
  });

  it('keep the stubs in the head short', async () => {
    const kit = createKit(loop());
    await kit.client.start('loop', TURNS, { id: 'e1' });
    const { plan, most } = longestStubs();
    await kit.drain(kit.worker(plan));
    assert.ok(most() > 200 && most() < 400, `${most()} characters`);
  });
});

/** It emits a signal to itself so often, each time through the queue. */
function loop(): App {
  const flow = defineFlow({ name: 'loop', input: z.int(), signals: { turn: z.int() } });
  flow.to('begin', (ctx) => ctx.emitNowait('turn', ctx.input));
  flow.when('turn').to('turn', (ctx) => {
    if (ctx.input > 1) ctx.emitNowait('turn', ctx.input - 1);
  });
  return defineApp({ flows: [flow] });
}

/** The longest stubs that a worker writes into the head. */
function longestStubs(): { readonly plan: FaultPlan; readonly most: () => number } {
  let most = 0;
  const plan: FaultPlan = ({ name, input: [request] }) => {
    if (name !== 'executions.commit') return undefined;
    const { head } = request as { head: { history?: { stubs?: string } } };
    most = Math.max(most, head.history?.stubs?.length ?? 0);
    return undefined;
  };
  return { plan, most: () => most };
}

/** The first worker dies before its `n`th call of a port. @returns whether it made so many calls */
async function diesAt(kit: Kit, n: number): Promise<boolean> {
  let died = false;
  kit.takeFirst((call) => {
    died ||= call.n === n;
    return died ? 'dieBefore' : undefined;
  });
  await kit.clock.advance(0);
  return died;
}

describe('a crash', () => {
  it('loses no fact, wherever the worker dies', async () => {
    for (let n = 1; ; n += 1) {
      const kit = createKit(appOf(steps(4)));
      await kit.client.start('steps', 'x', { id: 'e1' });
      if (!(await diesAt(kit, n))) break;
      await kit.pass(180_000);
      const items = await read(kit);
      const all = items.map(brief);
      assert.equal((await kit.view('e1')).status, 'completed');
      const vanished = all.filter((each) => each.startsWith('attempt_vanished')).length;
      assert.ok(vanished <= 1, all.join('\n'));
      const chunks = all.map((each) => each.replace(/ \d$/, ''));
      for (const each of story(4))
        assert.ok(chunks.includes(each.replace(/ \d$/, '')), `${each} after a crash at call ${n}:\n${all.join('\n')}`);
      const ends = all.filter((each) => /attempt_(succeeded|vanished|aborted|failed)/.test(each)).length;
      assert.equal(ends, all.filter((each) => each.startsWith('attempt_started')).length, all.join('\n'));
      const times = items.map(({ at }) => at);
      assert.deepEqual(times, times.toSorted());
      assert.deepEqual(
        items.map(({ seq }) => seq),
        items.map((_, i) => i + 1),
      );
    }
  });

  it('marks what only the vanished worker knew', async () => {
    const kit = createKit(appOf(steps(3)));
    await kit.client.start('steps', 'x', { id: 'e1' });
    kit.takeFirst(({ name, n }) => (name === 'executions.commit' && n > 3 ? 'dieAfter' : undefined));
    await kit.clock.advance(0);
    await kit.pass(180_000);
    const items = await read(kit);
    const lost = items.filter((item) => item.lost);
    assert.ok(lost.length > 0);
    for (const { activationId = '', output } of lost)
      assert.deepEqual([activationId.length <= 22, output], [true, undefined]);
    assert.equal(items.filter(({ type }) => type === 'attempt_vanished').length, 1);
  });
});

describe('a history without values', () => {
  it('has none after a crash either, nor in a copy', async () => {
    for (let n = 1; ; n += 1) {
      const kit = createKit(appOf(steps(3, 'times')));
      await kit.client.start('steps', 'secret', { id: 'e1' });
      if (!(await diesAt(kit, n))) break;
      const { client } = kit;
      const copies = (await client.fork('e1', { id: 'e2' })).kind === 'forked' ? ['e2'] : [];
      await kit.pass(180_000);
      for (const id of ['e1', ...copies]) {
        const { head } = await kit.load(id);
        const blocks = await kit.ports.history.read({ executionId: id, inc: head.inc }, { first: 0, id: '' }, 100);
        assert.doesNotMatch(JSON.stringify(blocks.map(({ records }) => records)), /secret|input/, `after call ${n}`);
        const items = await read(kit, id);
        assert.ok(items.some(({ type }) => type === 'attempt_succeeded'));
        assert.ok(items.every(({ input }) => input === undefined));
      }
    }
  });
});

describe('pages', () => {
  it('are read one after the other by their cursor, each record once', async () => {
    const kit = createKit(appOf(steps(70)));
    await kit.client.start('steps', 1, { id: 'e1' });
    await kit.drain();
    const seqs: number[] = [];
    for (let after = 0; ; ) {
      const page = await kit.client.readHistory('e1', { after, limit: 13 });
      assert.ok(page);
      seqs.push(...page.items.map(({ seq }) => seq));
      assert.ok(page.items.length <= 13);
      after = page.cursor;
      if (page.ended) break;
    }
    assert.deepEqual(
      seqs,
      Array.from({ length: 142 }, (_, i) => i + 1),
    );
  });

  it('of one chunk have only its records', async () => {
    const kit = createKit(appOf(steps(70)));
    await kit.client.start('steps', 1, { id: 'e1' });
    await kit.drain();
    const page = await kit.client.readHistory('e1', { chunk: 'step-60' });
    assert.deepEqual(page?.items.map(brief), ['attempt_started step-60 1', 'attempt_succeeded step-60 1']);
    assert.deepEqual([page?.cursor, page?.ended], [142, true]);
  });

  it('leave out what a living worker has not stored yet, and end before it', async () => {
    const flow = defineFlow({ name: 'slow' });
    let end: () => void = () => undefined;
    flow.to('slow', () => new Promise<null>((resolve) => (end = () => resolve(null))));
    const kit = createKit(defineApp({ flows: [flow] }));
    await kit.client.start('slow', 1, { id: 'e1' });
    const first = await kit.client.readHistory('e1', {});
    assert.deepEqual(first?.items.map(brief), ['started']);
    const [received] = kit.queue.receive(1);
    assert.ok(received);
    const work = kit.worker().handle([received.message], kit.clock.now() + BUDGET);
    await kit.clock.advance(10);
    const early = await kit.client.readHistory('e1', {});
    assert.deepEqual([early?.items, early?.cursor, early?.ended], [first?.items, 1, false], 'what was shown stays');
    await kit.clock.advance(7_000);
    const later = await kit.client.readHistory('e1', {});
    assert.deepEqual(later?.items.map(brief), ['started', 'attempt_started slow 1']);
    end();
    await kit.finish(work);
    assert.deepEqual((await read(kit)).map(brief).slice(2), ['attempt_succeeded slow 1', 'closed']);
  });

  it('of an unknown execution are none', async () => {
    const kit = createKit(appOf(steps(1)));
    assert.equal(await kit.client.readHistory('none', {}), undefined);
    assert.equal(await kit.client.historySummary('none'), undefined);
    await assert.rejects(
      async () => {
        for await (const _ of kit.client.history('none')) assert.fail();
      },
      { code: 'unknown_execution' },
    );
  });
});

describe('summaries', () => {
  it('count what happened at each node, over all blocks', async () => {
    const flow = defineFlow({ name: 'list', defaults: { retry: { maxAttempts: 1 } } });
    flow
      .to('make', () => Array.from({ length: 200 }, (_, i) => i))
      .forEach(
        (item) =>
          item.to('each', ({ input }) => {
            if (input % 50 === 0) throw new Error(`item ${input}`);
            return input;
          }),
        { onItemError: 'collect' },
      );
    const kit = createKit(defineApp({ flows: [flow] }));
    await kit.client.start('list', null, { id: 'e1' });
    await kit.drain();
    const summary = await kit.client.historySummary('e1');
    const each = Object.values(summary?.nodes ?? {}).find(({ chunk }) => chunk === 'each');
    assert.deepEqual([each?.started, each?.succeeded, each?.failed], [200, 196, 4]);
    assert.deepEqual(each?.errors, { 'item 0': 1, 'item 50': 1, 'item 100': 1, 'item 150': 1 });
    assert.equal(
      each?.ms.reduce((sum, count) => sum + count, 0),
      200,
    );
    assert.deepEqual(Object.values(summary?.minutes ?? {}), [{ started: 201, succeeded: 197, failed: 4 }]);
    assert.equal(summary?.records, (await read(kit)).length);
    assert.equal(summary?.ended, true);
  });
});

it('a block whose outcome was unknown is sent again as it was, and later records in another one', async () => {
  const kit = createKit(appOf(steps(60)));
  await kit.client.start('steps', 1, { id: 'e1' });
  let failed = false;
  const plan: FaultPlan = ({ name }) => {
    if (name !== 'history.put' || failed) return undefined;
    failed = true;
    return 'after';
  };
  await kit.drain(kit.worker(plan));
  assert.ok(failed);
  const items = await read(kit);
  assert.deepEqual(items.map(brief), story(60));
  assert.ok(items.every(({ lost }) => !lost));
  assert.equal((await kit.client.historySummary('e1'))?.records, items.length);
});
