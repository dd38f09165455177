/**
 * Awaited emits, nested, failing in an operator and two at once, and watched state writes: accepted once, whatever repeats, one
 * at a time. What a chunk does without waiting stands beside them, and a repeat that does other things fails.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, FatalError, resource } from '../../../lib/index.ts';
import type { Sim, Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'cascade',
  input: z.number(),
  state: {
    log: z.array(z.string()),
    topic: z.string(),
    crowd: z.number(),
    said: z.array(z.string()),
    code: z.string(),
  },
  signals: {
    ask: z.number(),
    deeper: z.number(),
    refuse: z.number(),
    say: z.string(),
    one: z.string(),
    other: z.string(),
  },
  resources: { sim: resource<Sim>() },
  defaults: { retry: { maxAttempts: 1_000 } },
  execution: { concurrency: 1 },
});
type Context<In> = ContextOf<typeof flow, In>;

/** What is said beside awaited emits. */
const WORDS = ['a', 'b', 'c', 'd'];

/** Beside what it waits for. */
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
  ctx.resources.sim.goOn(ctx);
  await ctx.state.append('log', 'asked');
  await tell(ctx, 'a', 'b');
  try {
    await ctx.emit('refuse', 1);
  } catch {
    await ctx.state.append('log', 'caught');
  }
  ctx.resources.sim.goOn(ctx);
  await tell(ctx, 'c');
  await ctx.state.set('topic', 'weather');
  ctx.resources.sim.goOn(ctx);
  await ctx.state.append('log', 'end');
  await tell(ctx, 'd');
});
const pair = flow.chunk('pair', async (ctx: Context<number>) => {
  await Promise.all([ctx.emit('say', 'left'), ctx.emit('say', 'right')]);
  ctx.resources.sim.goOn(ctx);
  const said = (await ctx.state.get('said')) ?? [];
  if (!said.includes('left') || !said.includes('right')) ctx.emitNowait('say', 'too early');
});
const changed = flow.chunk('changed', async (ctx: Context<{ error: { code?: string } }>) => {
  await ctx.state.set('code', ctx.input.error.code ?? '');
});
const fickle = flow.chunk('fickle', { onError: changed }, async (ctx: Context<number>) => {
  await ctx.emit(ctx.attempt % 2 === 0 ? 'one' : 'other', '');
  throw new Error('and again');
});
const answer = flow.chunk('answer', async (ctx: Context<number>) => {
  await ctx.resources.sim.work(ctx);
  await ctx.emit('deeper', ctx.input + 1);
  ctx.resources.sim.goOn(ctx);
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

/** They want the one permit while others wait for their emits. */
const crowd = [1, 2, 3].map((n) => member(`crowd${n}`));
flow.to(asker);
flow.to(pair);
flow.to(fickle);
for (const chunk of crowd) flow.to(chunk);
flow.when('ask').to(answer);
flow.when('deeper').to(note<number>('deeper'));
flow.when('refuse').batch([refuse, member('accept')]);
/** Ends without what it is to write back. */
const empty = defineFlow({ name: 'empty', input: z.number(), state: { never: z.number() } });
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
      for (let told = 0; told !== WORDS.length; ) {
        told = Number((await own.shared('cascade', 'told')) ?? 0);
        await own.wait(20_000);
      }
    })(),
  ],
  check: ({ executions, equal, expect }) => {
    const log = ['begin', 'deeper 2', 'answer 1', 'asked', 'caught', 'topic weather', 'end'];
    const { crowd: members, said, code, ...state } = executions.get('c')?.state ?? {};
    equal(state, { log, topic: 'weather' }, 'state');
    expect(members === 3 || members === 4, `the crowd: ${String(members)}`);
    equal([...((said ?? []) as readonly string[])].sort(), [...WORDS, 'left', 'right'], 'what is said');
    equal(code, 'nondeterministic_chunk', 'the repeat that does other things');
  },
};
