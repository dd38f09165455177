/** An execution that rests for minutes, while signals come in bursts: whoever puts it to rest must not overlook one. */
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
    // At the very moments of the sweeps of some schedules, so that all of them meet.
    const sharp = chooser.chance(0.7);
    const times = Array.from({ length: BURSTS }, (_, i) => 60_000 * (i + 1) + (sharp ? 0 : chooser.between(1, 50_000)));
    let open = WIDTH;
    const send = async (lane: number) => {
      const caller = newCaller();
      await caller.start('rest', 'n', expires);
      for (const [burst, time] of times.entries()) {
        await caller.waitUntil(START + time);
        // Nothing listens to most of them: the execution rests on.
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
