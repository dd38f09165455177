/** Right and wrong uses of the authoring surface. Never run: `tsc --noEmit` is the test. */
import { z } from 'zod';
import { type ContextOf, defineApp, defineFlow, type Pipe, resource } from '../../lib/index.ts';
import { assertType, type Equal } from './equal.ts';

interface Mailer {
  send(text: string): Promise<void>;
}

const flow = defineFlow({
  name: 'typed',
  input: z.object({ ticket: z.string() }),
  state: { decision: z.boolean(), items: z.array(z.string()), count: z.number() },
  signals: { risk: z.number(), credit: z.enum(['ok', 'bad']) },
  resources: { mailer: resource<Mailer>() },
  stream: z.object({ line: z.string() }),
});
const open = defineFlow({ name: 'open' });

type Context<In, Resume = unknown> = ContextOf<typeof flow, In, Resume>;
type Value<P> = P extends Pipe<infer _E, infer V> ? V : never;

// Valid uses: the types of values.

const answer = z.object({ approved: z.boolean() });
const ask = flow.chunk('ask', { resume: answer }, (ctx: Context<{ ticket: string }>) => ctx.pauseFor({ type: 'a' }));
const typedAsk = flow.chunk('typedAsk', { resume: answer }, (ctx: Context<unknown, { approved: boolean }>) =>
  ctx.pauseFor({ type: 'a' }),
);
const maybeAsk = flow.chunk('maybeAsk', { resume: answer }, async (ctx: Context<{ ticket: string }>) =>
  ctx.input.ticket ? ctx.pauseFor({ type: 'a' }) : { skipped: 1 },
);
const forgets = flow.chunk('forgets', { resume: answer }, (ctx: Context<{ ticket: string }>) => {
  ctx.pauseFor({ type: 'a' });
});
const decide = flow.chunk('decide', (ctx: Context<{ approved: boolean }>) => ctx.input.approved);
const double = flow.chunk('double', { retry: { maxAttempts: 5 } }, (ctx: Context<number>) => ctx.input * 2);
const anything = flow.chunk('anything', (ctx) => ({ was: ctx.input }));
const sends = flow.chunk('sends', async (ctx) => ctx.requireResource('mailer').send('x'));

const asked = flow.to(ask);
assertType<Equal<Value<typeof asked>, { approved: boolean }>>();
const typedAsked = flow.to(typedAsk);
assertType<Equal<Value<typeof typedAsked>, { approved: boolean }>>();
const maybeAsked = flow.to(maybeAsk);
assertType<Equal<Value<typeof maybeAsked>, { approved: boolean } | { skipped: number }>>();
const nothing = flow.to(sends);
assertType<Equal<Value<typeof nothing>, null>>();
const inline = flow.to('inline', ({ input }) => input.ticket.length).to(double);
assertType<Equal<Value<typeof inline>, number>>();
const byName = flow.to('double');
assertType<Equal<Value<typeof byName>, unknown>>();
const batched = flow.batch([ask, anything]);
assertType<Equal<Value<typeof batched>, { ask: { approved: boolean }; anything: { was: unknown } }>>();
const joined = flow.when(['risk', 'credit', decide]);
assertType<Equal<Value<typeof joined>, { risk: number; credit: 'ok' | 'bad'; decide: boolean }>>();
const single = flow.when(['risk']);
assertType<Equal<Value<typeof single>, number>>();
const heard = flow.when('credit');
assertType<Equal<Value<typeof heard>, 'ok' | 'bad'>>();
const after = flow.when(decide);
assertType<Equal<Value<typeof after>, boolean>>();
const branches = flow.match((m) =>
  m.case({ ticket: 'A' }, (p) => p.to(ask)).caseElse((p) => p.to('size', ({ input }) => input.ticket.length)),
);
assertType<Equal<Value<typeof branches>, { approved: boolean } | number>>();
const passes = flow.when('risk').match((m) =>
  m.case(
    ({ input }) => input > 1,
    (p) => p.to('text', () => 'x'),
  ),
);
assertType<Equal<Value<typeof passes>, string | number>>();
assertType<Equal<Context<number>['input'], number>>();
const untyped = open.when('whatever');
assertType<Equal<Value<typeof untyped>, unknown>>();
open.to('free', async (ctx) => {
  ctx.emitNowait('whatever', { any: 'value' });
  await ctx.state.set('key', 1);
  await ctx.stream('text');
});
flow.to('state', async (ctx) => {
  const decision = await ctx.state.get('decision');
  assertType<Equal<typeof decision, boolean | undefined>>();
  await ctx.state.set('items.0', 'x');
  await ctx.state.append('items', 'x');
  await ctx.state.append('items.0', { any: 'json' });
  await ctx.state.increment('count', 2);
  await ctx.state.increment('items.0');
});
open.to('free2', async (ctx) => {
  await ctx.state.append('key', { any: 'json' });
  await ctx.state.increment('key');
});
defineApp({ flows: [flow, open], resources: { mailer: async () => ({ send: async () => {} }) } });
defineApp({ flows: [open], resources: {} });
defineApp({ flows: [open] });

