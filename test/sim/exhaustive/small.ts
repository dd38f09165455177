/** The scope of the exhaustive search: one wait answered just before its expiry, and outside signals. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workloads/workload.ts';

const WAIT = 60_000;

const flow = defineFlow({
  name: 'small',
  input: z.number(),
  state: { answers: z.array(z.string()), seen: z.array(z.string()) },
  signals: { hit: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});

const ask = flow.chunk('ask', { resume: z.string() }, (ctx: ContextOf<typeof flow, number>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask', expiresIn: WAIT, onExpiry: { value: 'expired' } });
});
flow.to(ask).to('answered', (ctx) => ctx.state.append('answers', ctx.input));
flow.when('hit').to('seen', (ctx) => ctx.state.append('seen', ctx.input));

/** @param begin called when the wait is pending and about to expire: all later steps are decisions */
export function createSmallWorkload(signals: number, begin: () => void): Workload {
  const names = Array.from({ length: signals }, (_, i) => `h${i}`);
  return {
    name: 'small',
    flow,
    ids: ['e'],
    parameters: { backOff: 0 },
    callers: (newCaller) => {
      const run = async () => {
        const starter = newCaller();
        await starter.start('small', 'e', 1);
        const [id = ''] = await starter.interrupts('e');
        const view = await starter.get('e');
        const [wait] = view?.interrupts ?? [];
        await starter.waitUntil(Date.parse(wait?.createdAt ?? '') + WAIT - 1);
        begin();
        const resume = async () => {
          const caller = newCaller();
          caller.remember('resume', await caller.resume('e', id, 'r', 'yes'));
        };
        const signal = async (name: string) => {
          const caller = newCaller();
          caller.remember(name, await caller.signal('e', 'hit', name, name));
        };
        await Promise.all([resume(), ...names.map(signal)]);
      };
      return [run()];
    },
    check: ({ executions, answers, expect }) => {
      const { state } = executions.get('e') ?? {};
      const seen = (state?.seen ?? []) as readonly string[];
      for (const name of names) {
        const times = seen.filter((each) => each === name).length;
        const accepted = ['accepted', 'duplicate'].includes(answers.get(name) ?? '');
        expect(times === (accepted ? 1 : 0), `${name} was ${String(answers.get(name))} and seen ${times} times`);
      }
      const won = ['accepted', 'duplicate'].includes(answers.get('resume') ?? '');
      const given = (state?.answers ?? []) as readonly string[];
      expect(given.join() === (won ? 'yes' : 'expired'), `${String(answers.get('resume'))}, but ${given.join()}`);
    },
  };
}
