/**
 * An execution is saved during its work and loaded under another id by two callers, in some schedules also under its own id after
 * its row was deleted. The copy contains all events accepted before the save. Later signals go to both, and each
 * execution has processed every signal once at the end.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { ExecutionView } from '../../../../lib/runtime/client/types.ts';
import type { Caller } from '../../world/caller.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

/** Signals of each sender, which sends them in this order. */
const LANES = [
  ['a0', 'a1'],
  ['b0', 'b1'],
  ['c0', 'c1'],
];
const HITS = LANES.flat();
const MOMENTS = ['late', 'told', 'any'];
const STEPS = ['a', 'b', 'file', 'joined', 'napped', 'resumed', 'tried'];
/** Number of the attempt that succeeds. */
const TRIES = 4;

const flow = defineFlow({
  name: 'loads',
  input: z.number(),
  state: { steps: z.array(z.string()), seen: z.array(z.string()) },
  signals: { hit: z.string() },
  stream: z.number(),
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoCloseTimeout: null },
});
type Context<In> = ContextOf<typeof flow, In>;

const step = (name: string) =>
  flow.chunk(name, async (ctx: Context<unknown>) => {
    await ctx.resources.sim.work(ctx, 6_000);
    await ctx.state.append('steps', name);
    return name;
  });
const ask = flow.chunk('ask', { resume: z.string() }, (ctx: Context<unknown>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask' });
});
const begin = flow.to('begin', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.workspace.put('notes', 'written before');
});
begin
  .to(
    flow.chunk(
      'try',
      { retry: { maxAttempts: 1_000, initialDelay: 2_000, factor: 1 } },
      async (ctx: Context<unknown>) => {
        ctx.resources.sim.begin(ctx);
        ctx.resources.sim.effect(`${ctx.execution.id} ${ctx.attempt}`);
        await ctx.stream(ctx.attempt);
        if (ctx.attempt < TRIES) throw new Error('not yet');
      },
    ),
  )
  .to(step('tried'));
begin.batch([step('a'), step('b')]).to(step('joined'));
begin.to('nap', (ctx) => ctx.sleep(30_000)).to(step('napped'));
begin
  .to(ask)
  .to(step('resumed'))
  .to('file', async (ctx) => {
    await ctx.resources.sim.work(ctx);
    const bytes = await ctx.workspace.get('notes');
    await ctx.state.append('steps', bytes?.length === 'written before'.length ? 'file' : 'no file');
  });
flow.when('hit').to('seen', async (ctx) => {
  await ctx.resources.sim.work(ctx, 6_000);
  await ctx.state.append('seen', ctx.input);
});

const stepsOf = ({ state }: Pick<ExecutionView, 'state'>) => listOf(state.steps);
const hitsOf = ({ state }: Pick<ExecutionView, 'state'>) => listOf(state.seen);

export const loads: Workload = {
  name: 'loads',
  flow,
  ids: ['o', 'copy'],
  parameters: { ledgerKept: 0 },
  callers: (newCaller, chooser) => {
    const accepted: string[] = [];
    const restores = chooser.chance(0.1);
    const compacts = chooser.chance(0.3);
    // Time of the save: when only waits are left, between signals, or at random.
    const moment = MOMENTS[chooser.pick(MOMENTS.length)];
    const late = moment === 'late';
    const first = chooser.between(1, HITS.length - 2);
    let tell = (): void => undefined;
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const starter = newCaller();
    const started = starter.start('loads', 'o', 0);
    const original = started.then(() => finish(starter, 'o', late ? 60_000 : 20_000));
    const send = async (names: readonly string[]) => {
      const caller = newCaller();
      await started;
      await (moment === 'told' ? caller.wait(3_000) : caller.someTime(10_000));
      for (const name of names) {
        await caller.signal('o', 'hit', name, name);
        accepted.push(name);
        if (accepted.length === first) tell();
      }
    };
    /** Answers, waits until all is done, and closes. */
    const finish = async (caller: Caller, id: string, asked: number, repeated: readonly string[] = []) => {
      await caller.someTime(asked);
      const done = (view: ExecutionView): boolean =>
        stepsOf(view).length === STEPS.length && hitsOf(view).length === HITS.length;
      for (;;) {
        const view = await caller.until(id, (each) => each.interrupts.length > 0 || done(each));
        const [wait] = view?.interrupts ?? [];
        if (!wait) break;
        await caller.resume(id, wait.interruptId, 'r', 'yes');
      }
      for (const name of repeated) await caller.signal(id, 'hit', name, name);
      await caller.close(id, 'reject');
    };
    const copy = async (caller: Caller, document: unknown, id: string, known: readonly string[]) => {
      const loaders = chooser.chance(0.5) ? [caller, newCaller()] : [caller];
      await Promise.all(loaders.map((each) => each.load(document, id)));
      // Signals accepted before the save are not sent again, because that would hide their loss.
      for (const name of HITS.filter((each) => !known.includes(each))) await caller.signal(id, 'hit', name, name);
      await finish(caller, id, late ? 60_000 : 20_000, known.slice(0, 1));
    };
    const save = async () => {
      const caller = newCaller();
      await caller.share('loads', 'n', 'before');
      await started;
      if (moment === 'told') await told;
      else await caller.someTime(late ? 10_000 : 15_000);
      if (late)
        await caller.until('o', (view) => stepsOf(view).length >= 4 && hitsOf(view).length === HITS.length, 2_000);
      const known = [...accepted];
      const page = await caller.insist((client) => client.readStream('o', { after: 0, limit: 100 }));
      const tries = (page?.items ?? []).filter(({ chunk }) => chunk === 'try').map(({ attempt }) => attempt);
      caller.remember('tries', String(Math.max(1, ...tries)));
      const document = await caller.insist((client) => client.save('o', compacts ? { compactOver: 40 } : {}));
      const text = JSON.stringify(document);
      await caller.share('loads', 'n', 'after');
      await Promise.all([copy(newCaller(), JSON.parse(text), 'copy', known), original]);
      if (restores) {
        await caller.until('o', ({ lifecycle }) => lifecycle === 'closed');
        caller.forget('o');
        await copy(caller, JSON.parse(text), 'o', known);
      }
      caller.remember('n', String(await caller.shared('loads', 'n')));
    };
    return [...LANES.map(send), save()];
  },
  always: (id, { steps = [], seen = [] }) => {
    const all = [...(steps as readonly string[]), ...(seen as readonly string[])];
    return new Set(all).size === all.length ? undefined : `${id} did something twice: ${all.join()}`;
  },
  check: ({ executions, effects, answers, equal, expect }) => {
    equal(answers.get('n'), '2', 'shared number');
    // The newest attempt may not have been counted, because its worker was interrupted.
    for (let n = Number(answers.get('tries')) - 1; n > 0; n -= 1)
      expect(!effects.has(`copy ${n}`), `attempt ${n} is made in the copy again`);
    for (const id of ['o', 'copy']) {
      const { steps, seen } = executions.get(id)?.state ?? {};
      equal([...((steps ?? []) as readonly string[])].sort(), STEPS, `steps of ${id}`);
      equal([...((seen ?? []) as readonly string[])].sort(), HITS, `signals of ${id}`);
    }
  },
};
