/** A flow for each kind of wait for a person. */
import { z } from 'zod';
import { type ContextOf, defineFlow } from '../../../lib/index.ts';

const yes = z.object({ yes: z.boolean() });

export const next = defineFlow({ name: 'up-next', input: z.string(), state: { answer: yes } });
const askNext = next.chunk('ask', { resume: yes }, (ctx: ContextOf<typeof next, string>) =>
  ctx.pauseFor({ type: 'question', payload: { text: ctx.input } }),
);
next.to(askNext).to('keep', (ctx) => ctx.state.set('answer', ctx.input as z.infer<typeof yes>));

export const self = defineFlow({ name: 'up-self', state: { log: z.array(z.string()) } });
const askSelf = self.chunk('ask', { resume: yes }, async (ctx: ContextOf<typeof self, unknown>) => {
  await ctx.state.append('log', ctx.isResume ? `resumed ${JSON.stringify(ctx.resume?.value)}` : 'asked');
  return ctx.isResume ? null : ctx.pauseFor({ type: 'question', resumeTo: 'self' });
});
self.to(askSelf);

export const event = defineFlow({
  name: 'up-event',
  signals: { decided: yes },
  state: { heard: z.array(yes) },
});
event.to('ask', (ctx) => ctx.pauseFor({ type: 'question', resumeTo: { event: 'decided' } }));
event.when('decided').to('hear', (ctx) => ctx.state.append('heard', ctx.input));

/** Asks under one id repeatedly until the answer is yes. */
export const again = defineFlow({ name: 'up-again', signals: { asked: z.number() }, state: { asked: z.number() } });
const askAgain = again.chunk('ask', { resume: yes }, (ctx: ContextOf<typeof again, unknown>) =>
  ctx.pauseFor({ type: 'question', id: 'again' }),
);
again.to('begin', (ctx) => ctx.emitNowait('asked', 1));
again
  .when('asked')
  .to(askAgain)
  .to('judge', async (ctx) => {
    await ctx.state.increment('asked');
    if (!(ctx.input as z.infer<typeof yes>).yes) ctx.emitNowait('asked', 2);
  });

const HOUR = 3_600_000;

/** Three waits that expire after an hour, each with another outcome. */
export const expiry = defineFlow({
  name: 'up-expiry',
  signals: { late: z.null() },
  state: { ended: z.record(z.string(), z.number()) },
});
const byValue = expiry.chunk('by-value', (ctx: ContextOf<typeof expiry, unknown>) =>
  ctx.pauseFor({ type: 'question', expiresIn: HOUR, onExpiry: { value: 'value' } }),
);
const byEvent = expiry.chunk('by-event', (ctx: ContextOf<typeof expiry, unknown>) =>
  ctx.pauseFor({ type: 'question', expiresIn: HOUR, onExpiry: { event: 'late' } }),
);
const handler = expiry.chunk('handler', async (ctx: ContextOf<typeof expiry, unknown>) => {
  await ctx.state.increment('ended.failure');
  return null;
});
const byFailure = expiry.chunk('by-failure', { onError: handler }, (ctx: ContextOf<typeof expiry, unknown>) =>
  ctx.pauseFor({ type: 'question', expiresIn: HOUR }),
);
expiry.to(byValue).to('value', (ctx) => ctx.state.increment(`ended.${ctx.input}`));
expiry.to(byEvent);
expiry.to(byFailure);
expiry.when('late').to('event', (ctx) => ctx.state.increment('ended.event'));

export const approval = defineFlow({ name: 'up-approval', state: { outcome: z.string() } });
approval.to('pay', async (ctx) => {
  const asked = await ctx.requireApproval({ subject: 'shop', capability: 'pay', risk: 'high', payload: { cents: 5 } });
  if (asked.status === 'pending') return asked.pause;
  await ctx.state.set('outcome', asked.status);
  return null;
});

/** A wait in each item of a list with a concurrency of two. */
export const items = defineFlow({
  name: 'up-items',
  input: z.array(z.number()),
  state: { sums: z.array(z.number()) },
});
const askItem = items.chunk('ask', { resume: z.number() }, (ctx: ContextOf<typeof items, number>) =>
  ctx.pauseFor({ type: 'number', payload: { item: ctx.input } }),
);
items
  .forEach((item) => item.to(askItem).to('double', (ctx) => (ctx.input as number) * 2), { concurrency: 2 })
  .to('keep', (ctx) => ctx.state.set('sums', ctx.input));

export const FLOWS = [next, self, event, again, expiry, approval, items] as const;
