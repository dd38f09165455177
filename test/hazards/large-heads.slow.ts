/** Heads near DynamoDB's item limit: work that is due together continues, or fails with a code. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../lib/adapters/memory/clock.ts';
import { createSeededEntropy } from '../../lib/adapters/memory/entropy.ts';
import { createMemoryQueue } from '../../lib/adapters/memory/queue.ts';
import { createMemoryStores } from '../../lib/adapters/memory/stores.ts';
import { bytesOf } from '../../lib/engine/values/pack.ts';
import { defineApp, defineFlow } from '../../lib/index.ts';
import type { Ports } from '../../lib/ports/ports.ts';
import { DEFAULTS } from '../../lib/runtime/app/parameters.ts';
import { createClient } from '../../lib/runtime/client/client.ts';
import { createWorker } from '../../lib/runtime/worker/worker.ts';
import { openTable } from '../adapters/local.ts';
import { createKit, gate, BUDGET as INVOCATION, Tally } from '../runtime/kit.ts';

const MANY = 100;
const BUDGET = 300_000;

/** Text that compresses badly. */
function noise(seed: unknown): string {
  const parts = Array.from({ length: 60 }, (_, i) => createHash('sha256').update(`${seed}/${i}`).digest('base64'));
  return parts.join('');
}

describe('waits of a head near the item limit', () => {
  const endings = {
    value: { spec: { onExpiry: { value: 'late' } }, ends: { status: 'completed', code: undefined, n: MANY } },
    failure: { spec: {}, ends: { status: 'failed', code: 'interrupt_expired', n: undefined } },
  } as const;
  for (const [name, { spec, ends }] of Object.entries(endings)) {
    it(`expire together: ${name}`, async () => {
      const flow = defineFlow({ name: 'large' });
      flow
        .to('people', () => Array.from({ length: MANY }, (_, i) => i))
        .forEach((each) =>
          each.to('ask', (ctx) => ctx.pauseFor({ type: 'q', payload: noise(ctx.input), expiresIn: 60_000, ...spec })),
        )
        .to('sum', (ctx) => ctx.state.set('n', ctx.input.length));
      const table = await openTable();
      try {
        const clock = createFakeClock(Date.UTC(2026, 0, 1));
        const queue = createMemoryQueue({ clock });
        const faults: string[] = [];
        const log = { info: () => undefined, warn: () => undefined, error: (line: string) => faults.push(line) };
        const entropy = createSeededEntropy(1);
        const ports: Ports = { ...createMemoryStores({ clock }), ...table.stores, queue, clock, entropy, log };
        // Format 2 keeps all waits in the head.
        const parameters = { ...DEFAULTS, backOff: 0, inlineBytes: 4_000, headFormat: 2 } as const;
        const app = defineApp({ flows: [flow], resources: {} });
        const client = createClient(app, ports, parameters);
        const worker = createWorker(app, ports, parameters);
        const drain = async () => {
          for (let [next] = queue.receive(1); next; [next] = queue.receive(1)) {
            const [result] = await worker.handle([next.message], clock.now() + BUDGET);
            assert.equal(result, 'done');
            queue.ack(next.receipt);
          }
        };
        await client.start('large', null, { id: 'x' });
        await drain();
        const { head } = (await ports.executions.load('x')) ?? {};
        assert.equal(head?.interrupts.length, MANY);
        assert.ok(bytesOf(head) > 250 * 1024, `${bytesOf(head)} bytes`);
        await clock.advance(61_000);
        await drain();
        const view = await client.get('x');
        assert.deepEqual({ status: view?.status, code: view?.error?.code, n: view?.state.n }, ends);
        assert.deepEqual(
          { interrupts: view?.interrupts, lifecycle: view?.lifecycle },
          { interrupts: [], lifecycle: 'closed' },
        );
        assert.deepEqual(
          faults.filter((line) => line !== 'execution failed'),
          [],
        );
      } finally {
        await table.close();
      }
    });
  }
});

describe('claims that find no room beside the work of other workers', () => {
  it('wait until that work has ended, and do not fail the execution', async () => {
    const many = 12;
    const runs = new Tally();
    const all = gate();
    const flow = defineFlow({ name: 'crowded', execution: { history: 'off' } });
    for (let i = 0; i < many; i += 1) {
      flow.to(`slow${i}`, async (ctx) => {
        runs.add('begun');
        await all.opened;
        await ctx.state.increment('n', 1);
      });
    }
    const app = defineApp({ flows: [flow], resources: {} });
    const kit = createKit(app, { parameters: { headBytes: 2_400, headBytesAtMost: 3_000, claimLimit: 1 } });
    await kit.client.start('crowded', null, { id: 'x' });
    const crowd = Array.from({ length: many }, () =>
      kit.worker().handle([{ executionId: 'x', kind: 'wake' }], kit.clock.now() + INVOCATION),
    );
    // The last claim of each worker that found room starts its chunk.
    for (let turns = 0; turns < 50; turns += 1) await kit.clock.advance(10);
    const begun = runs.of('begun');
    assert.ok(begun > 1 && begun < many, `${begun} claims had room`);
    assert.equal((await kit.view('x')).status, 'running');
    all.open();
    await kit.finish(Promise.all(crowd));
    await kit.pass(60_000);
    const { status, state } = await kit.view('x');
    assert.deepEqual(
      { status, state, runs: runs.of('begun') },
      { status: 'completed', state: { n: many }, runs: many },
    );
  });
});
