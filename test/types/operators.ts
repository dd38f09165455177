/** Right and wrong uses of the operators. Never run: `tsc --noEmit` is the test. */
import { z } from 'zod';
import {
  type ContextOf,
  defineApp,
  defineFlow,
  defineTaskFlow,
  type ItemError,
  type ItemResult,
  type Pipe,
  resource,
} from '../../lib/index.ts';
import { assertType, type Equal } from './equal.ts';

const flow = defineFlow({
  name: 'operators',
  input: z.object({ ids: z.array(z.string()) }),
  state: { total: z.number(), topic: z.string() },
  signals: { risk: z.number(), credit: z.enum(['ok', 'bad']) },
  resources: { db: resource<{ find(id: string): string }>() },
  result: z.object({ report: z.string() }),
});
const child = defineFlow({ name: 'child', input: z.object({ id: z.string() }), result: z.number() });
const open = defineFlow({ name: 'open' });

type Context<In, Resume = unknown> = ContextOf<typeof flow, In, Resume>;
type Value<P> = P extends Pipe<infer _E, infer V> ? V : never;

const size = flow.chunk('size', ({ input }: Context<string>) => input.length);
const double = flow.chunk('double', ({ input }: Context<number>) => input * 2);
const text = flow.chunk('text', ({ input }: Context<number>) => `${input}`);
const sum = flow.chunk('sum', ({ input }: Context<readonly number[]>) => input.length);
const ids = flow.to('ids', ({ input }) => input.ids);
const risk = flow.when('risk');
const isLong = ({ input }: { input: string }) => input.length > 9;
const isLarge = ({ input }: { input: number }) => input > 9;

// Valid uses: the types of values.

const sizes = ids.forEach((item) => item.to(size), { concurrency: 2 });
assertType<Equal<Value<typeof sizes>, number[]>>();
sizes.to(sum);
const collected = ids.forEach((item) => item.to(size), { onItemError: 'collect' });
assertType<Equal<Value<typeof collected>, (number | ItemError)[]>>();
const one = risk.forEach((item) => item.to(double));
assertType<Equal<Value<typeof one>, number[]>>();
const nested = ids.forEach((item) => item.to('split', ({ input }) => input.split('')).forEach((c) => c.to(size)));
assertType<Equal<Value<typeof nested>, number[][]>>();
const same = ids.forEach((item) => item);
assertType<Equal<Value<typeof same>, string[]>>();
const uncollected = ids.forEach((item) => {
  item.to(size);
});
assertType<Equal<typeof uncollected, void>>();
const items = open.forEach((item) => item);
assertType<Equal<Value<typeof items>, unknown[]>>();

const every = risk.match((m) => m.case(1, (p) => p.to(text)).caseElse((p) => p.to('none', () => null)), {
  mode: 'all',
});
assertType<Equal<Value<typeof every>, string[] | null>>();
const hits = risk.match((m) => m.case(1, (p) => p.to(text)), { mode: 'all' });
assertType<Equal<Value<typeof hits>, string[] | number>>();

const firstTwo = ids.forEach((item) => item.to(size), { completion: { minSuccessful: 2 } });
assertType<Equal<Value<typeof firstTwo>, ItemResult<number>[]>>();
const enough = ids.forEach((item) => item.to(size), {
  completion: { until: (results, { total }) => results.some(({ index, output }) => output === index) && total > 1 },
});
assertType<Equal<Value<typeof enough>, ItemResult<number>[]>>();
const most = ids.forEach((item) => item.to(size), { completion: { toleratedFailurePercentage: 5 } });
assertType<Equal<Value<typeof most>, (number | ItemError)[]>>();
const inLists = ids.forEach((item) => item.to('lengths', ({ input }) => input.length), { batchSize: 10 });
assertType<Equal<Value<typeof inLists>, number[]>>();
const some = risk.batch([double, text], { completion: { until: ({ text: known }) => known === '1' } });
assertType<Equal<Value<typeof some>, { double?: number | ItemError; text?: string | ItemError }>>();
const firstHit = risk.match((m) => m.case(1, (p) => p.to(text)), { mode: 'all', completion: { minSuccessful: 1 } });
assertType<Equal<Value<typeof firstHit>, ItemResult<string>[] | number>>();
const pages = flow.to('pages', (ctx) => ctx.page(ctx.input.ids, { next: 1 }));
const ofPages = pages.forEach((item) => item.to(size));
assertType<Equal<Value<typeof ofPages>, number[]>>();
// @ts-expect-error only a forEach may follow a chunk that gives pages
pages.to(sum);
// @ts-expect-error a completion that waits for all parts has no rest
ids.forEach((item) => item.to(size), { completion: { toleratedFailureCount: 1, rest: 'goOn' } });

