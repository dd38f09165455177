/**
 * Many concurrent starts of one id, with the same and with other input, large enough to be stored outside the head. Also starts
 * with `defaults`, which override those of the flow.
 */
import { z } from 'zod';
import type { ChunkPolicy } from '../../../../lib/flow/options/policies.ts';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

/** More attempts than the execution allows, fewer than the flow does. */
const FAILURES = 3;
/** Far longer than the execution allows. */
const HANGS = 60_000;
const OWN: Record<string, ChunkPolicy> = {
  fails: { retry: { maxAttempts: 2 } },
  hangs: { retry: { maxAttempts: 1 }, timeout: 4_000 },
};

const flow = defineFlow({
  name: 'starts',
  input: z.object({ text: z.string() }),
  state: { text: z.string(), runs: z.number(), late: z.boolean() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
flow.to('begin', async (ctx) => {
  const { sim } = ctx.resources;
  if (ctx.input.text === 'fails') {
    sim.begin(ctx);
    if (ctx.attempt <= FAILURES) throw new Error('not yet');
  }
  if (ctx.input.text === 'hangs' && ctx.attempt === 1) {
    for (const end = sim.now() + HANGS; sim.now() < end && !ctx.abort.aborted; )
      await sim.workUntil(ctx, 10_000, ctx.abort);
    if (!ctx.abort.aborted) await ctx.state.set('late', true);
    return;
  }
  await ctx.resources.sim.work(ctx);
  await ctx.state.set('text', ctx.input.text);
  await ctx.state.increment('runs');
});

const TEXTS = ['a', 'a', 'b', 'c', 'b'].map((letter) => letter.repeat(70));

export const starts: Workload = {
  name: 'starts',
  flow,
  ids: ['s1', 's2', ...Object.keys(OWN)],
  callers: (newCaller) => [
    ...Object.entries(OWN).map(async ([text, defaults]) => {
      await newCaller().start('starts', text, { text }, { defaults });
    }),
    ...['s1', 's2'].flatMap((id) =>
      TEXTS.map(async (text) => {
        const caller = newCaller();
        const first = await caller.start('starts', id, { text });
        if (first.kind !== 'conflict') newCaller().remember(id, text);
        await caller.someTime(10_000);
        const again = await caller.start('starts', id, { text });
        if ((again.kind === 'conflict') !== (first.kind === 'conflict'))
          caller.remember(id, `${first.kind} ${again.kind}`);
      }),
    ),
  ],
  always: (_, { runs, late }) => {
    if (late !== undefined) return 'went on after its time';
    return runs === undefined || runs === 1 ? undefined : `started ${String(runs)} times`;
  },
  check: ({ executions, answers, equal }) => {
    for (const id of ['s1', 's2']) equal(executions.get(id)?.state.text, answers.get(id) ?? '', `text of ${id}`);
    for (const id of Object.keys(OWN)) equal(executions.get(id)?.status, 'failed', `${id}, by its own defaults`);
  },
};
