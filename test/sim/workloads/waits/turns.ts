/**
 * Waits that resume their own chunk under one interrupt id, and a wait for an event. A signal, an answer and the expiry race for
 * the event, and its listeners receive each accepted one once. An emit of a chunk ends all waits for that event in its flow, and
 * none in sub-flows.
 */
import { z } from 'zod';
import type { Json } from '../../../../lib/flow/json.ts';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { ExecutionView } from '../../../../lib/runtime/client/types.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const WAIT = 40_000;
const TURNS = 3;
const RACES = 0;
const ACCEPTED = ['accepted', 'duplicate'];
const EMITS = ['queued', 'awaited'];

const flow = defineFlow({
  name: 'turns',
  input: z.number(),
  state: {
    tries: z.number(),
    turns: z.array(z.string()),
    heard: z.array(z.string().nullable()),
    refused: z.array(z.string()),
  },
  signals: { go: z.string().nullable(), now: z.string(), unheard: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  // Without values in the history, values that nothing uses are dropped.
  execution: { history: 'times' },
});
type Context<In, Resume = unknown> = ContextOf<typeof flow, In, Resume>;

const gate = flow.chunk('gate', { resume: z.string() }, async (ctx: Context<number, string>) => {
  await ctx.resources.sim.work(ctx);
  if (ctx.input !== RACES) return null;
  if (ctx.resume) await ctx.state.append('turns', ctx.resume.value);
  const turns = ((await ctx.state.get('turns')) ?? []).length;
  if (turns === TURNS) return null;
  return ctx.pauseFor({ type: 'turn', id: 'gate', resumeTo: 'self', maxResumes: null });
});
const refused = flow.chunk('refused', async (ctx: Context<{ error: { code?: string } }>) => {
  await ctx.state.append('refused', ctx.input.error.code ?? '');
});
const limited = flow.chunk('limited', { onError: refused }, async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  if (ctx.input !== RACES) return null;
  ctx.resources.sim.effect(ctx.idempotencyKey);
  await ctx.state.increment('tries');
  return ctx.pauseFor({ type: 'limited', id: 'limited', resumeTo: 'self', maxResumes: 1 });
});
const event = flow.chunk('event', async (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  if (ctx.input !== RACES) return ctx.pauseFor({ type: 'first', resumeTo: { event: 'go' } });
  return ctx.pauseFor({ type: 'event', resumeTo: { event: 'go' }, expiresIn: WAIT, onExpiry: { event: 'go' } });
});
const second = flow.chunk('second', async (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.input === RACES ? null : ctx.pauseFor({ type: 'second', resumeTo: { event: 'go' } });
});
const child = defineFlow({ name: 'turnsChild', input: z.number(), signals: { go: z.string() }, defaults: PATIENT });
child.to('inside', (ctx) => (ctx.input === RACES ? null : ctx.pauseFor({ type: 'inside', resumeTo: { event: 'go' } })));
const begin = flow.to('begin', (ctx) => ctx.input);
begin.to(gate);
begin.to(limited);
begin.to(event);
begin.to(second);
begin.subFlow(child);
flow.when('now').to('emits', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  if (ctx.input === 'queued') return ctx.emitNowait('go', 'emitted');
  await ctx.emit('go', 'emitted');
});
flow.when('go').to('hear', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('heard', ctx.input);
});

