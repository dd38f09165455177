/** Signals of many callers race for the room of a head. Each stores its value first, and drops it when it finds no room. */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const NAMES = Array.from({ length: 9 }, (_, i) => `n${i}`);
/** Makes a value too long to be in the head. */
const PADDING = ' '.repeat(60);

const flow = defineFlow({
  name: 'notes',
  input: z.null(),
  state: { notes: z.array(z.string()) },
  signals: { note: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  // Records would take the room.
  execution: { history: 'off', autoClose: false },
});
flow.to('begin', (ctx) => ctx.resources.sim.begin(ctx));
flow.when('note').to('keep', async (ctx) => {
  await ctx.resources.sim.work(ctx, 500);
  await ctx.state.append('notes', ctx.input.trim());
});

export const notes: Workload = {
  name: 'notes',
  flow,
  ids: ['n'],
  parameters: { headBytes: 1_500, headBytesAtMost: 3_000, inlineBytes: 48 },
  callers: (newCaller) => {
    let open = NAMES.length;
    return NAMES.map(async (name) => {
      const caller = newCaller();
      await caller.start('notes', 'n', null);
      await caller.signal('n', 'note', `${name}${PADDING}`, name);
      open -= 1;
      if (open === 0) await caller.close('n', 'reject');
    });
  },
  check: ({ executions, equal }) => {
    equal([...listOf(executions.get('n')?.state.notes)].sort(), NAMES, 'notes');
  },
};
