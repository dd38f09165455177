/**
 * Awaited emits (nested, two at once, failing in an operator) and watched state writes are accepted once, one at a time, however
 * often the chunk repeats. Effects that are not awaited are kept too. A repeat that makes other calls fails.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'cascade',
  input: z.number(),
  state: {
    log: z.array(z.string()),
    topic: z.string(),
    crowd: z.number(),
    said: z.array(z.string()),
    code: z.string(),
    fewer: z.string(),
    later: z.number(),
  },
  signals: {
    ask: z.number(),
    deeper: z.number(),
    refuse: z.number(),
    say: z.string(),
    one: z.string(),
    other: z.string(),
    later: z.number(),
  },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { concurrency: 1 },
});
type Context<In> = ContextOf<typeof flow, In>;

/** Twice the time limit of a worker (ms). */
const TOO_LONG = 240_000;
/** Words that the chunk emits without awaiting them. */
const WORDS = ['a', 'b', 'c', 'd'];

/** Emits and writes without awaiting. */
async function tell(ctx: Context<unknown>, ...words: readonly string[]): Promise<void> {
  for (const word of words) {
    ctx.emitNowait('say', word);
    await ctx.flowData.increment('told', 1, { noWarning: true });
  }
}

const asker = flow.chunk('asker', async (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  await ctx.state.append('log', 'begin');
  await ctx.resources.sim.work(ctx);
  await ctx.emit('ask', 1);
  ctx.resources.sim.continued(ctx);
  await ctx.state.append('log', 'asked');
  await tell(ctx, 'a', 'b');
  try {
    await ctx.emit('refuse', 1);
  } catch {
    await ctx.state.append('log', 'caught');
  }
  ctx.resources.sim.continued(ctx);
  await tell(ctx, 'c');
  await ctx.state.set('topic', 'weather');
  ctx.resources.sim.continued(ctx);
  await ctx.state.append('log', 'end');
  await tell(ctx, 'd');
});
const pair = flow.chunk('pair', async (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  await Promise.all([ctx.emit('say', 'left'), ctx.emit('say', 'right')]);
  ctx.resources.sim.continued(ctx);
  // Sometimes works longer than the worker may run.
  if (ctx.resources.sim.chance(0.25)) await ctx.resources.sim.work(ctx, TOO_LONG);
  const said = (await ctx.state.get('said')) ?? [];
  if (!said.includes('left') || !said.includes('right')) ctx.emitNowait('say', 'too early');
});
const changed = (key: 'code' | 'fewer') =>
  flow.chunk(key, async (ctx: Context<{ error: { code?: string } }>) => {
    await ctx.state.set(key, ctx.input.error.code ?? '');
  });
const fickle = flow.chunk('fickle', { onError: changed('code') }, async (ctx: Context<number>) => {
  // Catches the error of the changed call: the attempt must fail all the same.
  await ctx.emit(ctx.attempt % 2 === 0 ? 'one' : 'other', '').catch(() => undefined);
  throw new Error('and again');
});
const fewer = flow.chunk('fewerEmits', { onError: changed('fewer') }, async (ctx: Context<number>) => {
  if (ctx.attempt % 2 === 0) return;
  await ctx.emit('other', '');
  ctx.resources.sim.effect('emitted');
  throw new Error('and again');
});
/** Needs a result of the chunk that started this cascade. That chunk does not wait for this one. */
const later = flow.chunk('later', async (ctx: Context<number>) => {
  if (!(await ctx.state.get('log'))?.includes('asked')) throw new Error('not yet');
  await ctx.state.increment('later');
});
const answer = flow.chunk('answer', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  ctx.emitNowait('later', 1);
  await ctx.emit('deeper', ctx.input + 1);
  ctx.resources.sim.continued(ctx);
  await ctx.state.append('log', `answer ${ctx.input}`);
});
const refuse = flow.chunk('refuse', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  throw new FatalError('no');
});
const note = <In extends number | string | null>(name: string) =>
  flow.chunk(name, async (ctx: Context<In>) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.append('log', `${name} ${ctx.input}`);
  });

const member = (name: string) =>
  flow.chunk(name, async (ctx: Context<number>) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.increment('crowd');
  });

/** Compete for the single permit while other chunks wait for their emits. */
const crowd = [1, 2, 3].map((n) => member(`crowd${n}`));
flow.to(asker);
flow.to(pair);
flow.to(fickle);
flow.to(fewer);
for (const chunk of crowd) flow.to(chunk);
flow.when('ask').to(answer);
flow.when('deeper').to(note<number>('deeper'));
flow.when('refuse').batch([refuse, flow.chunk('accept', (ctx: Context<number>) => ctx.resources.sim.work(ctx))]);
flow.when('later').to(later);
/** Ends without the state key that it should write back. */
const empty = defineFlow({ name: 'empty', input: z.number(), state: { never: z.number() }, defaults: PATIENT });
empty.to('nothing', () => undefined);
flow.when('refuse').subFlow(empty, { writeBack: { value: 'state.never' } });
flow.when('say').to('say', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('said', ctx.input);
});
flow.when('one').to('hear', () => undefined);
flow.when({ state: 'topic' }).to(note<string | null>('topic'));

export const cascade: Workload = {
  name: 'cascade',
  flow,
  ids: ['c'],
  callers: (caller) => [
    (async () => {
      const own = caller();
      await own.start('cascade', 'c', 0);
      await own.until('c', () => false);
      for (let told = 0; told < WORDS.length; ) {
        told = Number((await own.shared('cascade', 'told')) ?? 0);
        own.remember('told', String(told));
        await own.wait(20_000);
      }
    })(),
  ],
  check: ({ executions, answers, effects, equal, expect }) => {
    const log = ['begin', 'deeper 2', 'answer 1', 'asked', 'caught', 'topic weather', 'end'];
    const { crowd: members, said, code, fewer: less, later: once, ...state } = executions.get('c')?.state ?? {};
    equal(state, { log, topic: 'weather' }, 'state');
    equal([members ?? 0, once ?? 0], [3, 1], 'chunks under the limit, and work that is not awaited');
    equal(answers.get('told'), String(WORDS.length), 'writes of shared data');
    equal([...((said ?? []) as readonly string[])].sort(), [...WORDS, 'left', 'right'], 'words received');
    equal(code, 'nondeterministic_chunk', 'code of a repeat with other calls');
    // The first run can end before its emit is accepted; then no repeat differs from it.
    expect(less === 'nondeterministic_chunk' || !effects.has('emitted'), 'a repeat with fewer calls must fail');
    const caught = (executions.get('c')?.tolerated ?? []).filter(({ how }) => how === 'caught').length;
    equal(caught, 1, 'failures that were caught');
  },
};
