import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { Head } from '../../../lib/engine/head.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit, type Kit, wake } from '../kit.ts';

const LIMIT = 8;
const ITEMS = Array.from({ length: 200 }, (_, n) => n);
/** Time of the chunk of an item (ms). */
const WORK = 200;
const SHORT_WORK = 10;

interface Wide {
  readonly kit: Kit;
  /** Attempts of each item, in the order in which they began. */
  readonly begun: Map<number, number[]>;
  readonly running: () => number;
  /** So many workers take the list; the deadline of each is after so many milliseconds. */
  handle(ms: number, workers?: number): Promise<unknown>;
}

interface Settings {
  readonly concurrency?: number;
  readonly limit?: number;
  readonly work?: number;
}

async function startWide({ concurrency, limit = LIMIT, work = WORK }: Settings = {}): Promise<Wide> {
  const begun = new Map<number, number[]>();
  let running = 0;
  const flow = defineFlow({ name: 'wide', input: z.array(z.number()) });
  flow
    .forEach(
      (item) =>
        item.to('work', async ({ input, attempt }) => {
          begun.set(input, [...(begun.get(input) ?? []), attempt]);
          running += 1;
          await kit.clock.sleep(work);
          running -= 1;
          return input;
        }),
      concurrency === undefined ? {} : { concurrency },
    )
    .to('keep', ({ input, state }) => state.set('results', input));
  const app = defineApp({ flows: [flow], resources: {} });
  const kit = createKit(app, { parameters: { claimLimit: limit, startAhead: limit } });
  await kit.client.start('wide', ITEMS, { id: 'x' });
  kit.queue.receive(10);
  const deadline = (ms: number) => kit.clock.now() + ms;
  const handle = (ms: number, workers = 2) =>
    Promise.all(Array.from({ length: workers }, () => kit.worker().handle([wake('x')], deadline(ms))));
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
  it('run more items at once than one that is alone', async () => {
    const wide = await startWide();
    const { held, ran } = await watch(wide, wide.handle(300_000));
    assert.ok(held > LIMIT && held <= 1.75 * LIMIT, `${held} held by one session`);
    assert.ok(ran > 2 * LIMIT && ran <= 3.5 * LIMIT, `${ran} ran at once`);
    assert.deepEqual(
      ITEMS.filter((n) => wide.begun.get(n)?.join() !== '1'),
      [],
    );
    assert.deepEqual((await wide.kit.view('x')).state.results, ITEMS);
  });

  it('run no more than that where it is no whole number', async () => {
    const wide = await startWide({ limit: 5, work: SHORT_WORK });
    const { held } = await watch(wide, wide.handle(300_000));
    assert.ok(held > 5 && held <= 1.75 * 5, `${held} held by one session`);
  });

  it('run no more than the list may', async () => {
    const wide = await startWide({ concurrency: 2 * LIMIT });
    const { ran } = await watch(wide, wide.handle(300_000));
    assert.equal(ran, 2 * LIMIT);
  });
});

describe('a session that works on a long list alone', () => {
  it('runs no more than the claim limit', async () => {
    const wide = await startWide();
    const { held } = await watch(wide, wide.handle(300_000, 1));
    assert.equal(held, LIMIT);
  });
});