const withoutElse = risk.if(isLarge, (p) => p.to(text));
assertType<Equal<Value<typeof withoutElse>, string | number>>();
const chained = risk
  .if(isLarge, (p) => p.to(text))
  .elseIf(
    async ({ state }) => (await state.get('total')) === 1,
    (p) => p.to('bool', () => true),
  );
assertType<Equal<Value<typeof chained>, string | boolean | number>>();
const withElse = risk.if(isLarge, (p) => p.to(text)).else((p) => p.to('text2', () => 'x'));
assertType<Equal<Value<typeof withElse>, string>>();
withElse.to(size);

const state = flow.when({ state: 'total' });
assertType<Equal<Value<typeof state>, number | null>>();
const data = flow.when([{ flowData: 'rates' }]);
assertType<Equal<Value<typeof data>, unknown>>();
const all = flow.when(['credit', double, { state: 'topic' }, { flowData: 'rates' }, { collect: 'c' }]);
assertType<
  Equal<
    Value<typeof all>,
    {
      credit: 'ok' | 'bad';
      double: number;
      topic: string | null;
      rates: unknown;
      c: Readonly<Record<string, unknown>>;
    }
  >
>();
const any = flow.when(['risk', 'credit', double], { mode: 'or' });
assertType<
  Equal<
    Value<typeof any>,
    | { readonly name: 'risk'; readonly value: number }
    | { readonly name: 'credit'; readonly value: 'ok' | 'bad' }
    | { readonly name: 'double'; readonly value: number }
  >
>();
const anyOfOne = flow.when(['risk'], { mode: 'or' });
assertType<Equal<Value<typeof anyOfOne>, number>>();

const branch = risk.collect('c', { branch: 'risk' });
assertType<Equal<Value<typeof branch>['risk'], number>>();
assertType<Equal<Value<typeof branch>['other'], unknown>>();
const known = risk.collect<{ risk: number; credit: string }>('c', { branch: 'risk', mode: 'update' });
assertType<Equal<Value<typeof known>, { risk: number; credit: string }>>();

const kept = risk
  .sideBranch(text)
  .to(double, { sideBranch: true })
  .to('log', () => null, { sideBranch: true });
assertType<Equal<Value<typeof kept>, number>>();
const keptBatch = risk.batch([double, text], { concurrency: 1, sideBranch: true });
assertType<Equal<Value<typeof keptBatch>, number>>();
const capped = risk.batch([double, text], { concurrency: 1 });
assertType<Equal<Value<typeof capped>, { double: number; text: string }>>();

const result = risk.to('toId', ({ input }) => ({ id: `${input}` })).subFlow(child);
assertType<Equal<Value<typeof result>, number>>();
const picked = risk.subFlow(child, { capture: { input: { id: 'state.topic' } }, writeBack: { value: 'result.x' } });
assertType<Equal<Value<typeof picked>, unknown>>();
const written = risk.subFlow(child, { capture: { input: 'state.topic' }, writeBack: { state: { total: 'result' } } });
assertType<Equal<Value<typeof written>, number>>();
const beside = risk.subFlow(open, { sideBranch: true });
assertType<Equal<Value<typeof beside>, number>>();

const seen = risk.tap(({ input, log }) => log.info(`${input + 1}`)).interventionPoint('p', { target: 't' });
assertType<Equal<Value<typeof seen>, number>>();
flow.to('report', () => ({ report: 'x' })).end();

