/**
 * A host erases an execution while its chunks run, stream, pause and fail; another one is deleted when its retention ends. Nothing
 * of them is left, and their ids start nothing.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, FlowError, resource } from '../../../../lib/index.ts';
import type { Client } from '../../../../lib/runtime/client/types.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const NAMES = Array.from({ length: 5 }, (_, i) => `z${i}`);
const SECONDS_20 = 20 / 86_400;

const flow = defineFlow({
  name: 'erased',
  input: z.string(),
  state: { seen: z.array(z.string()), pad: z.string() },
  signals: { hit: z.string() },
  stream: z.string(),
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { retention: SECONDS_20 },
});
type Context<In> = ContextOf<typeof flow, In>;

const ask = flow.chunk('ask', { resume: z.string() }, (ctx: Context<string>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask', payload: ctx.input });
});
flow
  .to('begin', async (ctx) => {
    ctx.resources.sim.begin(ctx);
    ctx.resources.sim.effect(`${ctx.execution.id} began`);
    await ctx.stream('begun');
    await ctx.resources.sim.work(ctx, 20_000);
    await ctx.state.set('pad', ctx.input.repeat(400));
    return ctx.input;
  })
  .match((m) => m.case('closes', (p) => p.to('ends', (ctx) => ctx.input)).caseElse((p) => p.to(ask)));
flow.when('hit').to('seen', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.stream(ctx.input);
  await ctx.resources.sim.work(ctx, 6_000);
  if (ctx.resources.sim.chance(0.3)) throw new Error('again');
  await ctx.state.append('seen', ctx.input.repeat(100));
});

/** The answer, or the code of the refusal of a deleted execution. */
const told =
  <T>(call: (client: Client) => Promise<T>) =>
  async (client: Client): Promise<T | string> => {
    try {
      return await call(client);
    } catch (error) {
      if (FlowError.is(error) && (error.code === 'erased' || error.code === 'retention_over')) return error.code;
      throw error;
    }
  };

export const erased: Workload = {
  name: 'erased',
  flow,
  ids: [],
  parameters: { ledgerKept: 2 },
  callers: (newCaller) => {
    const start = (id: string, input: string) => told((client) => client.start('erased', input, { id }));
    const send = async (name: string) => {
      const caller = newCaller();
      await caller.insist(start('z', 'waits'));
      await caller.someTime(30_000);
      await caller.insist(told((client) => client.signal('z', 'hit', name, { requestId: name })));
    };
    const remove = async () => {
      const caller = newCaller();
      await caller.insist(start('z', 'waits'));
      await caller.someTime(30_000);
      const answer = await caller.insist((client) => client.erase('z', { actor: 'host' }));
      caller.remember('erase', answer);
      const again = await caller.insist(start('z', 'waits'));
      caller.remember('start', typeof again === 'string' ? again : again.kind);
      caller.remember('get', String(await caller.insist(told((client) => client.get('z')))));
      await caller.wait(600_000);
    };
    const expire = async () => {
      const caller = newCaller();
      await caller.insist(start('q', 'closes'));
      for (;;) {
        const view = await caller.insist(told((client) => client.get('q')));
        if (view === 'retention_over') break;
        await caller.wait(10_000);
      }
      for (const input of ['closes', 'other']) {
        const again = await caller.insist(start('q', input));
        caller.remember(`again ${input}`, typeof again === 'string' ? again : again.kind);
      }
      await caller.wait(600_000);
    };
    return [...NAMES.map(send), remove(), expire()];
  },
  check: ({ answers, effects, expect, equal }) => {
    expect(['erasing', 'already'].includes(answers.get('erase') ?? ''), `the erasure was ${answers.get('erase')}`);
    equal(answers.get('start'), 'erased', 'a start after the erasure');
    equal(answers.get('get'), 'erased', 'a view after the erasure');
    equal(answers.get('again closes'), 'existing', 'the same start after the retention');
    equal(answers.get('again other'), 'conflict', 'another start after the retention');
    expect((effects.get('q began') ?? 0) >= 1, 'q never ran');
  },
};
