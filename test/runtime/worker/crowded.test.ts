import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { DEFAULTS } from '../../../lib/runtime/app/parameters.ts';
import { BUDGET, createKit, gate, type Kit, Tally, wake } from '../kit.ts';

/** Items that one session claims at once. */
const CLAIMED = 64;
const ITEMS = 1_000;

/** A worker whose first commit is stored. The next ones lose so many races. */
function unlucky(kit: Kit, lost: number, stored = 1) {
  let commits = 0;
  return kit.worker(({ name }) => {
    if (name !== 'executions.commit') return undefined;
    commits += 1;
    return commits > stored && commits <= stored + lost ? { answer: 'conflict' } : undefined;
  });
}

/**
 * So many workers hold items of one list, then one more comes that loses races.
 * @param slow what its first item waits for
 */
async function crowd(others: number, lost: number, slow?: ReturnType<typeof gate>) {
  const runs = new Tally();
  const stop = gate();
  const flow = defineFlow({ name: 'wide' });
  flow
    .to('items', () => Array.from({ length: ITEMS }, (_, n) => n))
    .forEach((item) =>
      item.to('work', async ({ input }) => {
        runs.add('work');
        if (Number(input) < others * CLAIMED) await stop.opened;
        if (Number(input) === others * CLAIMED) await slow?.opened;
        return input;
      }),
    )
    .to('after', () => runs.add('after'));
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start('wide', null, { id: 'x' });
  const held = Array.from({ length: others }, () => kit.worker());
  const handled: Promise<unknown>[] = [];
  for (const worker of held) {
    handled.push(worker.handle([wake('x')], kit.clock.now() + BUDGET));
    await kit.clock.advance(1_000);
  }
  assert.equal(runs.of('work'), others * CLAIMED, 'the others hold what they claimed');
  const last = unlucky(kit, lost).handle([wake('x')], kit.clock.now() + BUDGET);
  await (slow ? kit.clock.advance(5_000) : kit.finish(last));
  const ran = runs.of('work') - others * CLAIMED;
  const finish = async () => {
    stop.open();
    await kit.finish(Promise.all(handled));
  };
  return { kit, runs, ran, last, finish };
}

describe('a session on an execution where others work', () => {
  it('takes all the rest where it seldom loses a race', async () => {
    const { ran } = await crowd(8, 2);
    assert.equal(ran, ITEMS - 8 * CLAIMED);
  });

  it('leaves the rest to a crowd once it has lost many races', async () => {
    const { kit, runs, ran, finish } = await crowd(8, 8);
    assert.equal(ran, CLAIMED, 'it ran what it held, and claimed no more');
    await finish();
    await kit.pass(5_000);
    assert.equal(runs.of('work'), ITEMS, 'others took the rest');
    assert.equal((await kit.view('x')).status, 'completed');
  });

  it('takes what becomes ready once the crowd has gone', async () => {
    const slow = gate();
    const { kit, runs, last, finish } = await crowd(8, 8, slow);
    await finish();
    slow.open();
    await kit.finish(last);
    assert.equal(runs.of('after'), 1);
  });

  it('leaves nothing to a single other worker', async () => {
    const { ran } = await crowd(1, 8);
    assert.equal(ran, ITEMS - CLAIMED);
  });
});

describe('a session that loses races for long', () => {
  it('takes the work of a dead worker at once', async () => {
    const runs = new Tally();
    const flow = defineFlow({ name: 'one' });
    flow.to('work', () => {
      runs.add('work');
      return runs.of('work') === 1 ? gate().opened : undefined;
    });
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('one', null, { id: 'x' });
    let isDead = false;
    kit.takeFirst(() => (isDead ? 'dieBefore' : undefined));
    await kit.clock.advance(0);
    isDead = true;
    await kit.clock.advance(DEFAULTS.lease + DEFAULTS.clockSkew + 1_000);
    await kit.finish(unlucky(kit, 8, 0).handle([wake('x')], kit.clock.now() + BUDGET));
    assert.equal(runs.of('work'), 2);
  });

  it('aborts its attempts in time', async () => {
    const flow = defineFlow({ name: 'two' });
    const aborted: Promise<void>[] = [];
    const quick = flow.chunk('quick', () => 1);
    const slow = flow.chunk('slow', async ({ abort, attempt }) => {
      if (attempt > 1) return;
      const isAborted = new Promise<void>((resolve) => {
        abort.addEventListener('abort', () => resolve());
      });
      aborted.push(isAborted);
      await isAborted;
    });
    flow.to('begin', () => null).batch([quick, slow]);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('two', null, { id: 'x' });
    const deadline = kit.clock.now() + BUDGET;
    const handled = unlucky(kit, Infinity, 2).handle([wake('x')], deadline);
    await kit.clock.advance(0);
    const [isAborted = Promise.reject(new Error('The chunk has not begun.'))] = aborted;
    await kit.finish(isAborted);
    const late = kit.clock.now() - (deadline - DEFAULTS.abortMargin);
    assert.ok(late >= 0 && late <= 1_000, `aborted ${late} ms after the time for it`);
    await kit.finish(handled);
  });
});