const again = flow.to('again', (ctx) => (ctx.isResume ? ctx.input.ids : ctx.pauseFor({ type: 'a', resumeTo: 'self' })));
assertType<Equal<Value<typeof again>, string[]>>();
const signalled = flow.to('signalled', (ctx) => ctx.pauseFor({ type: 'a', resumeTo: { event: 'credit' } }));
assertType<Equal<Value<typeof signalled>, never>>();
const older = flow.to('older', (ctx) => ctx.pauseFor({ type: 'a', resumeEvent: 'credit' }));
assertType<Equal<Value<typeof older>, never>>();
const either = flow.chunk('either', { resume: z.number() }, (ctx: Context<number, number>) => {
  if (ctx.resume) return `${ctx.resume.value + 1}`;
  return ctx.input > 1 ? ctx.pauseFor({ type: 'a', resumeTo: 'self', maxResumes: null }) : ctx.pauseFor({ type: 'b' });
});
assertType<Equal<Value<ReturnType<typeof useEither>>, string | number>>();
function useEither() {
  return risk.to(either);
}

const rescue = flow.chunk('rescue', (ctx: Context<{ error: { message: string }; input: number }>) => ctx.input.input);
flow.chunk('risky', { onError: rescue, timeout: 1_000 }, ({ input }: Context<number>) => input);
defineFlow({
  name: 'defaults',
  defaults: { onError: { chunk: 'rescue' }, timeout: 5 },
  execution: { concurrency: 2, nowait: 'inline' },
});

flow.to('context', async (ctx) => {
  await ctx.emit('risk', 1, { key: 'first' });
  await ctx.state.set('total', 1, { emit: 'nowait' });
  await ctx.state.increment('total', 2, { emit: false });
  await ctx.setResult({ report: 'x' });
});
/** Standalone parts of a chunk's context. */
async function use(parts: Context<unknown>) {
  await parts.flowData.append('log', 'x', { noWarning: true });
  for (const { version } of await parts.interventions.get({ status: 'inserted' })) {
    await parts.interventions.consume(version, { status: 'ignored', note: 'late' });
  }
  const approval = await parts.requireApproval({ subject: 'me', capability: 'delete' });
  if (approval.status === 'pending') return approval.pause;
  const file = await parts.workspace.put('a.txt', 'x');
  return `${file.name}: ${approval.reason}`;
}
const approved = flow.to('approved', use);
assertType<Equal<Value<typeof approved>, string>>();
const slept = flow.to('slept', ({ input, sleep }) => (input.ids.length > 1 ? sleep(1_000) : 'awake'));
assertType<Equal<Value<typeof slept>, 'awake' | null>>();
const tasks = defineTaskFlow({
  name: 'tasks',
  resources: { db: resource<{ find(id: string): string }>() },
  kinds: { find: (ctx) => ctx.resources.db.find(ctx.input.task.id) },
});
defineApp({ flows: [flow], taskFlows: [tasks], resources: { db: () => ({ find: (id) => id }) } });

// Invalid uses: each must not compile.

