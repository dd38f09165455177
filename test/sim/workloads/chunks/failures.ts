/** Retries by policy, fatal errors, and chunks that kill their process, alone or beside chunks that do not. */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, RetryableError, resource } from '../../../../lib/index.ts';
import type { Sim, Workload } from '../workload.ts';

/** Longer than any delay of the policy. */
const LATER = 30_000;
/** Greatest difference of clocks (ms). */
const SKEW = 2_000;

const flow = defineFlow({
  name: 'failures',
  input: z.string(),
  state: { tries: z.number(), done: z.array(z.string()) },
  resources: { sim: resource<Sim>() },
});
type Context<In> = ContextOf<typeof flow, In>;

const flaky = flow.chunk('flaky', { retry: { maxAttempts: 50, initialDelay: 2_000 } }, async (ctx: Context<string>) => {
  const { sim } = ctx.resources;
  sim.begin(ctx);
  sim.effect(`begun ${ctx.input} ${ctx.attempt} ${sim.now()}`);
  await ctx.state.increment('tries');
  await sim.work(ctx);
  if (ctx.attempt < 3) {
    sim.effect(`${ctx.input} ${ctx.attempt} ${sim.now()}`);
    throw new RetryableError('not yet', { retryAfter: LATER });
  }
  await ctx.state.append('done', 'flaky');
});
const killer = flow.chunk('killer', async (ctx: Context<string>) => {
  await ctx.resources.sim.work(ctx);
  if (ctx.input === 'poison') await ctx.resources.sim.die();
  if (ctx.input === 'fatal') throw new FatalError('never');
  return ctx.input;
});
const innocent = flow.chunk('innocent', { retry: { maxAttempts: 50 } }, async (ctx: Context<string>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('done', 'innocent');
});
flow.to('begin', (ctx) => ctx.input).batch([flaky, killer, innocent]);

const IDS = ['fine', 'poison', 'fatal'];

export const failures: Workload = {
  name: 'failures',
  flow,
  ids: IDS,
  callers: (newCaller) =>
    IDS.map(async (id) => {
      const caller = newCaller();
      await caller.start('failures', id, id);
      for (;;) {
        const { head } = (await caller.insist((client) => client.save(id))) ?? {};
        if (!head || head.failure || head.lifecycle === 'closed') return;
        const { attempt, dueAt } = head.activations.find(({ node }) => node.endsWith('/flaky')) ?? {};
        if (dueAt !== undefined) caller.remember(`${id} ${attempt}`, String(dueAt));
        await caller.wait(10_000);
      }
    }),
  check: ({ executions, answers, effects, expect }) => {
    for (const [attempt, dueAt] of answers) {
      const thrown = [...effects.keys()].filter((each) => each.startsWith(`${attempt} `));
      const begun = [...effects.keys()].filter((each) => each.startsWith(`begun ${attempt} `));
      // A fault or the deadline ended the attempt, so its failure has no known time.
      if (thrown.length === 0 || thrown.length < begun.length) continue;
      const first = Math.min(...thrown.map((each) => Number(each.split(' ')[2])));
      expect(Number(dueAt) >= first + LATER - SKEW, `"${attempt}" failed at ${first}, the next is due at ${dueAt}`);
    }
    const fine = executions.get('fine');
    if (fine?.status === 'completed') {
      expect(fine.state.tries === 1, `a failed attempt left state: ${String(fine.state.tries)}`);
      expect((fine.state.done as string[] | undefined)?.length === 2, 'both branches of "fine" are done');
    } else
      expect(
        ['poison', 'deadline_exceeded'].includes(fine?.error?.code ?? ''),
        `"fine" ended as ${JSON.stringify(fine?.error)}`,
      );
    const poison = executions.get('poison');
    expect(
      poison?.status === 'failed' && ['poison', 'deadline_exceeded'].includes(poison.error?.code ?? ''),
      `"poison" ended as ${JSON.stringify(poison?.error)}`,
    );
    const fatal = executions.get('fatal');
    expect(fatal?.status === 'failed', `"fatal" ended as ${fatal?.status}`);
  },
};
