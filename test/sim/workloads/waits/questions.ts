/**
 * Chunks with effects before a question. Awaited emits are kept; all other effects happen once, in the attempt that has the
 * answer. One chunk asks more questions than it has attempts, and still has the answer to its pause after them.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { InterruptView } from '../../../../lib/runtime/client/types.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const WAIT = 20_000;
/** Number of questions of `patient`; more than its attempts. */
const QUESTIONS = 9;
const ATTEMPTS = 8;
/** A value that is stored outside the head. */
const WORD = 'hi'.padEnd(60, '.');

const flow = defineFlow({
  name: 'questions',
  state: {
    spent: z.number(),
    between: z.number(),
    heard: z.array(z.string()),
    topic: z.string(),
    said: z.array(z.string()),
    word: z.string(),
  },
  signals: { now: z.string(), later: z.string() },
  stream: z.string(),
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context = ContextOf<typeof flow, unknown>;

const QUIET = { noWarning: true } as const;
const pay = flow.chunk('pay', async (ctx: Context) => {
  const { sim } = ctx.resources;
  await sim.work(ctx, 500);
  sim.effect(`key ${ctx.idempotencyKey}`);
  await ctx.emit('now', 'accepted');
  sim.continued(ctx);
  await ctx.stream('before');
  await ctx.state.increment('spent');
  await ctx.flowData.increment('told', 1, QUIET);
  ctx.emitNowait('later', 'before');
  const first = await ctx.requireApproval({ subject: 'a', capability: 'pay', expiresIn: WAIT });
  if (first.status === 'pending') return first.pause;
  await sim.work(ctx, 500);
  await ctx.state.increment('between');
  await ctx.state.set('topic', first.status);
  ctx.emitNowait('later', 'between');
  if (sim.chance(0.2)) throw new Error('between');
  const second = await ctx.requireApproval({ subject: 'a', capability: 'pay', expiresIn: WAIT });
  if (second.status === 'pending') return second.pause;
  await ctx.state.set('said', [`${first.status} ${first.reason}`, `${second.status} ${second.reason}`]);
  return null;
});
const patient = flow.chunk(
  'patient',
  { retry: { maxAttempts: ATTEMPTS, initialDelay: 1_000, factor: 1 } },
  async (ctx: Context) => {
    await ctx.resources.sim.work(ctx, 500);
    if (!ctx.isResume) {
      const expires = { expiresIn: 1_000, onExpiry: { value: WORD } };
      return ctx.pauseFor({ type: 'word', resumeTo: 'self', ...expires });
    }
    for (let n = 0; n < QUESTIONS; n += 1) {
      const approval = await ctx.requireApproval({ subject: 'b', capability: 'wait', expiresIn: 1_000 });
      if (approval.status !== 'pending') continue;
      ctx.resources.sim.effect(`asked ${n}`);
      return approval.pause;
    }
    if (ctx.resources.sim.chance(0.2)) throw new Error('once more');
    await ctx.state.set('word', String(ctx.resume?.value));
    return null;
  },
);
flow.to(pay);
flow.to(patient);
flow.when('now').to('hearNow', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('heard', `now ${ctx.input}`);
});
flow.when('later').to('hearLater', (ctx) => ctx.state.append('heard', `later ${ctx.input}`));
flow.when({ state: 'topic' }).to('hearTopic', (ctx) => ctx.state.append('heard', `topic ${ctx.input}`));

export const questions: Workload = {
  name: 'questions',
  flow,
  announces: true,
  ids: ['q'],
  callers: (newCaller, chooser) => {
    const answer = async (name: string) => {
      const caller = newCaller();
      await caller.start('questions', 'q', null);
      const seen = new Set<string>();
      const isNew = ({ interruptId, payload }: InterruptView) =>
        (payload as { readonly subject?: string } | null)?.subject === 'a' && !seen.has(interruptId);
      for (let n = 0; n < 2; n += 1) {
        const view = await caller.until('q', ({ interrupts }) => interrupts.some(isNew));
        const wait = view?.interrupts.find(isNew);
        if (!wait) return;
        seen.add(wait.interruptId);
        await caller.waitUntil(Date.parse(wait.createdAt) + chooser.between(0, WAIT + 2_000));
        const reason = `${name}${n}`;
        caller.remember(reason, await caller.resume('q', wait.interruptId, reason, { approved: true, reason }));
      }
    };
    const told = async () => {
      const caller = newCaller();
      await caller.start('questions', 'q', null);
      await caller.until('q', () => false);
      await caller.wait(120_000);
      caller.remember('told', String(await caller.shared('questions', 'told')));
    };
    return [answer('x'), ...(chooser.chance(0.5) ? [answer('y')] : []), told()];
  },
  always: (_id, { spent, between }) =>
    Number(spent ?? 0) > 1 || Number(between ?? 0) > 1 ? `spent ${spent}, between ${between}` : undefined,
  check: ({ executions, answers, effects, expect, equal }) => {
    const { heard, said, topic, spent, between, word } = executions.get('q')?.state ?? {};
    const failure = executions.get('q')?.error;
    if (failure) {
      // The last question may not have been accepted.
      const asked = [...effects.keys()].filter((key) => key.startsWith('asked ')).length - 1;
      const isSpent = failure.chunk === 'patient' && (failure.attempt ?? 0) >= ATTEMPTS + asked;
      return expect(isSpent, `${failure.chunk} failed at attempt ${failure.attempt} with ${asked} questions`);
    }
    equal([spent ?? 0, between ?? 0, word ?? ''], [1, 1, WORD], 'state');
    equal(answers.get('told'), '1', 'writes of shared data');
    const all = ['later before', 'later between', 'now accepted', `topic ${topic}`];
    equal([...listOf(heard)].sort(), all, 'received events');
    equal([...effects.keys()].filter((key) => key.startsWith('key ')).length, 1, 'idempotency keys');
    const given = [...answers].filter(([, kind]) => kind === 'accepted' || kind === 'duplicate').map(([name]) => name);
    const reasons = listOf(said).map((text) => text.split(' ')[1] ?? '');
    equal(reasons.filter((reason) => reason !== 'expired').sort(), given.sort(), 'answers that were accepted');
    const right = listOf(said).every((text) => text.startsWith('denied') === text.endsWith('expired'));
    expect(right, `decisions ${listOf(said).join()}`);
  },
};
