/**
 * Waits for one event in many scopes: items of nested lists, correlations, and a fork. An answer ends its own wait. An emit ends
 * the waits in its own scope, the scopes around it and inside it. Both start the listeners. Answers, emits and expiries race.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { ExecutionView } from '../../../../lib/runtime/client/types.ts';
import type { Caller } from '../../world/caller.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const WAIT = 40_000;
const ROWS = [['a', 'b'], ['c']];
const ITEMS = ROWS.flat();
const ORDERS = ['o1', 'o2'];
const ACCEPTED = ['accepted', 'duplicate'];
const RACING = [...ITEMS.map((item) => `ask ${item}`), ...ROWS.map((row) => `row ${row.join('')}`)];

const flow = defineFlow({
  name: 'scopes',
  input: z.enum(['race', 'calm', 'orders']),
  state: { heard: z.array(z.string()), overdue: z.number(), refused: z.array(z.string()) },
  signals: { paid: z.string(), overdue: z.null(), order: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  // Without values in the history, values that nothing uses are dropped.
  execution: { history: 'times' },
});
type Context<In> = ContextOf<typeof flow, In>;

/** Waits for `paid`; the type of the wait is the name of the chunk with its input. */
const wait = (name: string) =>
  flow.chunk(name, (ctx: Context<unknown>) => {
    ctx.resources.sim.begin(ctx);
    const pause = { type: `${name} ${[ctx.input].flat().join('')}`, resumeTo: { event: 'paid' } } as const;
    if (ctx.execution.id !== 'race') return ctx.pauseFor(pause);
    return ctx.pauseFor({ ...pause, expiresIn: WAIT, onExpiry: { event: 'overdue' } });
  });
const [ask, row, order, part] = [wait('ask'), wait('row'), wait('order'), wait('part')];
const gate = flow.chunk('gate', { resume: z.string() }, (ctx: Context<string>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: `gate ${ctx.input}` });
});
const pay = flow.chunk('pay', async (ctx: Context<string>) => {
  await ctx.resources.sim.work(ctx);
  if (ctx.input === 'emit b') return ctx.emitNowait('paid', ctx.input);
  await ctx.emit('paid', ctx.input);
});
const refused = flow.chunk('refused', async (ctx: Context<{ error: { code?: string } }>) => {
  await ctx.state.append('refused', ctx.input.error.code ?? '');
});
/** The contract of `paid` does not accept the `null` of an expiry. */
const wrong = flow.chunk('wrong', { onError: refused }, (ctx: Context<string>) => {
  ctx.resources.sim.begin(ctx);
  if (ctx.input !== 'calm') return null;
  return ctx.pauseFor({ type: 'wrong', expiresIn: 1_000, onExpiry: { event: 'paid' } });
});
const begin = flow.to('begin', (ctx) => ctx.input);
begin.to(wrong);
begin.to('hold', (ctx) => (ctx.input === 'orders' ? ctx.pauseFor({ type: 'hold' }) : null));
begin
  .to('rows', (ctx) => (ctx.input === 'orders' ? [] : ROWS))
  .forEach((each) => {
    const items = each.to('each', (ctx) => [...ctx.input]);
    items.to(row);
    return items.forEach((item) => {
      const one = item.to('item', (ctx) => ctx.input);
      one.to(ask);
      one.to(gate).to(pay);
      return one;
    });
  });
const orders = flow.when('order');
orders.to(order);
orders
  .to('parts', (ctx) => [ctx.input])
  .forEach((item) => {
    const one = item.to('one', (ctx) => ctx.input);
    one.to(part);
    return one;
  });
flow.when('paid').to('hear', async (ctx) => {
  await ctx.resources.sim.work(ctx);
  await ctx.state.append('heard', ctx.input);
});
flow.when('overdue').to('remind', (ctx) => ctx.state.increment('overdue'));

const idOf = (view: ExecutionView | undefined, type: string) =>
  view?.interrupts.find((each) => each.type === type)?.interruptId;
/** A request id has no spaces. */
const requestOf = (type: string) => type.replaceAll(' ', '-');
const heardIn = ({ state }: Pick<ExecutionView, 'state'>) => listOf(state.heard);

async function find(caller: Caller, id: string, type: string): Promise<string> {
  const view = await caller.until(id, (each) => idOf(each, type) !== undefined, 2_000);
  return idOf(view, type) ?? 'none';
}

/** Polls until a listener has received `what`, then remembers the remaining waits for `paid`. */
async function noteLeft(caller: Caller, id: string, what: string, as = what): Promise<void> {
  const view = await caller.until(id, (each) => heardIn(each).includes(what), 2_000);
  const left = (view?.interrupts ?? []).map(({ type }) => type).filter((type) => !/^(gate|hold)/.test(type));
  caller.remember(as, left.sort().join());
}

