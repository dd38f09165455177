/** The app that the tests of the command line look into: the refund, a flow that fails, and a list. */
import { z } from 'zod';
import { createLogNotifier, refundApproval } from '../../functions/flows/01-refund-approval.ts';
import { type ContextOf, defineApp, defineFlow } from '../../lib/index.ts';

/** Fails at once, until it is told to work. */
const failing = defineFlow({ name: 'failing', input: z.string(), defaults: { retry: { maxAttempts: 1 } } });
failing.to('charge', ({ input }: ContextOf<typeof failing, string>) => {
  throw new Error(`the card of ${input} was refused`);
});

/** Succeeds at its second attempt, an hour later. */
const flaky = defineFlow({ name: 'flaky', defaults: { retry: { maxAttempts: 3, initialDelay: 3_600_000 } } });
flaky.to('fetch', (ctx) => {
  if (ctx.attempt === 1) throw new Error('the other side is down');
});

/** Starts by itself once a year. */
const nightly = defineFlow({
  name: 'nightly',
  schedules: [{ id: 'every-night', cron: '0 3 1 1 ? *', overlap: 'skip', input: null }],
});
nightly.to('sweep', () => null);

/** Stays open, takes signals and interventions. */
const talk = defineFlow({
  name: 'talk',
  signals: { say: z.string() },
  state: { words: z.array(z.string()) },
  execution: { autoClose: false },
});
talk
  .when('say')
  .interventionPoint('notes')
  .to('listen', (ctx) => ctx.state.append('words', ctx.input));

/** Asks about each third item. */
const items = defineFlow({ name: 'items', input: z.array(z.int()), execution: { autoClose: true } });
items
  .forEach((item) =>
    item.to('work', (ctx: ContextOf<typeof items, number>) => {
      if (ctx.input % 3 === 0) return ctx.pauseFor({ type: 'check', payload: { item: ctx.input } });
      return ctx.input;
    }),
  )
  .to('count', (ctx) => ctx.input.length);

export default defineApp({
  flows: [refundApproval, nightly, failing, flaky, talk, items],
  resources: { notifier: createLogNotifier },
});
