/**
 * More work comes due at once than one commit takes: waits that expire while callers answer, waits that one event ends while
 * another wait starts, sleeping chunks, and waits that a redrive restarts. Each continues once, and later waits stay pending.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { Caller } from '../../world/caller.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const WAIT = 30_000;
const PEOPLE = ['a', 'b', 'c', 'd', 'e'];
/** Longer than any fault lasts (ms). */
const NEVER = 30 * 24 * 3_600_000;

const flow = defineFlow({
  name: 'portions',
  input: z.enum(['due', 'event', 'naps', 'failing']),
  state: { results: z.array(z.string()), heard: z.number(), late: z.string() },
  signals: { go: z.string(), begin: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const ask = flow.chunk('ask', { resume: z.string() }, async (ctx: Context<string>) => {
  ctx.resources.sim.begin(ctx);
  const { input } = ctx;
  if (input.startsWith('naps')) return ctx.sleep(WAIT);
  const onExpiry = input.startsWith('due') ? { onExpiry: { value: 'expired' } } : {};
  return ctx.pauseFor({ type: 'ask', payload: input, expiresIn: WAIT, ...onExpiry });
});
const begun = flow.to('begin', (ctx) => ctx.input);
begun.if(
  (ctx) => ctx.input !== 'event',
  (own) =>
    own
      .to('people', (ctx) => PEOPLE.map((name) => `${ctx.input}/${name}`))
      .forEach((each) =>
        each.to(ask).to('note', async (ctx) => {
          await ctx.resources.sim.work(ctx, 2_000);
          await ctx.state.append('results', ctx.input === null ? 'woken' : String(ctx.input));
        }),
      ),
);
for (const name of PEOPLE) {
  begun.to(`gate-${name}`, (ctx) => {
    ctx.resources.sim.begin(ctx);
    if (ctx.input !== 'event') return;
    return ctx.pauseFor({ type: 'ask', resumeTo: { event: 'go' }, expiresIn: NEVER });
  });
}
flow.when('go').to('hear', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.increment('heard', 1);
});
flow.when('begin').to('wait', (ctx) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'late', id: 'late', resumeTo: { event: 'go' } });
});

async function begin(caller: Caller, id: string): Promise<readonly string[]> {
  await caller.start('portions', id, id, id === 'event' ? { autoClose: false } : {});
  const view = await caller.until(id, ({ interrupts }) => interrupts.length >= PEOPLE.length, 2_000);
  return view?.interrupts.filter(({ type }) => type === 'ask').map(({ interruptId }) => interruptId) ?? [];
}

export const portions: Workload = {
  name: 'portions',
  flow,
  weight: 2,
  ids: ['due', 'event', 'naps', 'failing'],
  parameters: { portion: 2 },
  announces: true,
  callers: (newCaller, chooser) => {
    const cancels = chooser.chance(0.2);
    /** Answers all waits around their common expiry. */
    const answer = async (own: string) => {
      const caller = newCaller();
      const ids = await begin(caller, 'due');
      const view = await caller.get('due');
      const expiresAt = view?.interrupts[0]?.expiresAt;
      if (expiresAt !== undefined) await caller.waitUntil(Date.parse(expiresAt) - 2_000 + chooser.between(0, 5_000));
      for (const id of ids.toReversed()) await caller.resume('due', id, own, own);
      if (cancels) await caller.close('due', 'cancel');
    };
    /** Sends one event that ends all present waits. A wait that starts later must stay pending. */
    const emit = async () => {
      const caller = newCaller();
      const ids = await begin(caller, 'event');
      const some = newCaller();
      const last = ids.at(-1);
      const race =
        last === undefined ? Promise.resolve() : some.resume('event', last, 'r', 'r', { what: 'resume event' });
      await caller.signal('event', 'go', 'first', 'go');
      await caller.signal('event', 'begin', 1, 'begin');
      await caller.until('event', ({ interrupts }) => interrupts.some(({ type }) => type === 'late'), 500);
      await caller.wait(chooser.between(0, 20_000));
      const there = await caller.get('event');
      caller.remember('late', String(there?.interrupts.map(({ interruptId }) => interruptId)));
      await race;
      await caller.signal('event', 'go', 'second', 'again');
      await caller.close('event', 'reject');
    };
    const naps = async () => {
      await newCaller().start('portions', 'naps', 'naps');
    };
    const mend = async () => {
      const caller = newCaller();
      await begin(caller, 'failing');
      await caller.until('failing', ({ status }) => status === 'failed');
      await caller.wait(chooser.between(0, 20_000));
      await caller.redrive('failing', 'again');
      const view = await caller.until('failing', ({ interrupts }) => interrupts.length >= 1, 500);
      for (const { interruptId, generation = 0 } of view?.interrupts ?? [])
        await caller.answer('failing', interruptId, 'yes', generation);
    };
    return [answer('yes'), answer('no'), emit(), naps(), mend()];
  },
  check: ({ executions, answers, equal, expect }) => {
    const resultsOf = (id: string) => listOf(executions.get(id)?.state.results);
    const due = executions.get('due');
    if (due?.status !== 'cancelled') {
      equal(due?.status, 'completed', 'status of what was due');
      equal(resultsOf('due').length, PEOPLE.length, 'results of what was due');
      expect(
        resultsOf('due').every((each) => ['yes', 'no', 'expired'].includes(each)),
        `results ${resultsOf('due').join()}`,
      );
    }
    equal(executions.get('event')?.status, 'completed', 'status behind the event');
    equal(answers.get('late'), 'late', 'who waits behind the event');
    expect(Number(executions.get('event')?.state.heard) >= 2, 'the event is heard');
    equal(
      resultsOf('naps'),
      PEOPLE.map(() => 'woken'),
      'who woke',
    );
  },
};
