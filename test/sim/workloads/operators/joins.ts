/**
 * Joins that fire several times in the root scope, and one join in the scope of each item of a list. A firing takes one signal of
 * each name, uses none twice, and never combines signals of different scopes.
 */
import { z } from 'zod';
import type { Json } from '../../../../lib/flow/json.ts';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const ROUNDS = 3;
const PAD = '.';

const flow = defineFlow({
  name: 'joins',
  input: z.number(),
  state: { pairs: z.array(z.string()), scoped: z.array(z.string()) },
  signals: { left: z.string(), right: z.string(), red: z.string(), blue: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoCloseTimeout: null },
});

const item = flow.chunk('item', async (ctx: ContextOf<typeof flow, string>) => {
  await ctx.resources.sim.work(ctx);
  ctx.emitNowait('red', ctx.input);
});
flow.to('begin', () => ['x', 'y', 'z'].map((each) => each.padEnd(60, PAD))).forEach((each) => each.to(item));
flow.when('red').to('bluer', (ctx) => ctx.emitNowait('blue', ctx.input));
flow.when(['left', 'right']).to('pair', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('pairs', `${ctx.input.left}+${ctx.input.right}`.replaceAll(PAD, ''));
});
flow
  .when(['red', 'blue'])
  .to('scope', (ctx) => ctx.state.append('scoped', `${ctx.input.red}+${ctx.input.blue}`.replaceAll(PAD, '')));

export const joins: Workload = {
  name: 'joins',
  flow,
  ids: ['j'],
  callers: (newCaller, chooser) => {
    const repeats = chooser.chance(0.5);
    let open = 2;
    const side = async (name: 'left' | 'right') => {
      const caller = newCaller();
      await caller.start('joins', 'j', 0);
      for (let round = 1; round <= ROUNDS; round += 1) {
        // A value stored outside the head. It must be kept while the join waits for its other signal.
        const value = `${name}${round}`.padEnd(60, PAD);
        await caller.signal('j', name, value, `${name}${round}`);
        if (repeats && round === 1) await caller.signal('j', name, value, `${name}${round}`);
        await caller.until('j', ({ state }) => pairsOf(state).length >= round, 2_000);
      }
      open -= 1;
      if (open > 0) return;
      await caller.until('j', ({ state }) => listOf(state.scoped).length >= 3, 2_000);
      await caller.close('j', 'reject');
    };
    return [side('left'), side('right')];
  },
  always: (_, state) => {
    const pairs = pairsOf(state);
    const rounds = pairs.every((pair, i) => pair === `left${i + 1}+right${i + 1}`);
    if (!rounds) return `pairs ${pairs.join()}`;
    const scoped = listOf(state.scoped);
    const alone = scoped.every((pair) => ['x+x', 'y+y', 'z+z'].includes(pair));
    return alone && new Set(scoped).size === scoped.length ? undefined : `scopes ${scoped.join()}`;
  },
  check: ({ executions, equal }) => {
    const state = executions.get('j')?.state ?? {};
    equal(pairsOf(state).length, ROUNDS, 'rounds of the join');
    equal([...listOf(state.scoped)].sort(), ['x+x', 'y+y', 'z+z'], 'joins in scopes');
  },
};

function pairsOf(state: { readonly [key: string]: Json }): readonly string[] {
  return listOf(state.pairs);
}
