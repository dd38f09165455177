/**
 * A host creates an execution before its start, writes state, changes the concurrency limit and leases it. It races with another
 * host and many signals. Accepted events have their effect once, and no worker claims work under another's lease. Some hosts
 * never end their lease, or answer a wait. Another execution is never started, and its host renews the lease too late.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { Caller } from '../../world/caller.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const HITS = Array.from({ length: 5 }, (_, i) => `g${i}`);
const WRITES = ['w0', 'w1', 'w2'];
const TTL = 12_000;
/** Greatest error of a clock (ms). */
const SKEW = 900;

const flow = defineFlow({
  name: 'hosted',
  input: z.number(),
  state: {
    seen: z.array(z.string()),
    topic: z.array(z.string()),
    told: z.array(z.number()),
    pairs: z.array(z.string()),
    answer: z.string(),
  },
  signals: { hit: z.string(), left: z.string(), right: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoCloseTimeout: null, concurrency: 2 },
});
const ask = flow.chunk('ask', { resume: z.string() }, (ctx: ContextOf<typeof flow, number>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask' });
});
flow.to(ask).to('answered', (ctx) => ctx.state.set('answer', ctx.input));
flow.to('begin', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('seen', `begun ${ctx.input}`);
});
flow.when('hit').to('seen', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('seen', ctx.input);
});
flow.when({ state: 'topic' }).to('told', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('told', (ctx.input ?? []).length);
});
flow.when(['left', 'right']).to('pair', (ctx) => ctx.state.append('pairs', `${ctx.input.left}+${ctx.input.right}`));

export const hosted: Workload = {
  name: 'hosted',
  flow,
  ids: ['v', 'unstarted'],
  callers: (newCaller, chooser) => {
    let open = HITS.length + WRITES.length + 6;
    const act = async (does: (caller: Caller) => Promise<void>) => {
      const caller = newCaller();
      await caller.create('hosted', 'v');
      await caller.someTime(15_000);
      await does(caller);
      open -= 1;
      if (open === 0) await newCaller().close('v', 'reject');
    };
    const have = (owner: string) =>
      act(async (caller) => {
        const fence = await caller.claim('v', owner, TTL);
        if (fence === undefined) return;
        if (chooser.chance(0.3)) return;
        await caller.someTime(14_000);
        if (chooser.chance(0.5)) await caller.heartbeat('v', fence, TTL);
        await caller.release('v', fence);
      });
    const answer = () =>
      act(async (caller) => {
        for (const id of await caller.interrupts('v')) {
          const fence = await caller.claim('v', 'c', TTL);
          const late = chooser.chance(0.5);
          await caller.wait(late ? TTL + 2 * SKEW : 0);
          const answerWith = (host?: number) =>
            caller.insist((client) =>
              client.resume('v', id, { value: 'yes', requestId: 'r', ...(host === undefined ? {} : { host }) }),
            );
          if (fence !== undefined) {
            const { kind } = await answerWith(fence);
            if (late) caller.remember('answer behind the lease', kind);
          }
          await answerWith();
        }
      });
    const leave = async () => {
      const caller = newCaller();
      await caller.create('hosted', 'unstarted');
      const claimed = await caller.insist((client) => client.claim('unstarted', 'd', TTL));
      await caller.signal('unstarted', 'hit', 'waits', 'waits');
      if (claimed.kind === 'claimed') {
        await caller.waitUntil(claimed.until + SKEW + 1);
        const prolonged = await caller.insist((client) => client.heartbeat('unstarted', claimed.fence, TTL));
        caller.remember('prolonged', String(prolonged === 'applied'));
        await caller.wait(6_000);
      }
      await caller.close('unstarted', 'reject');
    };
    return [
      ...HITS.map((name) =>
        act(async (caller) => {
          await caller.signal('v', 'hit', name, name);
        }),
      ),
      ...WRITES.map((name) => act((caller) => caller.write('v', 'topic', name, name))),
      act(async (caller) => {
        for (const side of ['left', 'right'] as const)
          for (const pair of ['p', 'q']) await caller.signal('v', side, pair, `${side}-${pair}`, pair);
      }),
      act(async (caller) => {
        for (const input of [1, 1]) await caller.start('hosted', 'v', input);
      }),
      act(async (caller) => {
        for (const limit of [1, 3, null, 2]) await caller.limit('v', limit);
      }),
      have('a'),
      have('b'),
      answer(),
      leave(),
    ];
  },
  check: ({ executions, answers, equal, expect }) => {
    const state = executions.get('v')?.state ?? {};
    const sorted = (value: unknown) => [...((value ?? []) as readonly (string | number)[])].sort();
    equal(sorted(state.seen), ['begun 1', ...HITS], 'values seen');
    equal(sorted(state.topic), WRITES, 'writes of hosts');
    equal(sorted(state.told), [1, 2, 3], 'lengths that the listener heard');
    equal(sorted(state.pairs), ['p+p', 'q+q'], 'pairs of one correlation');
    equal(state.answer, 'yes', 'answer');
    equal(answers.get('answer behind the lease') ?? 'leaseExpired', 'leaseExpired', 'an answer behind the lease');
    expect(answers.get('prolonged') !== 'true', 'a lease that was over was prolonged');
    const { status, state: unstarted } = executions.get('unstarted') ?? {};
    equal([status ?? '', unstarted?.seen ?? []], ['completed', ['waits']], 'what was never started');
  },
};
