/**
 * Chunks whose repeats read their own writes, make other calls between commit points, and make keyed emits in any order. Each
 * emit is accepted once, together with the effects before it.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const MEMBERS = ['a', 'b', 'c'];

const flow = defineFlow({
  name: 'repeats',
  state: {
    seen: z.number(),
    again: z.number(),
    topic: z.string(),
    end: z.number(),
    own: z.record(z.string(), z.number()),
    heard: z.array(z.string()),
  },
  signals: { one: z.string(), two: z.string(), member: z.string(), extra: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  // Without values in the history, values that nothing uses are dropped.
  execution: { history: 'times' },
});
type Context<In> = ContextOf<typeof flow, In>;

/** A repeat finds the write of an earlier attempt and makes other calls. */
const reader = flow.chunk('reader', async (ctx: Context<unknown>) => {
  const { sim } = ctx.resources;
  await sim.work(ctx, 2_000);
  if ((await ctx.state.get('seen')) === undefined) await ctx.state.set('seen', 1);
  else {
    await ctx.state.increment('again');
    ctx.emitNowait('extra', 'reader');
  }
  await ctx.emit('one', 'x');
  sim.continued(ctx);
  if (sim.chance(0.3)) throw new Error('behind one');
  await sim.work(ctx, 2_000);
  if ((await ctx.state.get('topic')) === 'set') await ctx.state.increment('again');
  await ctx.state.set('topic', 'set');
  if (sim.chance(0.3)) throw new Error('behind the topic');
  await ctx.emit('two', 'y');
  await ctx.state.increment('end');
  if (sim.chance(0.3)) throw new Error('at the end');
});
/** Makes keyed emits one by one or concurrently. */
const members = flow.chunk('members', async (ctx: Context<unknown>) => {
  const { sim } = ctx.resources;
  await sim.work(ctx, 500);
  const order = [...MEMBERS, ...MEMBERS].slice(sim.chance(0.5) ? 0 : sim.chance(0.5) ? 1 : 2).slice(0, MEMBERS.length);
  const emit = (name: string) => ctx.emit('member', name, { key: name });
  if (sim.chance(0.3)) await Promise.all(order.map(emit));
  else {
    for (const name of order) {
      await ctx.state.increment(`own.${name}`);
      await emit(name);
      if (sim.chance(0.4)) throw new Error(`behind ${name}`);
    }
  }
  sim.continued(ctx);
});
const hear = (name: string) => async (ctx: Context<string>) => {
  await ctx.resources.sim.work(ctx, 2_000);
  await ctx.state.append('heard', `${name} ${ctx.input}`);
};
flow.to(reader);
flow.to(members);
flow.when('one').to('hearOne', hear('one'));
flow.when('two').to('hearTwo', hear('two'));
flow.when('member').to('hearMember', hear('member'));
flow.when('extra').to('hearExtra', hear('extra'));
flow.when({ state: 'topic' }).to('hearTopic', async (ctx) => {
  await ctx.state.append('heard', `topic ${ctx.input}`);
});

export const repeats: Workload = {
  name: 'repeats',
  flow,
  ids: ['r'],
  callers: (newCaller) => [
    (async () => {
      const caller = newCaller();
      await caller.start('repeats', 'r', null);
    })(),
  ],
  check: ({ executions, expect, equal }) => {
    const { heard, own, seen, again, topic, end } = executions.get('r')?.state ?? {};
    equal(executions.get('r')?.status, 'completed', 'status');
    equal([seen ?? 0, again ?? 0, topic ?? '', end ?? 0], [1, 0, 'set', 1], 'state');
    const all = [...MEMBERS.map((name) => `member ${name}`), 'one x', 'topic set', 'two y'];
    equal([...listOf(heard)].sort(), all, 'received events');
    const twice = Object.entries((own ?? {}) as Readonly<Record<string, number>>).filter(([, n]) => n > 1);
    expect(twice.length === 0, `writes that were accepted twice: ${twice.join()}`);
  },
};
