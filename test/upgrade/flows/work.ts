/** Flows for timers, awaited emits, queued signals, shared data, interventions, streams, large values and failures. */
import { z } from 'zod';
import { defineFlow, defineTaskFlow, FatalError, RetryableError } from '../../../lib/index.ts';
import { journal } from './journal.ts';

const HOUR = 3_600_000;

export const sleep = defineFlow({ name: 'up-sleep', state: { woken: z.boolean() } });
sleep.to('rest', (ctx) => ctx.sleep(HOUR)).to('wake', (ctx) => ctx.state.set('woken', true));

export const retry = defineFlow({ name: 'up-retry', state: { attempt: z.number() } });
retry.to('try', async (ctx) => {
  if (ctx.attempt === 1) throw new RetryableError('busy', { retryAfter: HOUR });
  await ctx.state.set('attempt', ctx.attempt);
});

/** Started with `startAt`. */
export const later = defineFlow({ name: 'up-later', state: { ran: z.boolean() } });
later.to('run', (ctx) => ctx.state.set('ran', true));

/** Closes an hour after it is idle. */
export const idle = defineFlow({
  name: 'up-idle',
  state: { ran: z.boolean() },
  execution: { autoCloseTimeout: HOUR },
});
idle.to('run', (ctx) => ctx.state.set('ran', true));

/** Held in the cascade of an awaited emit. */
export const cascade = defineFlow({
  name: 'up-cascade',
  input: z.number(),
  signals: { work: z.number() },
  state: { before: z.number(), worked: z.number(), after: z.number() },
  resources: { journal },
});
cascade.to('lead', async (ctx) => {
  await ctx.state.increment('before');
  await ctx.emit('work', ctx.input);
  await ctx.state.increment('after');
});
cascade.when('work').to('follow', async (ctx) => {
  await ctx.requireResource('journal').hold(ctx, ctx.input);
  await ctx.state.increment('worked');
});

/** Held after two awaited emits were accepted. */
export const prefix = defineFlow({
  name: 'up-prefix',
  signals: { work: z.number() },
  state: { before: z.number(), between: z.number(), worked: z.array(z.number()), after: z.number() },
  resources: { journal },
});
prefix.to('lead', async (ctx) => {
  await ctx.state.increment('before');
  await ctx.emit('work', 1);
  await ctx.state.increment('between');
  await ctx.emit('work', 2);
  await ctx.requireResource('journal').hold(ctx, null);
  await ctx.state.increment('after');
});
prefix.when('work').to('follow', (ctx) => ctx.state.append('worked', ctx.input));

/** Accepted signals whose messages are lost with the process. */
export const queued = defineFlow({
  name: 'up-queued',
  signals: { job: z.number() },
  state: { done: z.number() },
  execution: { concurrency: 1 },
  resources: { journal },
});
queued.to('send', (ctx) => {
  for (const job of [1, 2, 3]) ctx.emitNowait('job', job);
});
queued.when('job').to('do', async (ctx) => {
  await ctx.requireResource('journal').hold(ctx, ctx.input);
  await ctx.state.increment('done', ctx.input);
});

export const shared = defineFlow({
  name: 'up-shared',
  state: { heard: z.unknown() },
  execution: { autoClose: false },
});
shared.to('write', (ctx) => ctx.flowData.append('list', 'one', { noWarning: true }));
shared.when({ flowData: 'list' }).to('hear', (ctx) => ctx.state.set('heard', ctx.input));

export const advised = defineFlow({ name: 'up-advised', state: { advice: z.unknown() } });
advised
  .to('ask', (ctx) => ctx.pauseFor({ type: 'question' }))
  .interventionPoint('before-use')
  .to('use', async (ctx) => {
    const all = await ctx.interventions.get();
    await ctx.state.set(
      'advice',
      all.map(({ payload }) => payload),
    );
  });

export const failed = defineFlow({ name: 'up-failed', state: { mended: z.boolean() }, resources: { journal } });
failed.to('break', async (ctx) => {
  if (ctx.requireResource('journal').old) throw new FatalError('broken in the old version');
  await ctx.state.set('mended', true);
});

export const exit = defineFlow({
  name: 'up-exit',
  state: { steps: z.number() },
  execution: { durability: 'exit' },
});
const step = exit.chunk('step', (ctx) => ctx.state.increment('steps'));
exit
  .to('one', (ctx) => ctx.state.increment('steps'))
  .to('ask', (ctx) => ctx.pauseFor({ type: 'question' }))
  .to(step);

export const stream = defineFlow({ name: 'up-stream', stream: z.string() });
stream
  .to('first', async (ctx) => {
    await ctx.stream('one');
    return ctx.pauseFor({ type: 'question' });
  })
  .to('second', (ctx) => ctx.stream('two'));

/** Values outside the head, in state and in a list. */
export const large = defineFlow({
  name: 'up-large',
  state: { text: z.string(), lengths: z.array(z.number()) },
});
large
  .to('make', async (ctx) => {
    await ctx.state.set('text', 'x'.repeat(100_000));
    return ctx.pauseFor({ type: 'question' });
  })
  .to('list', () => Array.from({ length: 20 }, (_, i) => 'y'.repeat(1_000 + i)))
  .forEach((item) => item.to('measure', (ctx) => ctx.input.length))
  .to('keep', (ctx) => ctx.state.set('lengths', ctx.input));

export const crowd = defineFlow({
  name: 'up-crowd',
  signals: { tick: z.number() },
  state: { sum: z.number() },
  execution: { autoClose: false },
});
crowd.when('tick').to('add', (ctx) => ctx.state.increment('sum', ctx.input));

export const tasks = defineTaskFlow({
  name: 'up-tasks',
  kinds: {
    quick: async (ctx) => {
      await ctx.state.set(`done.${ctx.input.task.id}`, true);
      return 1;
    },
    slow: async (ctx) => {
      await ctx.state.set(`done.${ctx.input.task.id}`, true);
      return ctx.sleep(HOUR);
    },
  },
});

export const FLOWS = [
  sleep,
  retry,
  later,
  idle,
  cascade,
  prefix,
  queued,
  shared,
  advised,
  failed,
  exit,
  stream,
  large,
  crowd,
] as const;
