import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { BUDGET, createKit, gate, Tally, wake } from '../kit.ts';

const ITEMS = 300;
/** Items that one session claims at once. */
const CLAIMED = 64;

/** A worker holds the first items. Another one gets `lost` conflicts at its second commit. */
async function twoWorkers(lost: number) {
  const runs = new Tally();
  const stop = gate();
  const flow = defineFlow({ name: 'wide' });
  flow
    .to('items', () => Array.from({ length: ITEMS }, (_, n) => n))
    .forEach((item) =>
      item.to('work', async ({ input }) => {
        runs.add('work');
        if (Number(input) < CLAIMED) await stop.opened;
        return input;
      }),
    );
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start('wide', null, { id: 'x' });
  kit.takeFirst(() => undefined);
  await kit.clock.advance(0);
  assert.equal(runs.of('work'), CLAIMED, 'the first worker holds what it claimed');
  let commits = 0;
  const second = kit.worker(({ name }) => {
    if (name !== 'executions.commit') return undefined;
    commits += 1;
    return commits > 1 && commits <= 1 + lost ? { answer: 'conflict' } : undefined;
  });
  await kit.finish(second.handle([wake('x')], kit.clock.now() + BUDGET));
  return { kit, runs, stop };
}

describe('a session on an execution where others work', () => {
  it('takes all the rest where it seldom loses a race', async () => {
    const { runs } = await twoWorkers(2);
    assert.equal(runs.of('work'), ITEMS);
  });

  it('leaves the rest to them once it has lost many races', async () => {
    const { kit, runs, stop } = await twoWorkers(8);
    assert.equal(runs.of('work'), 2 * CLAIMED, 'it ran what it held, and claimed no more');
    const { leases } = (await kit.load('x')).head;
    assert.equal(leases.length, 1, 'the other worker still has its lease');
    stop.open();
    await kit.pass(5_000);
    assert.equal(runs.of('work'), ITEMS, 'the other worker took the rest');
    assert.equal((await kit.view('x')).status, 'completed');
  });
});
