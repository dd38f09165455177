/**
 * Scheduled starts whose triggers are repeated, late or have another input, and a start with `startAt`. Each scheduled time has
 * one execution with the first input, and no input is processed before its time. A schedule that skips starts nothing beside
 * what it started before.
 */
import { z } from 'zod';
import { createScheduledStart } from '../../../../lib/adapters/lambda/events/scheduled-start.ts';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { scheduledId } from '../../../../lib/runtime/client/starts/scheduled.ts';
import { START } from '../../world/world.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const TIMES = [START, START + 20_000];
const WHO = { flow: 'schedules', schedule: 'often' };
const ALONE = { flow: 'schedules', schedule: 'alone' };
const DUE = START + 40_000;
/** Greatest error of a clock (ms). */
const OFF = 1_000;

const flow = defineFlow({
  name: 'schedules',
  input: z.string(),
  state: { runs: z.number(), input: z.string(), at: z.number(), early: z.boolean() },
  signals: { hit: z.number() },
  schedules: [
    { id: 'often', rate: '1 minute', input: 'first' },
    { id: 'alone', rate: '1 minute', input: 'alone', overlap: 'skip' },
  ],
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
flow.to('begin', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  ctx.resources.sim.effect(ctx.execution.id);
  await ctx.state.set('at', ctx.resources.sim.now());
  await ctx.resources.sim.work(ctx);
  await ctx.state.set('input', ctx.input);
  await ctx.state.increment('runs');
  return ctx.input === 'alone' ? ctx.sleep(60_000) : undefined;
});
flow.when('hit').to('hear', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.set('early', (await ctx.state.get('runs')) === undefined);
});

const ids = TIMES.map((time) => scheduledId(WHO, time));
/** One of them is skipped, unless faults hide the other. */
const ALONE_IDS = TIMES.map((time) => scheduledId(ALONE, time));

export const schedules: Workload = {
  name: 'schedules',
  flow,
  ids: [...ids, 'later'],
  callers: (newCaller) => {
    const trigger = async (time: number, input: string, who = WHO) => {
      const caller = newCaller();
      await caller.waitUntil(time);
      await caller.someTime(5_000);
      const event = { start: { ...who, scheduledTime: new Date(time).toISOString(), input } };
      await caller.insist((client, ports) => createScheduledStart({ client, ...ports })(event));
    };
    const start = async () => {
      const caller = newCaller();
      await caller.start('schedules', 'later', 'later', { startAt: new Date(DUE).toISOString() });
      await caller.someTime(60_000);
      await caller.signal('later', 'hit', 1, 'hit');
    };
    return [
      ...TIMES.flatMap((time) => ['first', 'first', 'other'].map((input) => trigger(time, input))),
      ...TIMES.map((time) => trigger(time, 'alone', ALONE)),
      start(),
      start(),
    ];
  },
  always: (id, { runs, at }) => {
    if (id === 'later' && Number(at ?? Infinity) < DUE - OFF) return `began at ${at}, its time is ${DUE}`;
    return runs === undefined || runs === 1 ? undefined : `${id} ran ${runs} times`;
  },
  check: ({ executions, effects, calm, equal, expect }) => {
    const all = [...effects.keys()];
    const began = all.filter((id) => !ALONE_IDS.includes(id));
    equal(began.toSorted(), [...ids, 'later'].toSorted(), 'executions that began');
    const alone = all.length - began.length;
    expect(alone === 1 || (alone === 2 && !calm), `${alone} executions of the schedule that skips`);
    for (const id of ids) {
      const input = executions.get(id)?.state.input;
      expect(input === 'first' || input === 'other', `input of ${id} is ${input}`);
    }
    equal(executions.get('later')?.state.input, 'later', 'input of what was put off');
  },
};
