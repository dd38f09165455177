/**
 * Interventions for a loop that passes intervention points. Each is taken once by the point it targets and used once, or it
 * expires. A sealed execution takes none.
 */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const ROUNDS = 4;
const NAMES = ['a1', 'a2', 'a3'];
/** Targets by intervention. No point has the name `nowhere`. */
const TARGETS: Record<string, string> = { a2: 'review', a3: 'nowhere' };

const flow = defineFlow({
  name: 'advice',
  input: z.number(),
  state: { used: z.array(z.number()), rounds: z.number() },
  signals: { round: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
flow.to('begin', (ctx) => ctx.emitNowait('round', 1));
flow
  .when('round')
  .to('think', async (ctx) => {
    await ctx.resources.sim.work(ctx);
    return ctx.input;
  })
  .interventionPoint('point')
  .interventionPoint('aimed', { target: 'review' })
  .to('use', async (ctx) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.increment('rounds');
    for (const { version, consumers } of await ctx.interventions.get()) {
      if (consumers.use) continue;
      await ctx.interventions.consume(version);
      await ctx.state.append('used', version);
    }
    if (ctx.input < ROUNDS) ctx.emitNowait('round', ctx.input + 1);
  });

export const advice: Workload = {
  name: 'advice',
  flow,
  ids: ['i'],
  callers: (newCaller, chooser) => {
    const durability = chooser.chance(0.3) ? 'exit' : 'sync';
    return [
      ...NAMES.map(async (name) => {
        const advise = () => caller.intervene('i', { name, pad: 'p'.repeat(60) }, name, TARGETS[name]);
        const caller = newCaller();
        await caller.start('advice', 'i', 0, { durability });
        await caller.someTime(9_000);
        const answer = await advise();
        caller.remember(name, answer);
        if (answer !== 'interventions_closed') caller.remember(`${name} again`, await advise());
      }),
      (async () => {
        const caller = newCaller();
        await caller.start('advice', 'i', 0, { durability });
        await caller.someTime(6_000);
        await caller.seal('i', true);
        caller.remember('sealed', await caller.intervene('i', {}, 'sealed'));
        await caller.seal('i', false);
      })(),
    ];
  },
  always: (_, { used }) => {
    const versions = (used ?? []) as readonly number[];
    return new Set(versions).size === versions.length ? undefined : `used twice: ${versions.join()}`;
  },
  check: ({ executions, answers, equal, expect }) => {
    const view = executions.get('i');
    const rows = view?.interventions ?? [];
    equal(view?.state.rounds, ROUNDS, 'rounds');
    const accepted = NAMES.map((name) => answers.get(name)).filter((answer) => answer !== 'interventions_closed');
    for (const name of NAMES) {
      const again = answers.get(`${name} again`);
      expect(
        again === undefined || again === answers.get(name),
        `${name} is ${String(answers.get(name))}, then ${again}`,
      );
    }
    equal(
      [...accepted].sort().map(String),
      rows.map(({ version }) => String(version)),
      'accepted interventions',
    );
    equal(answers.get('sealed'), 'interventions_closed', 'one for a sealed execution');
    for (const { target, insertedBy } of rows) {
      const takenBy = target === undefined ? 'point' : 'aimed';
      expect(
        insertedBy === undefined || insertedBy === takenBy,
        `an intervention for ${target} was taken by ${insertedBy}`,
      );
      expect(target !== 'nowhere' || insertedBy === undefined, 'one for no point was taken');
    }
    const inserted = rows.filter(({ status }) => status === 'inserted').map(({ version }) => version);
    equal([...((view?.state.used ?? []) as readonly number[])].sort(), inserted, 'taken interventions are used');
    expect(
      rows.every(({ status }) => status !== 'pending'),
      'nothing is pending behind the close',
    );
    expect(
      rows.every(({ status, consumers }) => (status === 'inserted') === (consumers.use !== undefined)),
      'uses are noted',
    );
  },
};
