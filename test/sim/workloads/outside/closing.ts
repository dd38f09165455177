/**
 * Many signals, some from two senders, while the execution is being closed. Accepted signals have their effect, ignored ones have
 * none. A second execution has a pending wait, and hosts close, unseal, close differently or cancel it.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const NAMES = Array.from({ length: 8 }, (_, i) => `c${i}`);
const TWINS = NAMES.slice(0, 4);

const flow = defineFlow({
  name: 'closing',
  input: z.number(),
  state: { seen: z.array(z.string()), answers: z.array(z.string()) },
  signals: { hit: z.string(), ask: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoCloseTimeout: null },
});
type Context<In> = ContextOf<typeof flow, In>;

const ask = flow.chunk('ask', { resume: z.string() }, (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask' });
});
flow.to('begin', (ctx) => ctx.resources.sim.begin(ctx));
flow
  .when('ask')
  .to(ask)
  .to('answered', async (ctx) => {
    await ctx.resources.sim.work(ctx, 8_000);
    await ctx.state.append('answers', ctx.input);
    if (ctx.input === 'again') ctx.emitNowait('ask', 2);
  });
flow.when('hit').to('seen', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.append('seen', ctx.input);
});

export const closing: Workload = {
  name: 'closing',
  flow,
  weight: 2,
  ids: ['c', 'w'],
  callers: (newCaller, chooser) => {
    const together = chooser.chance(0.6);
    const asksAgain = chooser.chance(0.4);
    const cancels = chooser.chance(0.5);
    const send = async (name: string, note = name) => {
      const caller = newCaller();
      await caller.start('closing', 'c', 0);
      if (!together) await caller.someTime(6_000);
      const answer = await caller.signal('c', 'hit', name, name);
      caller.remember(note, answer);
    };
    const close = async () => {
      const caller = newCaller();
      await caller.start('closing', 'c', 0);
      if (!together) await caller.someTime(6_000);
      await caller.close('c', 'reject');
    };
    const closeWaiting = async () => {
      const caller = newCaller();
      await caller.start('closing', 'w', 0);
      await caller.signal('w', 'ask', 1, 'ask');
      const ids = await caller.interrupts('w');
      caller.remember('over a wait', await caller.close('w', 'reject'));
      caller.remember('early', await caller.signal('w', 'hit', 'early', 'early'));
      for (const id of ids) await caller.resume('w', id, 'r', asksAgain ? 'again' : 'done');
      if ((await caller.close('w', 'reject')) !== 'pendingInterrupts') {
        await caller.seal('w', false);
        caller.remember('late', await caller.signal('w', 'hit', 'late', 'late'));
      }
      if (asksAgain) {
        await caller.interrupts('w');
        await caller.close('w', 'cancel');
      } else if (cancels) {
        await caller.cancel('w');
        caller.remember('after cancel', (await caller.get('w'))?.lifecycle ?? '');
      }
    };
    const twins = TWINS.map((name) => send(name, `${name} again`));
    return [...NAMES.map((name) => send(name)), ...twins, close(), closeWaiting()];
  },
  check: ({ executions, answers, equal, expect }) => {
    const seen = (executions.get('c')?.state.seen ?? []) as readonly string[];
    for (const name of NAMES) {
      const times = seen.filter((each) => each === name).length;
      const accepted = answers.get(name) !== 'ignored';
      expect(times === (accepted ? 1 : 0), `${name} was ${String(answers.get(name))} and seen ${times} times`);
    }
    for (const name of TWINS) {
      const [first, second] = [name, `${name} again`].map((each) => answers.get(each));
      expect((first === 'ignored') === (second === 'ignored'), `${name} was ${first}, by another caller ${second}`);
    }
    const waiting = executions.get('w');
    equal(answers.get('over a wait'), 'pendingInterrupts', 'a close while somebody waits');
    expect(answers.get('early') !== 'ignored', 'a close that was refused has closed');
    expect((answers.get('late') ?? 'ignored') === 'ignored', 'a close was taken back');
    const [first] = (waiting?.state.answers ?? []) as readonly string[];
    if (first === 'again') equal(waiting?.status, 'cancelled', 'a close that cancels, behind one that drains');
    if (answers.has('after cancel')) return equal(answers.get('after cancel'), 'closed', 'after a cancel');
    equal(waiting?.state.seen, ['early'], 'signals of the one that waits');
  },
};
