/**
 * Two hosts redrive failures until all have succeeded, also after the execution was closed as failed. The failures are in a chunk
 * with few attempts, in the cascade of an awaited emit, and in an expired wait.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import type { ExecutionView } from '../../../../lib/runtime/client/types.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const WAIT = 15_000;
/** More redrives than the simulated faults can require. */
const MANY = 25;
const QUIET = { noWarning: true } as const;

const flow = defineFlow({
  name: 'again',
  input: z.number(),
  state: {
    good: z.number(),
    bad: z.number(),
    inner: z.number(),
    owner: z.number(),
    waited: z.number(),
    end: z.number(),
  },
  signals: { need: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const good = flow.chunk('good', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('good');
});
const bad = flow.chunk('bad', { retry: { maxAttempts: 2 } }, async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('bad', ctx.attempt > 2 ? ctx.attempt : 1);
  if (ctx.attempt === 1 || !(await ctx.flowData.get('mended', QUIET))) throw new Error('not yet');
});
const inner = flow.chunk('inner', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('inner');
  if (!(await ctx.flowData.get('mended', QUIET))) throw new FatalError('not mended');
});
const owner = flow.chunk('owner', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.emit('need', ctx.input);
  await ctx.state.increment('owner');
});
const wait = flow.chunk('wait', { resume: z.string() }, (ctx: Context<number>) =>
  ctx.pauseFor({ type: 'wait', expiresIn: WAIT }),
);
flow
  .to('begin', (ctx) => ctx.input)
  .batch([good, bad, owner, wait])
  .to('end', async (ctx) => {
    if (ctx.input.wait === 'yes') await ctx.state.increment('waited');
    await ctx.state.increment('end');
  });
flow.when('need').to(inner);

const IDS = ['closed', 'open'];

export const again: Workload = {
  name: 'again',
  flow,
  ids: IDS,
  callers: (newCaller, chooser) => {
    const drive = async (id: string, name: string) => {
      const caller = newCaller();
      await caller.start('again', id, 0, id === 'open' ? { autoClose: false } : {});
      for (let i = 0, tried = 0; ; i += 1) {
        const view = await caller.until(id, (each) => each.state.end !== undefined || anew(each) !== undefined);
        const again = view && anew(view);
        if (again !== undefined) await caller.resumeAgain(id, again, `${name}${i}`, 'yes');
        if (view?.status !== 'failed') {
          if (view?.lifecycle === 'closed' || view?.state.end !== undefined) break;
          await caller.wait(5_000);
          continue;
        }
        if (tried === MANY) return caller.remember(`${id} ${name}`, 'still failed');
        // Repeats an accepted redrive, which must have no effect.
        if (tried > 0) await caller.redrive(id, `${name}${tried - 1}`);
        if (tried > 0) await caller.share('again', 'mended', 'mended');
        if (chooser.chance(0.5)) await caller.someTime(5_000);
        await caller.redrive(id, `${name}${tried}`);
        tried += 1;
      }
      if (id === 'open') await caller.close(id, 'reject');
    };
    return IDS.flatMap((id) => [drive(id, 'a'), drive(id, 'b')]);
  },
  always: (_, state) => {
    const twice = Object.entries(state).find(([, times]) => times !== 1);
    return twice ? `${twice.join(' is ')}` : undefined;
  },
  check: ({ executions, answers, equal, expect }) => {
    equal([...answers.keys()], [], 'redrives that did not help');
    for (const id of IDS) {
      const view = executions.get(id);
      equal(view?.status, 'completed', `${id} ended as ${JSON.stringify(view?.error)}`);
      equal(
        Object.keys(view?.state ?? {}).toSorted(),
        ['bad', 'end', 'good', 'inner', 'owner', 'waited'],
        `state of ${id}`,
      );
      const ids = (view?.redrives ?? []).map(({ redriveId }) => redriveId);
      expect(new Set(ids).size === ids.length, `redrives ${ids.join()} of ${id}`);
    }
    expect(
      [...executions.values()].some(({ redrives }) => redrives !== undefined),
      'something was tried again',
    );
  },
};

/** The wait that a redrive restarted. */
function anew({ interrupts }: ExecutionView): string | undefined {
  return interrupts.find(({ generation = 0 }) => generation > 0)?.interruptId;
}
