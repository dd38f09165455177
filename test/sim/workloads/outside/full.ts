/**
 * Full heads: due events have no room for the work they start, a chain of awaited emits grows too deep, and many callers send
 * events. The execution fails once with its code, or continues. No accepted event is lost.
 */
import { z } from 'zod';
import { defineFlow, resource } from '../../../../lib/index.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const WAIT = 10_000;
/** Chunks that one value starts. Their activations are larger than the head. */
const WIDE = Array.from({ length: 40 }, (_, i) => `wide${i}`);
const EARS = Array.from({ length: 3 }, (_, i) => `ear${i}`);
const POKES = Array.from({ length: 9 }, (_, i) => `p${i}`);
/** Lets the crowd fill the room for accepted signals, so that attempts fail in the room that is kept for control. */
const PADDING = ' '.repeat(60);
const PEOPLE = ['a', 'b', 'c'];
/** Chunks that one answer starts: those of two answers have no room together. */
const TASKS = Array.from({ length: 12 }, (_, i) => `task${i}`);

/** What a caller that seals and unseals an execution writes in turn. */
const TOGGLES = [true, false, true, false];

const flow = defineFlow({
  name: 'full',
  input: z.enum(['due', 'deep', 'crowd', 'answers', 'none']),
  state: { poked: z.array(z.string()), done: z.number() },
  signals: { down: z.number(), poke: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
const begun = flow.to('begin', async (ctx) => {
  await ctx.resources.sim.work(ctx, 500);
  if (ctx.input !== 'deep') return ctx.input;
  await ctx.emit('down', 0);
  ctx.resources.sim.continued(ctx);
  return 'none';
});
begun.if(
  (ctx) => ctx.input === 'due',
  (due) => {
    const waited = due.to('ask', (ctx) => {
      ctx.resources.sim.begin(ctx);
      return ctx.pauseFor({ type: 'ask', expiresIn: WAIT, onExpiry: { value: 'x' } });
    });
    for (const name of WIDE) waited.to(name, (ctx) => ctx.resources.sim.begin(ctx));
    return waited;
  },
);
begun.if(
  (ctx) => ctx.input === 'answers',
  (own) => {
    for (const name of PEOPLE) {
      const asked = own.to(`ask-${name}`, (ctx) => {
        ctx.resources.sim.begin(ctx);
        return ctx.pauseFor({ type: 'ask', id: name });
      });
      for (const task of TASKS) asked.to(`${task}-${name}`, (ctx) => ctx.state.increment('done'));
    }
    return own;
  },
);
flow.when('down').to('deeper', async (ctx) => {
  ctx.resources.sim.begin(ctx);
  await ctx.emit('down', ctx.input + 1);
  ctx.resources.sim.continued(ctx);
});
for (const ear of EARS) {
  flow.when('poke').to(ear, async (ctx) => {
    await ctx.resources.sim.work(ctx, 500);
    if (ear === 'ear0' && ctx.attempt === 1 && ctx.resources.sim.chance(0.5)) throw new Error('not yet');
    await ctx.state.append('poked', `${ctx.input.trim()} ${ear}`);
  });
}

export const full: Workload = {
  name: 'full',
  flow,
  ids: ['due', 'deep', 'crowd', 'answers'],
  parameters: { headBytes: 3_000, headBytesAtMost: 5_400, portion: 2, directTries: 1 },
  callers: (newCaller, chooser) => {
    /** Most milliseconds between the first answer and the others. */
    const apart = chooser.chance(0.5) ? 30 : 0;
    let open = POKES.length;
    const poke = async (name: string) => {
      const caller = newCaller();
      await caller.signal('crowd', 'poke', `${name}${PADDING}`, name);
      open -= 1;
      if (open === 0) await caller.close('crowd', 'reject');
    };
    const crowd = async () => {
      await newCaller().start('full', 'crowd', 'none', { autoClose: false });
      await Promise.all(POKES.map(poke));
    };
    const start = async (id: 'due' | 'deep') => {
      await newCaller().start('full', id, id);
    };
    /** All answers are given at once or shortly after each other. A refused one is repeated. */
    const answer = async (name: string) => {
      const caller = newCaller();
      await caller.start('full', 'answers', 'answers');
      await caller.until(
        'answers',
        ({ interrupts }) => interrupts.some(({ interruptId }) => interruptId === name),
        500,
      );
      await caller.someTime(apart);
      caller.remember(name, await caller.resume('answers', name, name, name));
    };
    /** Makes small changes beside the answers. An answer that loses a race to one goes through the inbox. */
    const toggle = async () => {
      const caller = newCaller();
      await caller.start('full', 'answers', 'answers');
      await caller.until('answers', ({ interrupts }) => interrupts.length === PEOPLE.length, 500);
      for (const sealed of TOGGLES) await caller.seal('answers', sealed);
    };
    return [start('due'), start('deep'), crowd(), ...PEOPLE.map(answer), toggle(), toggle()];
  },
  check: ({ executions, answers, equal, expect }) => {
    for (const id of ['due', 'deep']) {
      const { status, error } = executions.get(id) ?? {};
      equal([status ?? '', error?.code ?? ''], ['failed', 'head_too_large'], `end of ${id}`);
    }
    for (const name of PEOPLE)
      expect(['accepted', 'duplicate'].includes(answers.get(name) ?? ''), `answer of ${name}: ${answers.get(name)}`);
    equal(executions.get('answers')?.state.done, PEOPLE.length * TASKS.length, 'tasks done');
    const wanted = POKES.flatMap((name) => EARS.map((ear) => `${name} ${ear}`));
    equal([...listOf(executions.get('crowd')?.state.poked)].sort(), wanted, 'pokes');
  },
};
