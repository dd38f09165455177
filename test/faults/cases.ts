/** Faults of the services may delay executions and must change no result. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { type ContextOf, defineApp, defineFlow } from '../../lib/index.ts';
import { HANG_MS } from '../limits.ts';
import { createRandomChooser } from '../sim/world/chooser.ts';
import { type FaultyRig, openFaultyRig } from './rig.ts';

const STEPS = 6;
const SIGNALS = 3;
const EXECUTIONS = 8;

/** Every activation adds one, so the sum shows lost and doubled ones. */
const tally = defineFlow({
  name: 'tally',
  input: z.object({ note: z.string() }),
  state: { sum: z.number(), heard: z.array(z.number()) },
  signals: { said: z.number() },
  defaults: { retry: { maxAttempts: 50, initialDelay: 20, factor: 1 } },
});
type Context<In> = ContextOf<typeof tally, In>;
const add = (name: string) =>
  tally.chunk(name, async (ctx: Context<{ note: string }>) => {
    await ctx.state.increment('sum');
    return ctx.input;
  });
let pipe = tally.to(add('step-1'));
for (let step = 2; step <= STEPS; step += 1) pipe = pipe.to(add(`step-${step}`));
pipe.to('say', (ctx) => {
  for (let i = 0; i < SIGNALS; i += 1) ctx.emitNowait('said', i);
});
tally.when('said').to('hear', async (ctx) => {
  await ctx.state.append('heard', ctx.input);
});

const app = defineApp({ flows: [tally], resources: {} });
// Longer than a head's limit for inline values, so values are stored outside it.
const INPUT = { note: 'fragile, this side up, '.repeat(30) };

const KINDS = ['throttled', 'unknown', 'slow'] as const;
/** Give up after this many executions if a fault has not occurred. */
const ROUNDS = 60;

export function faultCases(
  at: () => { readonly endpoint: string; readonly queueEndpoint?: string },
  seed: number,
): void {
  const ids = Array.from({ length: EXECUTIONS }, (_, i) => `tally-${i}`);

  async function withRig(use: (rig: FaultyRig) => Promise<void>): Promise<void> {
    const rig = await openFaultyRig(app, at(), createRandomChooser(seed));
    try {
      await use(rig);
    } finally {
      rig.close();
    }
  }

  const isClosed = async (rig: FaultyRig, id: string) => (await rig.calm.get(id))?.lifecycle === 'closed';
  const allClosed = async (rig: FaultyRig) => (await Promise.all(ids.map((id) => isClosed(rig, id)))).every(Boolean);

  async function assertRight(rig: FaultyRig): Promise<void> {
    for (const id of ids) {
      const view = await rig.calm.get(id);
      assert.equal(view?.status, 'completed', `${id}: ${JSON.stringify(view?.error)}`);
      const { sum, heard } = (view?.result ?? {}) as { sum?: number; heard?: number[] };
      assert.deepEqual({ sum, heard: heard?.toSorted() }, { sum: STEPS, heard: [0, 1, 2] }, id);
    }
  }

  /** As a caller without knowledge of the outcome. */
  async function startAgain(rig: FaultyRig, id: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await rig.client.start('tally', INPUT, { id });
        return;
      } catch (error) {
        if (tries === 20) throw error;
      }
    }
  }

  test('faults / throttling, lost answers and slow ones delay executions and change no result', {
    timeout: HANG_MS,
  }, async () => {
    await withRig(async (rig) => {
      rig.setBoth({ throttled: 0.08, unknown: 0.08, slow: 0.08 });
      for (const id of ids) await startAgain(rig, id);
      await rig.workUntil(() => allClosed(rig));
      await assertRight(rig);
      // The calls depend on timing, so more executions may be needed until every fault has occurred.
      const missing = () => [rig.dynamo, rig.sqs].flatMap(({ counts }) => KINDS.filter((kind) => counts[kind] === 0));
      for (let round = 0; round < ROUNDS && missing().length > 0; round += 1) {
        await startAgain(rig, `more-${round}`);
        await rig.workUntil(() => isClosed(rig, `more-${round}`));
      }
      assert.deepEqual(missing(), [], 'faults that never occurred');
    });
  });

  test('faults / denied access stores nothing and is logged; work continues when access returns', {
    timeout: HANG_MS,
  }, async () => {
    await withRig(async (rig) => {
      rig.setBoth({ denied: 1 });
      const [first = ''] = ids;
      await assert.rejects(rig.client.start('tally', INPUT, { id: first }), { name: 'AccessDeniedException' });
      assert.equal(await rig.calm.get(first), undefined);
      for (const id of ids) await rig.calm.start('tally', INPUT, { id });
      let looks = 0;
      // At first no work proceeds, and no attempt is spent.
      await rig.workUntil(async () => {
        looks += 1;
        if (looks === 10) rig.setBoth({});
        return looks > 10 && (await allClosed(rig));
      });
      await assertRight(rig);
      assert.ok(rig.dynamo.counts.denied > 1);
    });
  });
}
