/**
 * Durability `exit`: steps of a chain are stored together, while signals, host writes, a host lease, a cancel, a wait and crashes
 * interfere.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { Caller } from '../../world/caller.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const flow = defineFlow({
  name: 'together',
  input: z.string(),
  state: {
    log: z.array(z.string()),
    heard: z.array(z.string()),
    pad: z.string(),
    answer: z.string(),
  },
  signals: { hear: z.string(), last: z.number() },
  resources: { sim: resource<Sim>() },
  execution: { durability: 'exit' },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const STEPS = 8;
const WRITES = ['w0', 'w1', 'w2'];

/** Index of the step that kills its process, in one execution. */
const KILLER = 3;
/** Parses a log entry of a step: its number, and the length of the log that it read. */
const asStep = (entry: string): readonly number[] => (entry.startsWith('w') ? [] : entry.split(' ').map(Number));

const step = (n: number) =>
  flow.chunk(`step${n}`, async (ctx: Context<unknown>) => {
    const { sim } = ctx.resources;
    sim.begin(ctx);
    const known = ((await ctx.state.get('log')) ?? []).length;
    const isKilled = ctx.execution.id === 'v';
    if (isKilled ? n === KILLER : sim.chance(0.05)) return sim.die();
    if (!isKilled && sim.chance(0.05)) throw new Error('not now');
    if (sim.chance(0.3)) await sim.work(ctx, 4_000);
    await ctx.state.append('log', `${n} ${known}`);
    await ctx.state.set('pad', `${n} `.repeat(100));
    sim.effect(`${ctx.execution.id} ${ctx.chunk} ${ctx.idempotencyKey}`);
    return `${n} `.repeat(100);
  });
const ask = flow.chunk('ask', { resume: z.string() }, (ctx: Context<unknown>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask', payload: null });
});
const answered = flow.chunk('answered', async (ctx: Context<string>) => {
  await ctx.state.set('answer', ctx.input);
  ctx.emitNowait('last', 1);
});
const first = flow.to(step(0)).to(step(1)).to(step(2)).to(step(3));
first.to(ask).to(answered).to(step(4)).to(step(5)).to(step(6)).to(step(7));
flow.when('hear').to('heard', (ctx) => ctx.state.append('heard', ctx.input));
flow.when('last').to('after', (ctx) => ctx.state.append('heard', 'last'));

async function alone(host: Caller): Promise<void> {
  await host.someTime(8_000);
  const fence = await host.claim('t', 'host', 6_000);
  if (fence === undefined) return;
  await host.someTime(8_000);
  await host.release('t', fence);
}

export const together: Workload = {
  name: 'together',
  flow,
  ids: ['t', 'u', 'v'],
  callers: (newCaller, chooser) => [
    (async () => {
      const caller = newCaller();
      await caller.start('together', 't', 'x');
      // The wait keeps the execution open for these writes.
      const hosts = WRITES.map(async (name) => {
        const host = newCaller();
        await host.someTime(8_000);
        await host.write('t', 'log', name, name);
      });
      if (chooser.chance(0.5)) hosts.push(alone(newCaller()));
      await Promise.all(hosts);
      const [id] = await caller.interrupts('t');
      if (id) await caller.resume('t', id, 'q', 'yes');
    })(),
    (async () => {
      const caller = newCaller();
      await caller.start('together', 't', 'x');
      for (const word of ['a', 'b']) {
        await caller.someTime(10_000);
        await caller.signal('t', 'hear', word, word);
      }
    })(),
    (async () => {
      const caller = newCaller();
      await caller.start('together', 'u', 'x');
      await caller.someTime(15_000);
      await caller.cancel('u');
    })(),
    (async () => {
      await newCaller().start('together', 'v', 'x', { defaults: { retry: { maxAttempts: 3 } } });
    })(),
  ],
  /** Each step has read at least the log as of the step before it. */
  always: (id, { log }) => {
    const list = (log ?? []) as readonly string[];
    let steps = 0;
    let before = 0;
    for (const [at, entry] of list.entries()) {
      const [n, known = 0] = asStep(entry);
      if (n === undefined) continue;
      if (n !== steps || known < before || known > at) return `log of ${id}: ${list.join()}`;
      steps += 1;
      before = at + 1;
    }
    return undefined;
  },
  check: ({ executions, effects, equal, expect }) => {
    const { log, answer } = executions.get('t')?.state ?? {};
    const all = (log ?? []) as readonly string[];
    equal(all.filter((entry) => asStep(entry).length > 0).length, STEPS, 'steps');
    equal(answer, 'yes', 'answer');
    equal(all.filter((entry) => asStep(entry).length === 0).sort(), WRITES, 'writes of hosts');
    const [killed, steps = []] = [executions.get('v'), executions.get('v')?.state.log as readonly string[]];
    expect(
      killed?.status === 'failed' && steps.length <= KILLER,
      `execution whose process is killed: ${JSON.stringify(killed?.error)}`,
    );
    const heard = (executions.get('t')?.state.heard ?? []) as readonly string[];
    expect(heard.includes('last'), 'what the chain said at its end');
    const keys = [...effects.keys()].filter((key) => key.startsWith('t step'));
    equal(keys.length, STEPS, 'idempotency keys');
  },
};
