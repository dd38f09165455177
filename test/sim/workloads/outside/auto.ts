/**
 * Interventions that chunks take when they start. The first starting chunk that may take one takes it, once. That attempt and all
 * later chunks see it. Interventions that are not taken before the close expire.
 */
import { z } from 'zod';
import { FlowError } from '../../../../lib/errors/errors.ts';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const CHUNKS = ['a', 'b', 'c', 'd'];
const TARGETS = [undefined, 'c', undefined, 'nobody'];

const flow = defineFlow({
  name: 'auto',
  input: z.number(),
  state: { seen: z.array(z.string()) },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const [first, ...others] = CHUNKS.map((name) =>
  flow.chunk(name, async (ctx: Context<unknown>) => {
    await ctx.resources.sim.work(ctx);
    const rows = await ctx.interventions.get();
    await ctx.state.append('seen', [name, ...rows.map(({ version }) => version)].join(' '));
    for (const { version, consumers, target } of rows)
      if (!consumers[name] && target === name) await ctx.interventions.consume(version);
    return 0;
  }),
);
if (first) others.reduce((pipe, chunk) => pipe.to(chunk), flow.to(first));

export const auto: Workload = {
  name: 'auto',
  flow,
  ids: ['i'],
  callers: (newCaller, chooser) => {
    const sharp = chooser.chance(0.3);
    return TARGETS.map(async (target, n) => {
      const caller = newCaller();
      await caller.start('auto', 'i', 0, { interventionMode: 'auto' });
      if (!sharp) await caller.someTime(8_000);
      const add = () =>
        caller.insist((client) =>
          client.intervene('i', { n }, { requestId: `n${n}`, ...(target === undefined ? {} : { target }) }).then(
            (answer) => (answer.kind === 'accepted' ? String(answer.version) : answer.kind),
            (error: unknown) => {
              if (FlowError.is(error) && error.code === 'interventions_closed') return error.code;
              throw error;
            },
          ),
        );
      const answer = await add();
      caller.remember(`n${n}`, answer);
      if (answer !== 'interventions_closed') caller.remember(`n${n} again`, await add());
    });
  },
  check: ({ executions, answers, equal, expect }) => {
    const view = executions.get('i');
    const rows = view?.interventions ?? [];
    const accepted = TARGETS.map((_, n) => answers.get(`n${n}`) ?? '').filter((answer) => /^\d+$/.test(answer));
    equal(
      accepted.map(Number).toSorted((a, b) => a - b),
      rows.map(({ version }) => version),
      'accepted interventions',
    );
    for (const [n] of TARGETS.entries()) {
      const again = answers.get(`n${n} again`);
      expect(again === undefined || again === answers.get(`n${n}`), `n${n}: ${answers.get(`n${n}`)}, then ${again}`);
    }
    const place = (name: string | undefined) => CHUNKS.indexOf(name ?? '');
    const expected = CHUNKS.map((name, i) => {
      const visible = rows.filter(({ insertedBy }) => insertedBy !== undefined && place(insertedBy) <= i);
      return [name, ...visible.map(({ version }) => version)].join(' ');
    });
    equal(view?.state.seen, expected, 'interventions seen by chunks');
    for (const { version, status, target, insertedBy, consumers } of rows) {
      expect(status === (insertedBy === undefined ? 'expired' : 'inserted'), `${version} is ${status}`);
      expect(target === undefined || insertedBy === undefined || insertedBy === target, `${version} was for ${target}`);
      expect((consumers.c !== undefined) === (insertedBy === 'c' && target === 'c'), `use of ${version} is noted`);
    }
  },
};
