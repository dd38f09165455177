/**
 * Waits that only verified actors may answer, and one whose link is revoked. Unauthorized callers answer before, between and after
 * authorized ones: directly, through the inbox, and past the client. They never end a wait.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { Client, InterruptView } from '../../../../lib/runtime/client/types.ts';
import { wakeUp } from '../../../../lib/runtime/commit/wake-ups.ts';
import type { Caller } from '../../world/caller.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

type Answer = Parameters<Client['resume']>[2];

const GATE = 'gate';
const SHARED = 'shared';
const LINK = 'link-1';
const LINK_AFTER = 5_000;
const HOLDERS = ['cem', 'dan'];
const MEMBERS = ['ann', 'bob'];
const STRANGERS: readonly Omit<Answer, 'value'>[] = [
  {},
  { actor: 'ann' },
  { actor: 'ann', verified: false, via: 'link', link: LINK },
];

const flow = defineFlow({
  name: 'actors',
  input: z.null(),
  state: { gate: z.string(), pay: z.string(), shared: z.string(), posted: z.number() },
  signals: { gate: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const begin = flow.to('begin', (ctx) => ctx.resources.sim.work(ctx, 500));
const ask = flow.chunk('ask', { resume: z.string() }, (ctx: Context<unknown>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask', id: GATE, requireActor: true });
});
begin.to(ask).to('keep', (ctx) => ctx.state.set('gate', `${ctx.input} ${ctx.answer?.actor} ${ctx.answer?.verified}`));
const share = flow.chunk('share', { resume: z.string() }, (ctx: Context<unknown>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask', id: SHARED });
});
begin.to(share).to('keepShared', (ctx) => ctx.state.set('shared', ctx.input));
begin.to('pay', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  const approval = await ctx.requireApproval({ subject: 'order', capability: 'pay', requireActor: true });
  if (approval.status === 'pending') return approval.pause;
  return ctx.state.set('pay', `${approval.status} ${approval.reason} ${ctx.answer?.verified}`);
});
flow.when('gate').to('posted', (ctx) => ctx.state.increment('posted'));

export const actors: Workload = {
  name: 'actors',
  flow,
  ids: ['a'],
  callers: (newCaller) => {
    const valueFor = (id: string, name: string) =>
      [GATE, SHARED].includes(id) ? name : { approved: true, reason: name };
    const resume = (caller: Caller, id: string, answer: Answer): Promise<string> =>
      caller.insist(async (client) => (await client.resume('a', id, answer)).kind);
    /** Ids of the pending waits that have no link. */
    const guarded = async (caller: Caller): Promise<readonly string[]> => {
      await caller.start('actors', 'a', null);
      return (await caller.interrupts('a', 3)).filter((id) => id !== SHARED);
    };

    const stranger = async (who: Omit<Answer, 'value'>, n: number) => {
      const caller = newCaller();
      const ids = await guarded(caller);
      await caller.someTime(20_000);
      for (const id of ids) {
        const answer = { value: valueFor(id, 'stranger'), requestId: `s${n}`, ...who };
        caller.remember(`stranger ${n} ${id}`, await resume(caller, id, answer));
      }
    };
    /** An older API function, which does not check the actor. */
    const careless = async () => {
      const caller = newCaller();
      for (const interrupt of await guarded(caller)) {
        await caller.someTime(3_000);
        const value = valueFor(interrupt, 'stranger');
        await caller.insist(async (_client, { clock, executions, queue }) => {
          const record = await executions.load('a');
          if (!record) return 'unknown';
          const event = { interrupt, requestId: 'careless', value, valueHash: '', at: clock.now(), mark: interrupt };
          await executions.append('a', record.head.inc, { type: 'resume', ...event }, event.at + 30_000);
          await queue.send([wakeUp('a')]);
          return 'sent';
        });
      }
      // A signal message on the queue must not end the wait either.
      caller.post('a', GATE, 'stranger', 'posted');
    };
    const member = async (name: string) => {
      const caller = newCaller();
      await caller.start('actors', 'a', null);
      await caller.interrupts('a');
      await caller.wait(LINK_AFTER);
      await caller.someTime(12_000);
      for (;;) {
        const ids = await caller.interrupts('a');
        if (ids.length === 0) return;
        for (const id of ids)
          await resume(caller, id, { value: valueFor(id, name), requestId: name, actor: name, verified: true });
      }
    };
    /** Uses and revokes the link at the same moment. */
    const atOnce = async (): Promise<Caller> => {
      const caller = newCaller();
      await caller.start('actors', 'a', null);
      const isShared = ({ interruptId }: InterruptView) => interruptId === SHARED;
      const view = await caller.until('a', ({ interrupts }) => interrupts.some(isShared), 1_000);
      const wait = view?.interrupts.find(isShared);
      if (wait) await caller.waitUntil(Date.parse(wait.createdAt) + LINK_AFTER);
      return caller;
    };
    const holder = async (name: string) => {
      const caller = await atOnce();
      const answer = { value: name, requestId: name, via: 'link', link: LINK } as const;
      caller.remember(name, await resume(caller, SHARED, answer));
    };
    const revoker = async () => {
      const caller = await atOnce();
      caller.remember('revoked', await caller.insist((client) => client.revokeLink('a', SHARED, LINK)));
    };
    return [...STRANGERS.map(stranger), careless(), ...MEMBERS.map(member), ...HOLDERS.map(holder), revoker()];
  },
  check: ({ executions, answers, equal, expect }) => {
    const { gate, pay, shared } = executions.get('a')?.state ?? {};
    const members = MEMBERS.join('|');
    expect(new RegExp(`^(${members}) \\1 true$`).test(String(gate)), `the gate was opened by ${gate}`);
    expect(new RegExp(`^approved (${members}) true$`).test(String(pay)), `the payment was ${pay}`);
    for (const [name, kind] of answers)
      if (name.startsWith('stranger'))
        expect(['actorRequired', 'conflict', 'revoked'].includes(kind), `${name} was told ${kind}`);
    const used = HOLDERS.filter((name) => ['accepted', 'duplicate'].includes(answers.get(name) ?? ''));
    equal(used, HOLDERS.includes(String(shared)) ? [String(shared)] : [], 'holders of the link who have answered');
    const isRevoked = ['revoked', 'already'].includes(answers.get('revoked') ?? '');
    expect(used.length === 0 || !isRevoked, 'a revoked link has answered');
  },
};