// @ts-expect-error 1: the items are strings
ids.forEach((item) => item.to(double));
// @ts-expect-error 2: the results are a list
sizes.to(double);
// @ts-expect-error 3: failed items are in the list
collected.to(sum);
// @ts-expect-error 4: nothing flows
uncollected.to(double);
// @ts-expect-error 5: no such way to treat errors
ids.forEach((item) => item, { onItemError: 'skip' });
// @ts-expect-error 6: a body returns a pipe or nothing
ids.forEach(() => 1);
// @ts-expect-error 7: a chunk of the outer value
ids.forEach((item) => item.to('wrong7', ({ input }) => input.ids));
// @ts-expect-error 8: all hits are a list
every.to(size);
// @ts-expect-error 9: without an else the value may pass through
withoutElse.to(size);
// @ts-expect-error 10: an else without if
risk.else((p: unknown) => p);
// @ts-expect-error 11: a second else
withElse.else((p: unknown) => p);
// @ts-expect-error 12: elseIf after else
withElse.elseIf(isLarge, (p: unknown) => p);
// @ts-expect-error 13: an if compares by a predicate
risk.if(1, (p) => p);
// @ts-expect-error 14: the predicate takes another value
risk.if(isLong, (p) => p);
// @ts-expect-error 15: no such state key
flow.when({ state: 'nope' });
// @ts-expect-error 16: a deleted key is heard as null
flow.when({ state: 'total' }).to(double);
// @ts-expect-error 17: no such signal in an or
flow.when(['risk', 'nope'], { mode: 'or' });
// @ts-expect-error 18: an or delivers name and value
any.to(double);
// @ts-expect-error 19: a collection has branches
risk.collect('c');
// @ts-expect-error 20: no such mode of a collection
risk.collect('c', { branch: 'x', mode: 'clear' });
// @ts-expect-error 21: the branch has another type
risk.collect<{ risk: string }>('c', { branch: 'risk' });
// @ts-expect-error 22: the other branches are not known
branch.to('wrong22', ({ input }) => input.other.length);
// @ts-expect-error 23: the side branch does not take the value
risk.sideBranch(size);
// @ts-expect-error 24: the main path keeps its value
risk.sideBranch(text).to(size);
// @ts-expect-error 25: a side batch with a branch that does not take the value
risk.batch([size], { sideBranch: true });
// @ts-expect-error 26: the value is not the child's input
risk.subFlow(child);
// @ts-expect-error 27: no such scope to capture into
risk.subFlow(child, { capture: { input: 'value', globals: { x: 'value' } } });
// @ts-expect-error 28: a chunk is no sub-flow
risk.subFlow(double);
// @ts-expect-error 29: the child's result is a number
result.to(size);
// @ts-expect-error 30: a tap reads what the value does not have
risk.tap(({ input }) => input.length);
// @ts-expect-error 31: the value is not the result of the flow
risk.end();
// @ts-expect-error 32: the handler of errors takes another input
flow.chunk('wrong32', { onError: rescue }, ({ input }: Context<string>) => input);
// @ts-expect-error 33: a chunk that is no handler of errors
flow.chunk('wrong33', { onError: double }, ({ input }: Context<number>) => input);
// @ts-expect-error 34: no such policy for errors
flow.chunk('wrong34', { onError: 'retry' }, () => 1);
flow.to('wrong35', async (ctx) => {
  // @ts-expect-error 35: no such signal to wait for
  ctx.pauseFor({ type: 'a', resumeTo: { event: 'nope' } });
  // @ts-expect-error 36: two destinations
  ctx.pauseFor({ type: 'a', resumeTo: 'self', resumeEvent: 'credit' });
  // @ts-expect-error 37: no such expiry
  ctx.pauseFor({ type: 'a', onExpiry: 'skip' });
  // @ts-expect-error 38: another value than the signal's
  await ctx.emit('risk', 'high');
  // @ts-expect-error 39: a write sets off or not
  await ctx.state.set('total', 1, { emit: 'later' });
  // @ts-expect-error 41: another value than the result's
  await ctx.setResult({ report: 1 });
});
export async function misuse(ctx: Context<unknown>) {
  // @ts-expect-error 40: warnings are on unless switched off
  await ctx.flowData.set('x', 1, { noWarning: 'yes' });
  // @ts-expect-error 42: no such way to consume
  await ctx.interventions.consume(1, { status: 'done' });
  const approval = await ctx.requireApproval({ subject: 'me', capability: 'delete' });
  // @ts-expect-error 43: a decision may be pending
  approval.reason?.length;
}
// @ts-expect-error 44: the answer of an untyped pause is unknown
flow.to('wrong44', (ctx) => ctx.pauseFor({ type: 'a' })).to(size);
// @ts-expect-error 45: no such durability
defineFlow({ name: 'wrong45', execution: { durability: 'never' } });
// @ts-expect-error 46: a handler of all errors is named
defineFlow({ name: 'wrong46', defaults: { onError: 'rescue' } });
// @ts-expect-error 47: a sleep sends null
slept.to(size);
// @ts-expect-error 48: no such resource of the tasks
defineTaskFlow({ name: 'wrong48', kinds: { find: (ctx) => ctx.resources.db } });
// @ts-expect-error 49: a task flow's resource is missing
defineApp({ flows: [], taskFlows: [tasks], resources: {} });
// @ts-expect-error 50: a task flow is no flow
defineApp({ flows: [tasks], resources: {} });
// @ts-expect-error 51: a policy decides
defineApp({ flows: [], resources: {}, policy: () => true });
// @ts-expect-error 52: a provider announces
defineApp({ flows: [], resources: {}, exchange: { default: () => ({}) } });
