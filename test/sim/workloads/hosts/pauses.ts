/**
 * Hosts pause and unpause while chunks run, fail and sleep, signals arrive, and a wait is answered near its deadline. An accepted
 * answer counts, whatever its deadline, and after the last pause everything goes on.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const NAMES = Array.from({ length: 4 }, (_, i) => `p${i}`);

const flow = defineFlow({
  name: 'pauses',
  input: z.number(),
  state: { seen: z.array(z.string()), queued: z.array(z.string()), answer: z.string(), slept: z.boolean() },
  signals: { hit: z.string(), later: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoCloseTimeout: null },
});
type Context<In> = ContextOf<typeof flow, In>;

const ask = flow.chunk('ask', { resume: z.string() }, (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask', expiresIn: 15_000, onExpiry: { value: 'late' } });
});
const begin = flow.to('begin', (ctx) => ctx.input);
begin.to(ask).to('answered', (ctx) => ctx.state.set('answer', ctx.input));
begin.to('sleeps', (ctx) => ctx.sleep(8_000)).to('slept', (ctx) => ctx.state.set('slept', true));
flow.when('hit').to('seen', async (ctx) => {
  await ctx.resources.sim.work(ctx, 4_000);
  if (ctx.resources.sim.chance(0.3)) throw new Error('again');
  await ctx.state.append('seen', ctx.input);
  ctx.emitNowait('later', ctx.input);
});
flow.when('later').to('queued', (ctx) => ctx.state.append('queued', ctx.input));

export const pauses: Workload = {
  name: 'pauses',
  flow,
  ids: ['p'],
  parameters: { directTries: 1 },
  callers: (newCaller, chooser) => {
    const cancels = chooser.chance(0.2);
    const nearEnd = chooser.chance(0.5);
    let open = NAMES.length + 2;
    const last = async () => {
      open -= 1;
      if (open > 0 || cancels) return;
      const caller = newCaller();
      await caller.until('p', ({ state }) => state.answer !== undefined && state.slept === true, 60_000);
      await caller.close('p', 'reject');
    };
    const send = async (name: string) => {
      const caller = newCaller();
      await caller.start('pauses', 'p', 0);
      await caller.someTime(20_000);
      caller.remember(name, await caller.signal('p', 'hit', name, name));
      await last();
    };
    const answer = async () => {
      const caller = newCaller();
      await caller.start('pauses', 'p', 0);
      const asked = await caller.until('p', (view) => view.interrupts.length > 0 || view.state.answer !== undefined);
      const [wait] = asked?.interrupts ?? [];
      const id = wait?.interruptId;
      if (nearEnd && wait?.expiresAt) await caller.waitUntil(Date.parse(wait.expiresAt));
      await caller.someTime(nearEnd ? 4_000 : 24_000);
      if (id) caller.remember('ask', await caller.resume('p', id, 'r', 'yes'));
      await last();
    };
    const hold = async () => {
      const caller = newCaller();
      await caller.start('pauses', 'p', 0);
      for (let n = 0; n < 3; n += 1) {
        await caller.someTime(6_000);
        await caller.pause('p', true);
        await caller.someTime(12_000);
        await caller.pause('p', false);
      }
      await last();
    };
    const cancel = async () => {
      const caller = newCaller();
      await caller.start('pauses', 'p', 0);
      await caller.someTime(40_000);
      await caller.cancel('p');
    };
    return [...NAMES.map(send), answer(), hold(), ...(cancels ? [cancel()] : [])];
  },
  check: ({ executions, answers, expect, equal }) => {
    const view = executions.get('p');
    const cancelled = view?.status === 'cancelled';
    for (const name of NAMES) {
      const [times, queued] = [view?.state.seen, view?.state.queued].map(
        (list) => listOf(list).filter((each) => each === name).length,
      );
      const wanted = answers.get(name) === 'ignored' ? 0 : 1;
      expect((times ?? 0) <= wanted && (queued ?? 0) <= (times ?? 0), `${name}: seen ${times}, queued ${queued} times`);
      expect(cancelled || (times === wanted && queued === wanted), `${name}: seen ${times}, queued ${queued} times`);
    }
    if (cancelled) return;
    const wasAccepted = ['accepted', 'duplicate'].includes(answers.get('ask') ?? '');
    equal(view?.state.answer, wasAccepted ? 'yes' : 'late', 'answer');
    equal(view?.state.slept, true, 'sleep');
  },
};
