/**
 * More chunks are ready than workers can claim in a nearly full head, one by each claim. A claim without room waits until the work of
 * others has ended.
 */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const CHUNKS = Array.from({ length: 12 }, (_, i) => `slow${i}`);

const flow = defineFlow({
  name: 'room',
  input: z.null(),
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  // Records would take the room.
  execution: { history: 'off' },
});
for (const name of CHUNKS) {
  flow.to(name, async (ctx) => {
    await ctx.resources.sim.work(ctx, 3_000);
    ctx.resources.sim.effect(name);
  });
}

export const room: Workload = {
  name: 'room',
  flow,
  ids: ['r'],
  parameters: { headBytes: 1_850, headBytesAtMost: 2_250, claimLimit: 1 },
  callers: (newCaller) => [
    newCaller()
      .start('room', 'r', null)
      .then(() => undefined),
  ],
  check: ({ executions, effects, equal }) => {
    equal(executions.get('r')?.status, 'completed', 'end');
    equal([...effects.keys()].sort(), [...CHUNKS].sort(), 'chunks that ran');
  },
};
