/**
 * Two executions and a host write shared data. Every write is applied once, and both executions receive each one once. Others
 * write and then close by themselves or are sealed. Each sees its own write in a sub-flow at once, and receives it
 * before its end.
 */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const QUIET = { noWarning: true } as const;
const IDS = ['p', 'q'];
/** Executions that close by themselves or are sealed. Each has to receive its own write before its end. */
const ALONE = ['closes', 'sealed'];
/** Two writes of each execution and one of the host. */
const WRITES = 5;

const LOOK = {
  input: 'flowData.names',
  flowData: { names: 'flowData.names' },
  resources: { sim: 'resources.sim' },
} as const;

const occurrences = (list: unknown, id: string): number =>
  Array.isArray(list) ? list.filter((each) => each === id).length : 0;
const includes = (list: unknown, id: string): boolean => occurrences(list, id) > 0;

/** Writes to its captured copy of shared data. */
const look = defineFlow({
  name: 'look',
  input: z.array(z.string()),
  state: { echoes: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
look.when({ flowData: 'names' }).to('echo', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.increment('echoes');
});
look
  .to('write', async (ctx) => {
    await ctx.resources.sim.work(ctx);
    await ctx.flowData.append('names', 'own', QUIET);
    return ctx.input;
  })
  .to('see', async (ctx) => ctx.setResult([ctx.input, (await ctx.flowData.get('names', QUIET)) ?? null]));

const flow = defineFlow({
  name: 'shared',
  input: z.number(),
  state: {
    heard: z.array(z.number()),
    told: z.array(z.string()),
    seen: z.array(z.string()),
    own: z.array(z.string()),
    echoes: z.number(),
    read: z.array(z.string()),
  },
  signals: { go: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoCloseTimeout: null },
});
flow
  .to('begin', async (ctx) => {
    await ctx.resources.sim.work(ctx);
    if (ctx.input > 0) await ctx.flowData.append('names', ctx.execution.id, QUIET);
    return ctx.input;
  })
  .if(
    ({ input }) => input > 0,
    (p) =>
      p
        .subFlow(look, { capture: LOOK, writeBack: { value: 'result', state: { echoes: 'state.echoes' } } })
        .to('seen', async (ctx) => {
          const [seen, own] = z.tuple([z.array(z.string()), z.array(z.string())]).parse(ctx.input);
          await ctx.state.set('seen', seen);
          await ctx.state.set('own', own);
          await ctx.state.set('read', z.array(z.string()).parse(await ctx.flowData.get('names', QUIET)));
          await ctx.flowData.append('told', ctx.execution.id, QUIET);
        }),
  );
flow.when({ flowData: 'told' }).to('told', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  if (includes(ctx.input, ctx.execution.id)) await ctx.state.set('told', z.array(z.string()).parse(ctx.input));
});
flow
  .when('go')
  .to('first', async (ctx) => {
    ctx.resources.sim.begin(ctx);
    await ctx.flowData.increment('n', 1, QUIET);
    await ctx.resources.sim.work(ctx);
  })
  .to('second', (ctx) => ctx.flowData.increment('n', 1, QUIET));
flow.when({ flowData: 'n' }).to('hear', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('heard', Number(ctx.input));
});

export const shared: Workload = {
  name: 'shared',
  flow,
  ids: [...IDS, ...ALONE],
  // After one lost race or unknown outcome, an event goes through the inbox.
  parameters: { directTries: 1 },
  callers: (newCaller) => {
    let open = IDS.length;
    const run = async (id: string) => {
      const caller = newCaller();
      await caller.start('shared', id, 0);
      open -= 1;
      // All executions must be open before the first write, because each receives every write.
      while (open > 0) await caller.wait(1_000);
      await caller.signal(id, 'go', 0, 'go');
      if (id === 'p') await newCaller().share('shared', 'n', 'host');
      await caller.until(id, ({ state }) => ((state.heard ?? []) as readonly number[]).length >= WRITES);
      await caller.close(id, 'reject');
      caller.remember('n', String(await caller.shared('shared', 'n')));
    };
    const alone = async (id: string) => {
      const caller = newCaller();
      await caller.start('shared', id, 1, id === 'closes' ? { autoCloseTimeout: 0 } : {});
      if (id === 'closes') return;
      await caller.someTime(4_000);
      await caller.seal(id, true);
      await caller.until(id, ({ state }) => includes(state.told, id));
      await caller.close(id, 'reject');
    };
    return [...IDS.map(run), ...ALONE.map(alone)];
  },
  always: (id, { heard }) => {
    const times = ((heard ?? []) as readonly number[]).length;
    return times > WRITES ? `${id} heard of ${WRITES} writes ${times} times` : undefined;
  },
  check: ({ executions, answers, equal, expect }) => {
    equal(answers.get('n'), String(WRITES), 'shared number');
    for (const id of ALONE) {
      const { seen = [], own = [], echoes = 0, read, told } = executions.get(id)?.state ?? {};
      expect(occurrences(seen, id) === 1, `a sub-flow of ${id} sees ${JSON.stringify(seen)}`);
      equal(own, [...(seen as readonly string[]), 'own'], `private data of a sub-flow of ${id}`);
      equal(echoes, 1, `times a sub-flow of ${id} heard of its own write`);
      expect(!includes(read, 'own'), `${id} reads private data of its sub-flow`);
      expect(occurrences(read, id) === 1, `${id} reads ${JSON.stringify(read)}`);
      expect(includes(told, id), `${id} heard of ${JSON.stringify(told)}`);
    }
    for (const id of IDS) {
      const heard = (executions.get(id)?.state.heard ?? []) as readonly number[];
      expect(heard.length === WRITES && Math.max(...heard) === WRITES, `${id} heard ${heard.join()}`);
    }
  },
};
