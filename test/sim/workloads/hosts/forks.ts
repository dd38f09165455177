/**
 * Two hosts fork a failed execution under one id, while another redrives the original. The copy retries the failed work once and
 * keeps the completed work.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'forks',
  input: z.number(),
  state: { steps: z.array(z.string()) },
  signals: { hit: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const step = (name: string) =>
  flow.chunk(name, async (ctx: Context<unknown>) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.append('steps', name);
    return 0;
  });
const begin = flow.to(step('before'));
begin
  .to('shaky', async (ctx) => {
    await ctx.resources.sim.work(ctx);
    if (ctx.execution.id === 'f') throw new FatalError('not here');
    return 0;
  })
  .to(step('after'));
begin.to(step('beside'));

export const forks: Workload = {
  name: 'forks',
  flow,
  ids: ['f', 'g'],
  callers: (newCaller, chooser) => {
    const redrives = chooser.chance(0.5);
    const act = async (what: 'fork' | 'redrive') => {
      const caller = newCaller();
      await caller.start('forks', 'f', 0);
      await caller.until('f', ({ status }) => status === 'failed', 2_000);
      if (what === 'redrive') return caller.redrive('f', 'again');
      // While the redriven work runs, the execution is not failed and cannot be forked.
      while (!(await caller.fork('f', 'g'))) await caller.wait(2_000);
    };
    return [act('fork'), act('fork'), ...(redrives ? [act('redrive')] : [])];
  },
  always: (id, { steps = [] }) => {
    const list = steps as readonly string[];
    return new Set(list).size === list.length ? undefined : `${id} did a step twice: ${list.join()}`;
  },
  check: ({ executions, equal, expect }) => {
    const [f, g] = ['f', 'g'].map((id) => executions.get(id));
    equal([f?.status ?? '', f?.error?.chunk ?? ''], ['failed', 'shaky'], 'the original');
    expect(!((f?.state.steps ?? []) as readonly string[]).includes('after'), 'the original went on');
    equal([g?.status ?? '', g?.forkedFrom ?? ''], ['completed', 'f'], 'the copy');
    equal(
      [...((g?.state.steps ?? []) as readonly string[])].sort(),
      ['after', 'before', 'beside'],
      'steps of the copy',
    );
  },
};
