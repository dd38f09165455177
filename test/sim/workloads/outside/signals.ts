/**
 * Many outside signals, some sent twice, one through the queue; an `and` that joins them; a close that waits for them. A second
 * execution closes by itself, but not while signals arrive, and a third never does.
 */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import type { StartOptions } from '../../../../lib/runtime/client/types.ts';
import type { Caller } from '../../world/caller.ts';
import { START } from '../../world/world.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const NAMES = Array.from({ length: 9 }, (_, i) => `s${i}`);
const POSTED = 'posted';
const IDLE = 30_000;
/** Greatest difference of two clocks (ms). */
const APART = 1_800;

const flow = defineFlow({
  name: 'signals',
  input: z.number(),
  state: { seen: z.array(z.string()), last: z.number(), pairs: z.array(z.string()) },
  signals: { hit: z.string(), left: z.string(), right: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoCloseTimeout: null },
});
flow.to('begin', (ctx) => ctx.emitNowait('left', 'from start'));
flow.when('hit').to('seen', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('seen', ctx.input);
  await ctx.state.set('last', ctx.resources.sim.now());
});
flow.when(['left', 'right']).to('pair', (ctx) => ctx.state.append('pairs', `${ctx.input.left}+${ctx.input.right}`));

export const signals: Workload = {
  name: 'signals',
  flow,
  ids: ['s', 'idle', 'manual'],
  parameters: { ledgerKept: 2 },
  callers: (newCaller, chooser) => {
    let open = NAMES.length + 2;
    const done = async (): Promise<void> => {
      open -= 1;
      if (open > 0) return;
      const caller = newCaller();
      await caller.close('s', 'reject');
      caller.post('s', 'hit', 'late', 'late');
    };
    const post = async () => {
      const caller = newCaller();
      // The message can arrive before the execution exists.
      if (chooser.chance(0.5)) await caller.start('signals', 's', 0);
      caller.post('s', 'hit', POSTED, POSTED);
      await caller.until('s', ({ state }) => listOf(state.seen).includes(POSTED));
      await done();
    };
    const send = async (name: string) => {
      const caller = newCaller();
      await caller.start('signals', 's', 0);
      const times = chooser.chance(0.3) ? 2 : 1;
      for (let i = 0; i < times; i += 1) await caller.signal('s', 'hit', name, name);
      await done();
    };
    const right = async () => {
      const caller = newCaller();
      await caller.start('signals', 's', 0);
      await caller.signal('s', 'right', 'from outside', 'right');
      await done();
    };
    const rest = async (id: string, options: StartOptions) => {
      const caller = newCaller();
      await caller.start('signals', id, 0, options);
      const hit = async (name: string, by: Caller) =>
        caller.remember(`${id} ${name}`, await by.signal(id, 'hit', name, name));
      if (!options.autoClose) {
        // Two signals at the same moment, then none until both were received.
        await Promise.all(['a', 'b'].map((name) => hit(name, newCaller())));
        await caller.until(id, ({ state }) => listOf(state.seen).length === 2, 20_000);
        await caller.close(id, 'reject');
        return;
      }
      for (const name of ['a', 'b']) {
        await caller.wait(chooser.between(5_000, IDLE - 5_000));
        await hit(name, caller);
      }
    };
    const resting = [
      rest('idle', { autoClose: true, autoCloseTimeout: IDLE }),
      rest('manual', { autoClose: false, autoCloseTimeout: 0 }),
    ];
    return [...NAMES.map(send), right(), post(), ...resting];
  },
  check: ({ executions, answers, equal, expect }) => {
    const state = executions.get('s')?.state;
    equal([...listOf(state?.seen)].sort(), [POSTED, ...NAMES], 'signals seen');
    equal(state?.pairs, ['from start+from outside'], 'pairs');
    for (const id of ['idle', 'manual']) {
      const heard = ['a', 'b'].filter((name) => answers.get(`${id} ${name}`) !== 'ignored');
      equal([...listOf(executions.get(id)?.state.seen)].sort(), heard, `signals of ${id}`);
    }
    equal(answers.get('manual b') === 'ignored', false, 'what does not close by itself was closed');
    const { closedAt = '', state: idle } = executions.get('idle') ?? {};
    const rested = Date.parse(closedAt) - Number(idle?.last ?? START);
    expect(rested > IDLE - APART, `closed after ${rested} ms without a signal`);
  },
};