// Invalid uses: each must not compile.

// @ts-expect-error 1: the chunk takes { approved }, the pipe carries { ticket }
flow.to(decide);
// @ts-expect-error 2: a pause that was not returned sends null
flow.to(forgets).to(decide);
// @ts-expect-error 3: one member of the union does not fit
flow.to(maybeAsk).to(decide);
// @ts-expect-error 4: no such signal
flow.when('nope');
// @ts-expect-error 5: no such signal in a list
flow.when(['risk', 'nope']);
// @ts-expect-error 6: an empty list
flow.when([]);
// @ts-expect-error 7: a mode that is not there
flow.when(['risk', 'credit'], { mode: 'any' });
// @ts-expect-error 8: a batch branch that does not take the value
flow.batch([ask, decide]);
// @ts-expect-error 9: an empty batch
flow.batch([]);
// @ts-expect-error 10: the handler reads what the value does not have
flow.to('wrong10', ({ input }) => input.amount);
flow.to('wrong11', (ctx) => {
  // @ts-expect-error 11: no such signal
  ctx.emitNowait('nope', 1);
  // @ts-expect-error 12: another value than the signal's
  ctx.emitNowait('risk', 'high');
  // @ts-expect-error 13: no such resource
  ctx.requireResource('printer');
  // @ts-expect-error 14: no such method of the resource
  void ctx.resources.mailer.receive();
});
flow.to('wrong15', async (ctx) => {
  // @ts-expect-error 15: no such state key
  await ctx.state.get('nope');
  // @ts-expect-error 16: another value than the key's
  await ctx.state.set('decision', 'yes');
  // @ts-expect-error 54: another item than the list's
  await ctx.state.append('items', 1);
  // @ts-expect-error 55: no list
  await ctx.state.append('count', 1);
  // @ts-expect-error 56: no number
  await ctx.state.increment('items');
  // @ts-expect-error 57: no such state key
  await ctx.state.increment('nope');
  // @ts-expect-error 17: another item than the stream's
  await ctx.stream({ text: 'x' });
  // @ts-expect-error 18: a pause needs a type
  ctx.pauseFor({ payload: 1 });
  // @ts-expect-error 19: resuming to something else
  ctx.pauseFor({ type: 'a', resumeTo: 'last' });
});
// @ts-expect-error 20: the handler expects another answer than the schema gives
flow.chunk('wrong20', { resume: answer }, (ctx: Context<unknown, { ok: string }>) => ctx.pauseFor({ type: 'a' }));
// @ts-expect-error 21: no such retry setting
flow.chunk('wrong21', { retry: { attempts: 3 } }, () => 1);
// @ts-expect-error 22: a literal that the value can never be
flow.when('credit').match((m) => m.case('maybe', (p) => p));
// @ts-expect-error 23: a match without a case
flow.match((m) => m);
// @ts-expect-error 24: an else before any case
flow.match((m) => m.caseElse((p) => p));
flow.match((m) => {
  const complete = m.case({ ticket: 'A' }, (p) => p).caseElse((p) => p);
  // @ts-expect-error 25: a second else
  return complete.caseElse((p: unknown) => p);
});
// @ts-expect-error 26: a body that returns nothing
flow.match((m) => m.case({ ticket: 'A' }, (p) => void p.to(ask)));
// @ts-expect-error 27: a case body with a chunk that does not take the value
flow.match((m) => m.case({ ticket: 'A' }, (p) => p.to(decide)));
// @ts-expect-error 28: what the branches send does not fit the next chunk
branches.to(double);
// @ts-expect-error 29: a factory is missing
defineApp({ flows: [flow], resources: {} });
// @ts-expect-error 53: the factories are missing
defineApp({ flows: [flow] });
// @ts-expect-error 30: a factory that makes something else
defineApp({ flows: [flow], resources: { mailer: () => 'mailer' } });
// @ts-expect-error 31: a flow without a name
defineFlow({ input: z.string() });
// @ts-expect-error 32: the type of a handler's flow has no such signal
flow.to('wrong32', (ctx: ContextOf<typeof open, { other: string }>) => ctx.input.other);
// @ts-expect-error 33: the answer of an untyped pause is unknown
flow.to('wrong33', (ctx) => ctx.pauseFor({ type: 'a' })).to(decide);
