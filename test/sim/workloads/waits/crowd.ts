/**
 * Many callers answer all waits of a list at one moment, some waits twice with the same or another request id, around the expiry
 * of some waits. In some schedules the execution is sealed, closed, cancelled, or leased by a host that answers too.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { Caller } from '../../world/caller.ts';
import { START } from '../../world/world.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const ITEMS = [0, 1, 2, 3, 4, 5, 6];
const ID = 'k';
const WAIT = 30_000;
const LEASE = 20_000;

const flow = defineFlow({
  name: 'crowd',
  input: z.array(z.number()),
  state: { took: z.array(z.string()), ends: z.number() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
type Context<In> = ContextOf<typeof flow, In>;

const ask = flow.chunk('ask', { resume: z.string() }, (ctx: Context<number>) => {
  ctx.resources.sim.begin(ctx);
  const expiry = ctx.input % 2 === 0 ? {} : { expiresIn: WAIT, onExpiry: { value: `${ctx.input}:expired` } };
  return ctx.pauseFor({ type: 'ask', id: 'q', ...expiry });
});
flow
  .forEach((each) =>
    each.to(ask).to('take', async (ctx) => {
      await ctx.resources.sim.work(ctx, 4_000);
      await ctx.state.append('took', ctx.input);
    }),
  )
  .to('end', (ctx) => ctx.state.increment('ends'));

export const crowd: Workload = {
  name: 'crowd',
  flow,
  weight: 3,
  ids: [ID],
  parameters: { ledgerKept: 3 },
  callers: (newCaller, chooser) => {
    const seals = chooser.chance(0.3);
    const ends = chooser.pick(6);
    const isHeld = chooser.chance(0.3);
    const early = chooser.between(WAIT / 2, WAIT);
    /** Expiry time of the next waits, after all of them have started. One caller reads it for all. */
    const begin = async (): Promise<number> => {
      const caller = newCaller();
      await caller.start('crowd', ID, ITEMS);
      const all = await caller.until(
        ID,
        ({ interrupts, state }) => interrupts.length + listOf(state.took).length === ITEMS.length,
        1_000,
      );
      const expiries = (all?.interrupts ?? []).flatMap(({ expiresAt }) => (expiresAt ? [Date.parse(expiresAt)] : []));
      return Math.min(START + 10 * WAIT, ...expiries);
    };
    const due = begin();
    const arrive = async (): Promise<Caller> => {
      const caller = newCaller();
      const moment = await due;
      await caller.waitUntil(chooser.chance(0.5) ? moment - early : moment);
      return caller;
    };
    const answer = async (item: number, requestId: string) => {
      const caller = await arrive();
      const value = `${item}:${requestId}`;
      const kind = await caller.resume(ID, `q-${item}`, requestId, value);
      if (kind === 'accepted') caller.remember(`${item}`, value);
    };
    const host = async () => {
      const caller = await arrive();
      const fence = await caller.claim(ID, 'host', LEASE);
      if (fence === undefined) return;
      const kind = await caller.resume(ID, 'q-0', 'host', '0:host', { host: fence });
      if (kind === 'accepted') caller.remember('0', '0:host');
      await caller.release(ID, fence);
    };
    const seal = async () => {
      const caller = await arrive();
      await caller.seal(ID, true);
    };
    const end = async () => {
      const caller = await arrive();
      if (ends === 0) await caller.close(ID, 'cancel');
      if (ends === 1) await caller.cancel(ID);
    };
    const twins = [answer(1, 'twin'), answer(2, 'twin'), answer(3, 'r')];
    return [
      ...ITEMS.map((item) => answer(item, 'r')),
      ...twins,
      ...(isHeld ? [host()] : []),
      ...(seals ? [seal()] : []),
      ...(ends < 2 ? [end()] : []),
    ];
  },
  check: ({ executions, answers, equal, expect }) => {
    const view = executions.get(ID);
    const took = listOf(view?.state.took);
    for (const item of ITEMS) {
      const values = took.filter((each) => each.startsWith(`${item}:`));
      const accepted = answers.get(`${item}`);
      if (view?.status === 'cancelled') {
        expect(values.length <= 1, `${item} continued ${values.length} times`);
        continue;
      }
      equal(values.length, 1, `continuations of ${item}`);
      if (accepted !== undefined) equal(values, [accepted], `accepted answers for ${item}`);
    }
    if (view?.status !== 'cancelled') equal(view?.state.ends, 1, 'ends');
  },
};
