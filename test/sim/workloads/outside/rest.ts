/** An execution is idle for minutes between bursts of signals. A worker that ends the last work must not overlook a signal. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { START } from '../../world/world.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const BURSTS = 3;
const WIDTH = 4;

const flow = defineFlow({
  name: 'rest',
  input: z.number(),
  state: { seen: z.array(z.string()), answer: z.string() },
  signals: { hit: z.string(), noise: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoCloseTimeout: null },
});

const ask = flow.chunk('ask', { resume: z.string() }, (ctx: ContextOf<typeof flow, number>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask', ...(ctx.input > 0 ? { expiresIn: 3_600_000 } : {}) });
});
flow.to(ask).to('answered', (ctx) => ctx.state.set('answer', ctx.input));
flow.when('hit').to('seen', (ctx) => ctx.state.append('seen', ctx.input));

export const rest: Workload = {
  name: 'rest',
  flow,
  weight: 2,
  ids: ['n'],
  callers: (newCaller, chooser) => {
    const expires = chooser.pick(2);
    // In some schedules the bursts come exactly at the sweeps, so that all of them race.
    const sharp = chooser.chance(0.7);
    const times = Array.from({ length: BURSTS }, (_, i) => 60_000 * (i + 1) + (sharp ? 0 : chooser.between(1, 50_000)));
    let open = WIDTH;
    const send = async (lane: number) => {
      const caller = newCaller();
      await caller.start('rest', 'n', expires);
      for (const [burst, time] of times.entries()) {
        await caller.waitUntil(START + time);
        // Most signals have no listener and start no work.
        const name = lane === burst ? 'hit' : 'noise';
        await caller.signal('n', name, `${burst}${lane}`, `${burst}${lane}`);
      }
      open -= 1;
      if (open > 0) return;
      for (const id of await caller.interrupts('n')) await caller.resume('n', id, 'r', 'yes');
      await caller.close('n', 'reject');
    };
    return Array.from({ length: WIDTH }, (_, lane) => send(lane));
  },
  check: ({ executions, equal }) => {
    const state = executions.get('n')?.state;
    equal([...((state?.seen ?? []) as readonly string[])].sort(), ['00', '11', '22'], 'signals seen');
    equal(state?.answer, 'yes', 'answer');
  },
};
