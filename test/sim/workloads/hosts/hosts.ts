/**
 * Hosts seal, unseal, write and cancel while many callers send signals and one answers a wait. Accepted events have their effect
 * once, and no host writes while the execution is sealed.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { Client } from '../../../../lib/runtime/client/types.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const NAMES = Array.from({ length: 6 }, (_, i) => `h${i}`);

const WRITES = ['sealed 0', 'open 1', 'sealed 2', 'open 3'];

const flow = defineFlow({
  name: 'hosts',
  input: z.number(),
  state: { seen: z.array(z.string()), written: z.array(z.string()), answer: z.string(), long: z.number() },
  signals: { hit: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoCloseTimeout: null },
});
type Context<In> = ContextOf<typeof flow, In>;

const ask = flow.chunk('ask', { resume: z.string() }, (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask' });
});
const long = flow.chunk('long', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx, 30_000);
  await ctx.state.increment('long');
});
const begin = flow.to('begin', (ctx) => ctx.input);
begin.to(ask).to('answered', (ctx) => ctx.state.set('answer', ctx.input));
begin.batch([long]);
flow.when('hit').to('seen', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('seen', ctx.input);
});

export const hosts: Workload = {
  name: 'hosts',
  flow,
  ids: ['h'],
  callers: (newCaller, chooser) => {
    const cancels = chooser.chance(0.3);
    let open = NAMES.length + 2;
    const last = async () => {
      open -= 1;
      if (open === 0 && !cancels) await newCaller().close('h', 'reject');
    };
    const send = async (name: string) => {
      const caller = newCaller();
      await caller.start('hosts', 'h', 0);
      await caller.someTime(12_000);
      caller.remember(name, await caller.signal('h', 'hit', name, name));
      await last();
    };
    const answer = async () => {
      const caller = newCaller();
      await caller.start('hosts', 'h', 0);
      for (const id of await caller.interrupts('h')) caller.remember('ask', await caller.resume('h', id, 'r', 'yes'));
      await last();
    };
    const seal = async () => {
      const caller = newCaller();
      await caller.start('hosts', 'h', 0);
      for (const [n, name] of WRITES.entries()) {
        await caller.someTime(4_000);
        await caller.seal('h', name.startsWith('sealed'));
        const write = (client: Client) => client.state('h').append('written', name, { requestId: `w${n}` });
        caller.remember(name, await caller.insist(write));
      }
      await last();
    };
    const cancel = async () => {
      const caller = newCaller();
      await caller.start('hosts', 'h', 0);
      await caller.someTime(40_000);
      await caller.cancel('h');
    };
    return [...NAMES.map(send), answer(), seal(), ...(cancels ? [cancel()] : [])];
  },
  check: ({ executions, answers, expect, equal }) => {
    const view = executions.get('h');
    const seen = (view?.state.seen ?? []) as readonly string[];
    const cancelled = view?.status === 'cancelled';
    const accepted = [...answers].filter(([name, answer]) => WRITES.includes(name) && answer !== 'ignored');
    equal(
      view?.state.written ?? [],
      accepted.map(([name]) => name),
      'writes of hosts',
    );
    expect(cancelled || accepted.length === 2, `${accepted.length} writes were accepted`);
    expect(!accepted.some(([name]) => name.startsWith('sealed')), 'sealed, it took a write');
    for (const name of NAMES) {
      const times = seen.filter((each) => each === name).length;
      const accepted = answers.get(name) !== 'ignored';
      expect(times <= (accepted ? 1 : 0), `${name} was ${String(answers.get(name))} and seen ${times} times`);
      expect(
        cancelled || times === (accepted ? 1 : 0),
        `${name} was ${String(answers.get(name))}, seen ${times} times`,
      );
    }
    if (cancelled) return;
    equal(view?.state.answer, 'yes', 'answer');
    equal(view?.state.long, 1, 'long work');
  },
};
