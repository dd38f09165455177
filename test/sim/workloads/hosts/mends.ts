/**
 * Two hosts redrive failures inside sub-flows, in side branches and at the entry of a sub-flow until none is left, while a caller
 * closes the execution. A redrive reopens an execution that was closed as failed. Every step of a main path has its effect once.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const ENDS = ['out', 'whole', 'main'];
const IDS = ['bare', 'closing'];
const ITEMS = [1, 2];
const SINGLES = [3, 4];
const STEPS = ['first', 'second'];
/** More redrives than the simulated faults can require. */
const MANY = 60;

const LISTS = z.array(z.array(z.string()));
const child = defineFlow({
  name: 'mendsChild',
  input: z.number(),
  state: { base: z.array(z.string()), steps: z.array(z.string()), aside: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context = ContextOf<typeof child, number>;

const step = (name: string) =>
  child.chunk(name, async (ctx: Context) => {
    await ctx.resources.sim.work(ctx, 1_000);
    await ctx.state.append('steps', name);
    if (ctx.resources.sim.chance(0.3)) throw new FatalError('not yet');
    return ctx.input;
  });
const aside = child.chunk('aside', async (ctx: Context) => {
  await ctx.resources.sim.work(ctx);
  if (ctx.resources.sim.chance(0.3)) throw new FatalError('not yet, beside');
  ctx.resources.sim.effect(`${ctx.execution.id} ${ctx.input}`);
  await ctx.state.increment('aside');
});
child.to(step('first')).sideBranch(aside).to(step('second'));

const flow = defineFlow({
  name: 'mends',
  input: z.string(),
  state: { base: z.array(z.string()), out: LISTS, whole: z.number(), main: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoClose: false },
});
const capture = { state: { base: 'state.base' }, resources: { sim: 'resources.sim' } } as const;
const begin = flow.to('begin', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  if (ctx.input === 'closing') await ctx.state.append('base', 'begin');
  return ITEMS;
});
begin
  .forEach((item) => item.subFlow(child, { capture, writeBack: { value: 'state.steps' } }))
  .to('end', (ctx) => ctx.state.set('out', LISTS.parse(ctx.input)));
begin
  .to('three', () => 3)
  // The sub-flow cannot end before its failed side branch has succeeded.
  .subFlow(child, { capture, writeBack: { value: 'state.aside' } })
  .to('whole', (ctx) => ctx.state.increment('whole', Number(ctx.input)));
begin
  .to('four', () => 4)
  .subFlow(child, { capture, writeBack: { value: 'state.steps' } })
  .to('main', (ctx) => ctx.state.increment('main', z.array(z.string()).parse(ctx.input).length));

export const mends: Workload = {
  name: 'mends',
  flow,
  ids: IDS,
  callers: (newCaller) => {
    const drive = async (id: string, name: string) => {
      const caller = newCaller();
      await caller.start('mends', id, id);
      for (let tried = 0; tried < MANY; ) {
        const view = await caller.until(id, ({ state }) => ENDS.every((key) => state[key] !== undefined));
        if (view?.status === 'failed') {
          if (id === 'bare') await caller.write(id, 'base', 'host', 'base');
          await caller.redrive(id, `${name}${tried}`);
          tried += 1;
        } else if (view?.lifecycle === 'closed') return;
        else await caller.close(id, 'reject');
        await caller.someTime(3_000);
      }
      caller.remember(`${id} ${name}`, 'still failed');
    };
    const close = async () => {
      const caller = newCaller();
      await caller.start('mends', 'closing', 'closing');
      await caller.someTime(8_000);
      await caller.close('closing', 'reject');
    };
    return [...IDS.flatMap((id) => [drive(id, 'a'), drive(id, 'b')]), close()];
  },
  always: (id, { base, out, whole, main }) => {
    if (listOf(base).length > 1) return `${id} ran the step before its sub-flows twice`;
    if (Number(whole ?? 1) > 1 || Number(main ?? 0) > STEPS.length) return `a sub-flow of ${id} ended twice`;
    const twice = LISTS.parse(out ?? []).find((steps) => new Set(steps).size < steps.length);
    return twice && `${id} did a step twice: ${twice.join()}`;
  },
  check: ({ executions, answers, effects, equal, expect }) => {
    equal([...answers.keys()], [], 'redrives that did not help');
    for (const id of IDS) {
      const { status, state, error, redrives = [] } = executions.get(id) ?? {};
      equal(status, 'completed', `${id} ended with ${JSON.stringify(error)}`);
      const all = ITEMS.map(() => STEPS);
      equal(
        ENDS.map((key) => state?.[key] ?? null),
        [all, 1, STEPS.length],
        `what ${id} came to`,
      );
      for (const item of [...ITEMS, ...SINGLES])
        expect(effects.has(`${id} ${item}`), `no side branch ran for item ${item} of ${id}`);
      expect(new Set(redrives.map(({ redriveId }) => redriveId)).size === redrives.length, `redrives of ${id} twice`);
    }
  },
};
