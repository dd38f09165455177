import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { DEFAULTS } from '../../../lib/runtime/app/parameters.ts';
import { BUDGET, createKit, type Kit, wake } from '../kit.ts';

const ABORT = BUDGET - DEFAULTS.abortMargin;
const RELEASE = BUDGET - DEFAULTS.releaseMargin;

/** The first of two chunks takes this long in its first attempt; both record their attempts. */
function createTwo(ms: number): { readonly kit: Kit; readonly begun: string[] } {
  const begun: string[] = [];
  const flow = defineFlow({ name: 'two' });
  flow
    .to('first', async (ctx) => {
      begun.push(`first ${ctx.attempt}`);
      if (ctx.attempt === 1) await kit.clock.sleep(ms);
    })
    .to('next', (ctx) => {
      begun.push(`next ${ctx.attempt}`);
    });
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  return { kit, begun };
}

async function handleOnce({ queue, client, worker, finish, clock }: Kit): Promise<void> {
  await client.start('two', null, { id: 'x' });
  queue.receive(1);
  await finish(worker().handle([wake('x')], clock.now() + BUDGET));
}

describe('a worker near its deadline', () => {
  it('commits work that ends in time and starts no more', async () => {
    const { kit, begun } = createTwo(ABORT + 1_000);
    await handleOnce(kit);
    const { head } = await kit.load('x');
    assert.deepEqual(begun, ['first 1']);
    assert.deepEqual(
      head.activations.map(({ node, attempt, fence }) => [node, attempt, fence]),
      [['next', 0, undefined]],
    );
    await kit.drain();
    assert.deepEqual(begun, ['first 1', 'next 1'], 'a message was sent for it');
    assert.equal((await kit.view('x')).status, 'completed');
  });

  it('returns work that does not end in time, and counts its attempt', async () => {
    const { kit, begun } = createTwo(RELEASE + 1_000);
    await handleOnce(kit);
    const { head } = await kit.load('x');
    assert.deepEqual(
      head.activations.map(({ node, attempt, fence }) => [node, attempt, fence]),
      [['first', 1, undefined]],
    );
    await kit.drain();
    assert.deepEqual(begun, ['first 1', 'first 2', 'next 1']);
    assert.equal((await kit.view('x')).status, 'completed');
  });
});
