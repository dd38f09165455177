/**
 * A chunk asks for four approvals: one is decided by the policy, two are the same question. Each question gets one decision, from
 * the accepted answer or the expiry, while people approve, deny and end the execution at the same moment. Then the chunk
 * pauses, which it may do once: approvals do not count as pauses.
 */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import type { InterruptView } from '../../../../lib/runtime/client/types.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const WAIT = 30_000;
const SURE = 'sure';
const ASKED = ['small', 'pay', 'pay', 'ship'];
const PEOPLE = [
  ['yes', true],
  ['no', false],
] as const;

const flow = defineFlow({
  name: 'approvals',
  input: z.number(),
  state: { decisions: z.array(z.string()), sure: z.boolean() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
flow
  .to('ask', async (ctx) => {
    await ctx.resources.sim.work(ctx, 500);
    const decisions: string[] = [];
    for (const subject of ASKED) {
      const approval = await ctx.requireApproval({ subject, capability: 'do', expiresIn: WAIT });
      if (approval.status === 'pending') return approval.pause;
      decisions.push(`${subject} ${approval.status} ${approval.reason}`);
    }
    if (await ctx.state.get('sure')) return decisions;
    await ctx.state.set('sure', true);
    const expires = { expiresIn: 1_000, onExpiry: { value: null } };
    return ctx.pauseFor({ type: SURE, resumeTo: 'self', maxResumes: 1, ...expires });
  })
  .to('decided', async (ctx) => {
    ctx.resources.sim.begin(ctx);
    for (const decision of ctx.input as readonly string[]) await ctx.state.append('decisions', decision);
  });

export const approvals: Workload = {
  name: 'approvals',
  flow,
  announces: true,
  app: () => ({
    policy: ({ subject }) => (subject === 'small' ? { status: 'approved', reason: 'policy' } : { status: 'pending' }),
  }),
  ids: ['p'],
  callers: (newCaller, chooser) => {
    // All answers come together shortly after the question, or around its expiry.
    const sharp = chooser.chance(0.5);
    const ends = chooser.pick(4);
    const answer = async (name: string, approved: boolean) => {
      const caller = newCaller();
      await caller.start('approvals', 'p', 0);
      const seen = new Set<string>();
      for (let n = 0; n < ASKED.length - 1; n += 1) {
        const isNew = ({ interruptId, type }: InterruptView) => type !== SURE && !seen.has(interruptId);
        const view = await caller.until('p', ({ interrupts }) => interrupts.some(isNew));
        const wait = view?.interrupts.find(isNew);
        if (!wait) return;
        seen.add(wait.interruptId);
        const due = Date.parse(wait.createdAt) + WAIT;
        await caller.waitUntil(sharp ? due - WAIT + 8_000 : due - 1_500 + chooser.between(0, 3_000));
        // A value that is stored outside the head.
        const reason = `${name}${n}`.padEnd(60, '.');
        caller.remember(reason, await caller.resume('p', wait.interruptId, `${name}${n}`, { approved, reason }));
      }
    };
    const end = async () => {
      const caller = newCaller();
      await caller.start('approvals', 'p', 0);
      await caller.wait(ends === 0 ? 8_000 : chooser.between(0, 90_000));
      if (ends === 0) await caller.cancel('p');
      else await caller.close('p', 'cancel');
    };
    return [...PEOPLE.map(([name, approved]) => answer(name, approved)), ...(ends < 2 ? [end()] : [])];
  },
  check: ({ executions, answers, expect, equal }) => {
    const view = executions.get('p');
    const decisions = (view?.state.decisions ?? []) as readonly string[];
    if (view?.status === 'cancelled') return expect(decisions.length === 0, `cancelled, but ${decisions.join()}`);
    const given = decisions.map((decision) => decision.split(' '));
    equal(
      given.map(([subject = '']) => subject),
      ASKED,
      'questions that were decided',
    );
    equal(given[0]?.slice(1), ['approved', 'policy'], 'what the policy decides');
    const accepted: string[] = [];
    for (const [reason, kind] of answers) if (kind === 'accepted' || kind === 'duplicate') accepted.push(reason);
    const by = given.slice(1).map(([, status = '', reason = '']) => [status, reason] as const);
    const answered = by.map(([, reason]) => reason).filter((reason) => reason !== 'expired');
    equal(answered.toSorted(), accepted.toSorted(), 'answers that were accepted');
    const right = by.every(([status, reason]) => (status === 'approved') === reason.startsWith('yes'));
    expect(right, `decisions ${decisions.join()}`);
  },
};
