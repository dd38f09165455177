/**
 * Heads near their size limit. A chunk that emits too much fails without effects. Callers repeat signals for which the head has no
 * room. Present work continues all the time.
 */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const HEAD_BYTES = 3_400;
/** Number of emits that together exceed the size limit of a head. */
const MANY = 100;
const FEW = 3;
/** Chunks that end together with the one that emits too much, possibly in the same commit. */
const BESIDE = ['besideA', 'besideB', 'besideC'];
const POKES = Array.from({ length: 4 }, (_, i) => `p${i}`);
/** Listeners of a poke. A head has room for few pokes at once. */
const EARS = Array.from({ length: 10 }, (_, i) => `ear${i}`);

const flow = defineFlow({
  name: 'sizes',
  input: z.enum(['many', 'few']),
  state: { begun: z.boolean(), heard: z.number(), poked: z.array(z.string()), beside: z.array(z.string()) },
  signals: { told: z.number(), poke: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
flow.to('speak', async (ctx) => {
  await ctx.state.set('begun', true);
  await ctx.resources.sim.work(ctx);
  for (let i = 0; i < (ctx.input === 'many' ? MANY : FEW); i += 1) ctx.emitNowait('told', i);
});
for (const name of BESIDE) {
  flow.to(name, async (ctx) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.append('beside', name);
  });
}
flow.when('told').to('hear', async (ctx) => {
  await ctx.resources.sim.work(ctx, 500);
  await ctx.state.increment('heard', 1);
});
for (const ear of EARS) {
  flow.when('poke').to(ear, async (ctx) => {
    await ctx.resources.sim.work(ctx, 500);
    await ctx.state.append('poked', `${ctx.input} ${ear}`);
  });
}

export const sizes: Workload = {
  name: 'sizes',
  flow,
  ids: ['large', 'fits'],
  // The newest items of `poked` stay together: a part for each would fill a head this small.
  parameters: { headBytes: HEAD_BYTES, directTries: 5, resultBytes: 400 },
  callers: (newCaller) => {
    let open = POKES.length;
    const poke = async (name: string) => {
      const caller = newCaller();
      await caller.signal('fits', 'poke', name, name);
      open -= 1;
      if (open === 0) await caller.close('fits', 'reject');
    };
    const fits = async () => {
      await newCaller().start('sizes', 'fits', 'few', { autoClose: false });
      await Promise.all(POKES.map(poke));
    };
    const large = async () => {
      await newCaller().start('sizes', 'large', 'many');
    };
    return [large(), fits()];
  },
  check: ({ executions, equal, expect }) => {
    const { status, error, state } = executions.get('large') ?? {};
    equal(
      [status ?? '', error?.code ?? '', error?.chunk ?? ''],
      ['failed', 'head_too_large', 'speak'],
      'too many signals',
    );
    expect(
      Object.keys(state ?? {}).every((key) => key === 'beside'),
      `a refused chunk left ${JSON.stringify(state)}`,
    );
    const fits = executions.get('fits')?.state;
    equal(
      [fits?.begun ?? false, listOf(fits?.beside).length, fits?.heard ?? 0],
      [true, BESIDE.length, FEW],
      'what fits',
    );
    const wanted = POKES.flatMap((name) => EARS.map((ear) => `${name} ${ear}`));
    equal([...listOf(fits?.poked)].sort(), wanted, 'pokes');
  },
};