/** Sends answers and emits one after the other, so that the waits ended by each are known. */
async function calm(caller: Caller): Promise<void> {
  await caller.start('scopes', 'calm', 'calm');
  await caller.until('calm', ({ interrupts }) => interrupts.length === RACING.length + ITEMS.length, 2_000);
  const answer = async (type: string, value: string) => {
    const wait = await find(caller, 'calm', type);
    const kind = await caller.resume('calm', wait, requestOf(type), value, { what: 'resume event' });
    caller.remember(`answer to ${type}`, kind);
    await noteLeft(caller, 'calm', value);
  };
  await answer('gate a', 'emit a');
  caller.remember('wrong', await caller.misfit('calm', await find(caller, 'calm', 'ask b')));
  await answer('ask b', 'answer b');
  await answer('gate b', 'emit b');
  await answer('ask c', 'answer c');
  await answer('gate c', 'emit c');
}

/** Sends correlated signals to the execution and to a fork of it. */
async function correlate(caller: Caller): Promise<void> {
  await caller.start('scopes', 'orders', 'orders');
  await find(caller, 'orders', 'hold');
  for (const each of ORDERS) await caller.signal('orders', 'order', each, each, each);
  await caller.signal('orders', 'order', 'root', 'root');
  await caller.until('orders', ({ interrupts }) => interrupts.length === 7, 2_000);
  await caller.signal('orders', 'paid', 'o1', 'paid-o1', 'o1');
  await noteLeft(caller, 'orders', 'o1');
  const document = await caller.insist((client) => client.save('orders'));
  await caller.load(document, 'copied');
  for (const id of ['orders', 'copied']) {
    await caller.signal(id, 'paid', 'o2', 'paid-o2', 'o2');
    await noteLeft(caller, id, 'o2', `o2 in ${id}`);
    await caller.signal(id, 'paid', 'all', 'paid-all');
    await noteLeft(caller, id, 'all', `all in ${id}`);
    await caller.resume(id, await find(caller, id, 'hold'), 'hold', 'over');
  }
}

export const scopes: Workload = {
  name: 'scopes',
  flow,
  weight: 2,
  ids: ['race', 'calm', 'orders', 'copied'],
  callers: (newCaller, chooser) => {
    const race = async (type: string) => {
      const caller = newCaller();
      await caller.start('scopes', 'race', 'race');
      const isGate = type.startsWith('gate');
      const id = await find(caller, 'race', type);
      if (id === 'none') return caller.remember(`race ${type}`, 'none');
      await caller.wait(chooser.chance(0.5) ? WAIT - chooser.between(0, 4_000) : chooser.between(0, WAIT));
      const value = isGate ? type.replace('gate', 'emit') : `answer to ${type}`;
      const what = isGate ? 'resume' : 'resume event';
      const kind = await caller.resume('race', id, requestOf(type), value, { what });
      caller.remember(`race ${type}`, kind);
    };
    const racing = [...RACING, ...ITEMS.map((item) => `gate ${item}`)];
    return [calm(newCaller()), correlate(newCaller()), ...racing.map(race)];
  },
  always: (_, state) => {
    const heard = listOf(state.heard);
    return new Set(heard).size === heard.length ? undefined : `received twice: ${heard.join()}`;
  },
  check: ({ executions, answers, equal, expect }) => {
    const left = (what: string, waits: string) => equal(answers.get(what), waits, `waits left after ${what}`);
    left('emit a', 'ask b,ask c,row c');
    left('answer b', 'ask c,row c');
    left('emit b', 'ask c,row c');
    left('answer c', 'row c');
    left('emit c', '');
    left('o1', 'order o2,part o2,part root');
    for (const id of ['orders', 'copied']) {
      left(`o2 in ${id}`, 'part root');
      left(`all in ${id}`, '');
      equal([...heardIn(executions.get(id) ?? { state: {} })].sort(), ['all', ...ORDERS], `heard in ${id}`);
    }
    equal(answers.get('wrong'), 'invalid_value', 'an answer that the contract of its event refuses');
    equal(executions.get('calm')?.state.refused, ['invalid_value'], 'an expiry that the contract of its event refuses');
    const state = executions.get('race')?.state ?? {};
    const kinds = RACING.map((type) => [type, answers.get(`race ${type}`) ?? 'none'] as const);
    const heard = listOf(state.heard);
    for (const item of ITEMS) {
      const seen = answers.get(`race gate ${item}`) !== 'none';
      if (seen) expect(heard.includes(`emit ${item}`), `the emit of ${item} is not heard, only ${heard}`);
    }
    for (const [type, kind] of kinds)
      equal(heard.includes(`answer to ${type}`), ACCEPTED.includes(kind), `heard ${heard} after ${kind} to ${type}`);
    const late = kinds.filter(([, kind]) => kind === 'gone').length;
    const unknown = kinds.filter(([, kind]) => kind === 'none').length;
    const overdue = Number(state.overdue ?? 0);
    expect(overdue >= late && overdue <= late + unknown, `${overdue} overdue, answers ${JSON.stringify(kinds)}`);
  },
};
