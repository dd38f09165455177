import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { Head } from '../../../lib/engine/head.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { DEFAULTS } from '../../../lib/runtime/app/parameters.ts';
import { createKit, type Kit, wake } from '../kit.ts';

const LIMIT = 8;
const ITEMS = Array.from({ length: 200 }, (_, n) => n);
/** Time of the chunk of an item (ms). */
const WORK = 200;
/** Time of two workers for half of the list, one batch of items after the other. */
const HALF = (ITEMS.length / LIMIT / 2 / 2) * WORK;

interface Wide {
  readonly kit: Kit;
  /** Attempts of each item, in the order in which they began. */
  readonly begun: Map<number, number[]>;
  readonly running: () => number;
  /** Two workers take the list; the deadline of both is after so many milliseconds. */
  handle(ms: number): Promise<unknown>;
}

async function startWide(concurrency?: number): Promise<Wide> {
  const begun = new Map<number, number[]>();
  let running = 0;
  const flow = defineFlow({ name: 'wide', input: z.array(z.number()) });
  flow
    .forEach(
      (item) =>
        item.to('work', async ({ input, attempt }) => {
          begun.set(input, [...(begun.get(input) ?? []), attempt]);
          running += 1;
          await kit.clock.sleep(WORK);
          running -= 1;
          return input;
        }),
      concurrency === undefined ? {} : { concurrency },
    )
    .to('keep', ({ input, state }) => state.set('results', input));
  const app = defineApp({ flows: [flow], resources: {} });
  const kit = createKit(app, { parameters: { claimLimit: LIMIT, startAhead: LIMIT } });
  await kit.client.start('wide', ITEMS, { id: 'x' });
  kit.queue.receive(10);
  const deadline = (ms: number) => kit.clock.now() + ms;
  const handle = (ms: number) => Promise.all([0, 1].map(() => kit.worker().handle([wake('x')], deadline(ms))));
  return { kit, begun, running: () => running, handle };
}

/** Activations that each session holds. */
function heldIn({ activations }: Head): readonly number[] {
  const fences = new Map<number, number>();
  for (const { fence } of activations) if (fence !== undefined) fences.set(fence, (fences.get(fence) ?? 0) + 1);
  return [...fences.values()];
}

/** Looks at the head and at what runs, every few milliseconds until the work has ended. */
async function watch({ kit, running }: Wide, work: Promise<unknown>): Promise<{ held: number; ran: number }> {
  const most = { held: 0, ran: 0 };
  let isOver = false;
  void work.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await kit.clock.advance(5);
    const { head } = await kit.load('x');
    most.held = Math.max(most.held, ...heldIn(head));
    most.ran = Math.max(most.ran, running());
  }
  return most;
}

describe('sessions that work on a long list together', () => {
  it('claim items ahead, and run no more of them at once than they may', async () => {
    const wide = await startWide();
    const { held, ran } = await watch(wide, wide.handle(300_000));
    assert.ok(held > LIMIT && held <= 2 * LIMIT, `${held} held by one session`);
    assert.ok(ran > LIMIT && ran <= 2 * LIMIT, `${ran} ran at once`);
    assert.deepEqual(
      ITEMS.filter((n) => wide.begun.get(n)?.join() !== '1'),
      [],
    );
    assert.deepEqual((await wide.kit.view('x')).state.results, ITEMS);
  });

  it('claim none ahead where a limit would hold others up', async () => {
    const wide = await startWide(4 * LIMIT);
    const { held } = await watch(wide, wide.handle(300_000));
    assert.equal(held, LIMIT);
  });

  it('return items that have not started when the deadline nears, and count no attempt for them', async () => {
    const wide = await startWide();
    await watch(wide, wide.handle(DEFAULTS.abortMargin + HALF));
    const { head } = await wide.kit.load('x');
    assert.deepEqual(head.leases, []);
    assert.ok(wide.begun.size < ITEMS.length, 'the deadline came in the middle');
    await wide.kit.drain();
    assert.deepEqual(
      ITEMS.filter((n) => wide.begun.get(n)?.join() !== '1'),
      [],
    );
    assert.deepEqual((await wide.kit.view('x')).state.results, ITEMS);
  });
});