export const turns: Workload = {
  name: 'turns',
  flow,
  weight: 2,
  announces: true,
  ids: ['t', ...EMITS],
  // The head keeps one ledger entry, so that entries of waits with a reused id are moved out of the head too.
  parameters: { ledgerKept: 1 },
  callers: (newCaller, chooser) => {
    const sharp = chooser.chance(0.5);
    const answerTurns = async (name: string) => {
      const caller = newCaller();
      await caller.start('turns', 't', 0);
      for (let i = 0; ; i += 1) {
        const view = await caller.until(
          't',
          ({ interrupts }) => interrupts.some(({ type }) => type !== 'event'),
          2_000,
        );
        const own = (view?.interrupts ?? []).filter(({ type }) => type !== 'event');
        if (own.length === 0) return;
        for (const { interruptId } of own) {
          await caller.resumeAgain('t', interruptId, `${name}${i}`, `${name}${i}`);
          // Races with the worker that claims the next turn.
          await caller.signal('t', 'unheard', i, `${name}${i}`);
        }
      }
    };
    const meet = async (does: 'answer' | 'signal') => {
      const caller = newCaller();
      await caller.start('turns', 't', 0);
      const view = await caller.until('t', ({ interrupts }) => interrupts.some(({ type }) => type === 'event'), 1_000);
      const wait = view?.interrupts.find(({ type }) => type === 'event');
      if (!wait) return caller.remember(does, 'none');
      const due = Date.parse(wait.createdAt) + WAIT;
      await caller.waitUntil(sharp ? due : due - 30_000 + chooser.between(0, 35_000));
      if (does === 'answer')
        caller.remember(does, await caller.resume('t', wait.interruptId, 'a', 'answer', { what: 'resume event' }));
      else caller.remember(does, await caller.signal('t', 'go', 'signal', 'g'));
    };
    const emit = async (id: string) => {
      const caller = newCaller();
      await caller.start('turns', id, 1);
      await caller.until(id, ({ interrupts }) => interrupts.length === 3);
      await caller.signal(id, 'now', id, 'now');
      const view = await caller.until(id, ({ state }) => state.heard !== undefined);
      caller.remember(id, (view?.interrupts ?? []).map(({ type }) => type).join());
      for (const { interruptId, type } of view?.interrupts ?? [])
        await caller.resume(id, interruptId, type, type, { what: 'resume event' });
    };
    /** Answers the generation that the caller has seen, without a request id, possibly after its end. */
    const answerSeen = async (value: 'same' | 'seen') => {
      const caller = newCaller();
      await caller.start('turns', 't', 0);
      for (let turn = -1; turn < TURNS - 1; ) {
        const newWait = ({ interrupts }: ExecutionView) =>
          interrupts.find(({ interruptId, generation = 0 }) => interruptId === 'gate' && generation > turn);
        const isOver = ({ state }: ExecutionView) => turnsOf(state) === TURNS;
        const view = await caller.until('t', (each) => newWait(each) !== undefined || isOver(each), 2_000);
        const wait = view && newWait(view);
        if (!wait) return;
        turn = wait.generation ?? 0;
        await caller.someTime(3_000);
        const seen = value === 'same' ? value : `${value} ${turn}`;
        const kind = await caller.answer('t', 'gate', seen, turn);
        if (value === 'same' && ACCEPTED.includes(kind)) caller.remember(`same ${turn}`, kind);
      }
    };
    return [
      answerSeen('same'),
      answerSeen('seen'),
      answerTurns('a'),
      answerTurns('b'),
      meet('answer'),
      meet('signal'),
      ...EMITS.map(emit),
    ];
  },
  always: (_, { turns: seen, refused: codes }) => {
    const late = ((seen ?? []) as readonly string[]).find((each, i) => each.startsWith('seen') && each !== `seen ${i}`);
    if (late) return `an answer to another turn: ${late}`;
    const said = ((seen ?? []) as readonly string[]).filter((each) => each !== 'same');
    if (new Set(said).size !== said.length) return `an answer ran twice: ${said.join()}`;
    return ((codes ?? []) as readonly string[]).length > 1 ? 'refused twice' : undefined;
  },
  check: ({ executions, answers, effects, equal, expect }) => {
    for (const id of EMITS) {
      equal(answers.get(id), 'inside', `waits that no emit ended in ${id}`);
      equal(executions.get(id)?.state.heard, ['emitted'], `events received in ${id}`);
    }
    const state = executions.get('t')?.state ?? {};
    expect(turnsOf(state) === TURNS, `turns ${JSON.stringify(state.turns)}`);
    const same = ((state.turns ?? []) as readonly Json[]).filter((each) => each === 'same').length;
    equal(same, [...answers.keys()].filter((key) => key.startsWith('same')).length, 'turns with the same answer');
    equal(state.refused, ['resume_limit'], 'the pause beyond the limit');
    equal([effects.size, state.tries ?? 0], [2, 1], 'runs up to the pause, and runs with effects');
    const heard = (state.heard ?? []) as readonly (string | null)[];
    const times = (what: string | null) => heard.filter((each) => each === what).length;
    const [answer, signal] = [answers.get('answer') ?? '', answers.get('signal') ?? ''];
    // A caller that no longer saw the wait does not know how it ended.
    if (answer !== 'none')
      expect(times('answer') === (ACCEPTED.includes(answer) ? 1 : 0), `answer ${answer}, ${heard}`);
    if (answer !== 'none') expect(times(null) === (answer === 'gone' ? 1 : 0), `answer ${answer}, heard ${heard}`);
    if (signal !== 'none') expect(times('signal') === (ACCEPTED.includes(signal) ? 1 : 0), `${signal}, heard ${heard}`);
  },
};

function turnsOf({ turns: seen }: ExecutionView['state']): number {
  return ((seen ?? []) as readonly Json[]).length;
}
