/**
 * Signals through the inbox, each starting so many chunks that the head has no room for two of them at once. They are queued and
 * start their listeners one by one.
 */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const NAMES = ['w0', 'w1', 'w2'];
/** Listeners of one signal: their activations fill half of the head. */
const EARS = Array.from({ length: 9 }, (_, i) => `ear${i}`);

const flow = defineFlow({
  name: 'flood',
  input: z.null(),
  state: { heard: z.array(z.string()) },
  signals: { wave: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
flow.to('begin', (ctx) => ctx.resources.sim.begin(ctx));
for (const ear of EARS) {
  flow.when('wave').to(ear, async (ctx) => {
    ctx.resources.sim.begin(ctx);
    await ctx.state.append('heard', `${ctx.input} ${ear}`);
  });
}

export const flood: Workload = {
  name: 'flood',
  flow,
  weight: 3,
  ids: ['f'],
  parameters: { headBytes: 2_000, headBytesAtMost: 3_800, directTries: 0 },
  callers: (newCaller) => {
    let open = NAMES.length;
    return NAMES.map(async (name) => {
      const caller = newCaller();
      await caller.start('flood', 'f', null, { autoClose: false });
      await caller.signal('f', 'wave', name, name);
      open -= 1;
      if (open === 0) await caller.close('f', 'reject');
    });
  },
  check: ({ executions, equal }) => {
    const wanted = NAMES.flatMap((name) => EARS.map((ear) => `${name} ${ear}`)).sort();
    equal([...listOf(executions.get('f')?.state.heard)].sort(), wanted, 'waves heard');
  },
};
