/**
 * Hosts rerun an execution from activations of its history at any moment, also after its end, with the old input or another
 * one; two of them make the same copy. A copy goes on from what was committed before, and nothing happens in it twice.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import type { Caller } from '../../world/caller.ts';
import { listOf, PATIENT, type Sim, type Workload } from '../workload.ts';

const HITS = ['hit1', 'hit2'];
/** All records of beginnings may be lost. */
const TRIES = 20;
/** It is stored outside the head. */
const OTHER = 'other'.padEnd(60, '.');

const flow = defineFlow({
  name: 'reruns',
  input: z.string(),
  state: { log: z.array(z.string()), left: z.string() },
  signals: { hit: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});

const step = (name: string) =>
  flow.chunk(name, async (ctx: ContextOf<typeof flow, unknown>) => {
    await ctx.resources.sim.work(ctx);
    await ctx.state.append('log', entryOf(name, ctx.input));
    if (name === 'left') await ctx.state.set('left', 'it has begun'.padEnd(60, '.'));
    if (name === 'more') await ctx.state.delete('left');
    if (ctx.resources.sim.chance(0.2)) throw new Error('again');
    return name;
  });
const begin = flow.to(step('begin'));
begin.to(step('left')).to(step('more')).collect('both', { branch: 'left' });
begin.to(step('right')).collect('both', { branch: 'right' });
flow.when({ collect: 'both' }).to(step('end'));
flow.when('hit').to(step('heard'));

interface Plan {
  readonly source: string;
  readonly from: string;
  readonly chunk: string;
  readonly input?: string;
}

export const reruns: Workload = {
  name: 'reruns',
  flow,
  ids: ['r'],
  callers: (newCaller, chooser) => {
    const plans = new Map<string, Plan>();
    const begun = async (): Promise<Caller> => {
      const caller = newCaller();
      await caller.start('reruns', 'r', 'first');
      return caller;
    };
    const send = async () => {
      const caller = await begun();
      for (const hit of HITS) {
        await caller.someTime(4_000);
        await caller.signal('r', 'hit', hit, hit);
      }
    };
    const planFor = async (caller: Caller, copy: string, source: string): Promise<Plan | undefined> => {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const { items = [] } = (await caller.insist((client) => client.readHistory(source, {}))) ?? {};
        const rows = items.filter(({ rerun }) => rerun);
        const row = rows[chooser.pick(Math.max(1, rows.length))];
        const known = plans.get(copy);
        if (known) return known;
        if (row) {
          const { activationId: from = '', chunk = '' } = row;
          const plan = { source, from, chunk, ...(chooser.chance(0.5) ? { input: OTHER } : {}) };
          plans.set(copy, plan);
          return plan;
        }
        await caller.wait(5_000);
      }
      return undefined;
    };
    const rerun = async (copy: string, source: string) => {
      const caller = await begun();
      await caller.someTime(chooser.chance(0.5) ? 10_000 : 90_000);
      const plan = await planFor(caller, copy, source);
      if (!plan) return undefined;
      const { from, chunk, input } = plan;
      await caller.someTime(5_000);
      const options = { id: copy, from, ...(input === undefined ? {} : { input }) };
      if (!(await caller.rerun(source, options))) return undefined;
      if (chooser.chance(0.3)) await caller.rerun(source, options);
      const log = async (id: string) =>
        (await caller.until(id, ({ lifecycle }) => lifecycle === 'closed'))?.state.log ?? [];
      const [copied, own] = [await log(copy), await log(source)];
      caller.remember(copy, JSON.stringify({ chunk, input, copied, own }));
      return copy;
    };
    const once = async () => {
      await rerun('x', 'r');
    };
    const both = async () => {
      const copy = await rerun('y', 'r');
      if (copy) await rerun('z', copy);
    };
    return [send(), once(), once(), both()];
  },
  always: (id, { log }) => {
    const entries = listOf(log);
    const names = entries.map((entry) => entry.split(' ')[0] ?? '');
    const isIn = (name: string, ...causes: readonly string[]) =>
      !names.includes(name) || causes.every((cause) => names.slice(0, names.indexOf(name)).includes(cause));
    const isCaused =
      isIn('left', 'begin') && isIn('right', 'begin') && isIn('more', 'left') && isIn('end', 'more', 'right');
    const steps = entries.filter((entry) => !entry.startsWith('heard '));
    const isOnce = new Set(entries).size === entries.length && new Set(names).size >= steps.length;
    return isCaused && isOnce ? undefined : `the log of ${id} is ${entries.join()}`;
  },
  check: ({ executions, answers, equal, expect }) => {
    equal(executions.get('r')?.status, 'completed', 'the original');
    const original = listOf(executions.get('r')?.state.log).map((entry) => entry.split(' ')[0] ?? '');
    for (const name of ['begin', 'left', 'more', 'right', 'end']) expect(original.includes(name), `no ${name} in r`);
    for (const [copy, text] of answers) {
      const { chunk, input, copied, own } = JSON.parse(text) as Plan & Record<'copied' | 'own', string[]>;
      const of = (name: string) => copied.filter((entry) => entry.startsWith(`${name} `));
      const wanted = input === undefined ? own : [entryOf(chunk, input)];
      expect(
        of(chunk).some((entry) => wanted.includes(entry)),
        `${chunk} of ${copy} got ${of(chunk).join()}`,
      );
      // What had begun beside it is not in the copy.
      if (chunk === 'heard') continue;
      equal(of('end').length, Math.min(of('more').length, of('right').length), `ends of ${copy}`);
    }
  },
};

function entryOf(name: string, input: unknown): string {
  return `${name} ${JSON.stringify(input)}`;
}
