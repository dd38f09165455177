/** A chunk that emits many signals without waiting, loops that emit their own signal, and racing starts of one id. */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const ROUNDS = 5;
/** More signals than one commit sends messages for. */
const MANY = 64;

const flow = defineFlow({
  name: 'storm',
  input: z.number(),
  state: { cloud: z.number(), drops: z.number(), rounds: z.array(z.number()) },
  signals: { drop: z.number(), round: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
flow.to('cloud', async (ctx) => {
  await ctx.state.set('cloud', ctx.input);
  for (let i = 1; i <= ctx.input; i += 1) ctx.emitNowait('drop', i);
  ctx.emitNowait('round', 1);
});
flow.when('drop').to('fallen', (ctx) => ctx.state.increment('drops', ctx.input));
flow.when('round').to('again', async (ctx) => {
  await ctx.state.append('rounds', ctx.input);
  if (ctx.input < ROUNDS) ctx.emitNowait('round', ctx.input + 1);
});

export const storm: Workload = {
  name: 'storm',
  flow,
  ids: ['st'],
  callers: (caller, chooser) => {
    const drops = chooser.chance(0.5) ? MANY : 7;
    const nowait = chooser.chance(0.3) ? 'inline' : 'queue';
    return [drops, drops, drops, drops + 1].map(async (input) => {
      await caller().start('storm', 'st', input, { nowait });
    });
  },
  check: ({ executions, equal }) => {
    const state = executions.get('st')?.state;
    const drops = Number(state?.cloud);
    equal(state?.drops, (drops * (drops + 1)) / 2, 'drops');
    equal(
      state?.rounds,
      Array.from({ length: ROUNDS }, (_, i) => i + 1),
      'rounds',
    );
  },
};
