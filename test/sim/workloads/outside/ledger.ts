/** Many answers and signals, so that the ledger spills. Then old request and signal ids are repeated, also after the close. */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const NAMES = Array.from({ length: 8 }, (_, i) => `n${i}`);

const flow = defineFlow({
  name: 'ledger',
  input: z.number(),
  state: { seen: z.array(z.string()), answer: z.string() },
  signals: { hit: z.string() },
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
  execution: { autoCloseTimeout: null },
});

const ask = flow.chunk('ask', { resume: z.string() }, (ctx: ContextOf<typeof flow, number>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask' });
});
flow.to(ask).to('answered', (ctx) => ctx.state.set('answer', ctx.input));
flow.when('hit').to('seen', (ctx) => ctx.state.append('seen', ctx.input));

export const ledger: Workload = {
  name: 'ledger',
  flow,
  weight: 2,
  ids: ['l'],
  parameters: { ledgerKept: 2 },
  callers: (newCaller, chooser) => {
    let open = 4;
    let wait: string | undefined;
    const send = async (names: readonly string[]) => {
      const caller = newCaller();
      await caller.start('ledger', 'l', 0);
      for (const name of names) {
        await caller.signal('l', 'hit', name, name);
        if (chooser.chance(0.3)) await caller.signal('l', 'hit', name, name);
      }
    };
    const close = async () => {
      open -= 1;
      if (open === 0) await newCaller().close('l', 'reject');
    };
    const answer = async (requestId: string) => {
      const caller = newCaller();
      await caller.start('ledger', 'l', 0);
      await caller.until('l', ({ interrupts }) => {
        wait ??= interrupts[0]?.interruptId;
        return wait !== undefined;
      });
      const id = wait ?? '';
      await caller.until('l', ({ state }) => ((state.seen ?? []) as readonly string[]).length >= 3, 1_000);
      await caller.resume('l', id, requestId, requestId);
      await caller.until('l', ({ state }) => ((state.seen ?? []) as readonly string[]).length >= 6, 2_000);
      await caller.resume('l', id, requestId, requestId);
      await close();
      await caller.someTime(20_000);
      await caller.resume('l', id, requestId, requestId);
      await caller.resume('l', id, requestId, 'other');
    };
    const all = async () => {
      await Promise.all([send(NAMES.slice(0, 4)), send(NAMES.slice(2)), send([...NAMES].reverse())]);
      await close();
    };
    return [all(), answer('r1'), answer('r1'), answer('r2')];
  },
  always: (_, { seen }) => {
    const list = (seen ?? []) as readonly string[];
    return new Set(list).size === list.length ? undefined : `signals twice: ${list.join()}`;
  },
  check: ({ executions, equal, expect }) => {
    const state = executions.get('l')?.state;
    equal([...((state?.seen ?? []) as readonly string[])].sort(), NAMES, 'signals seen');
    expect(['r1', 'r2'].includes(String(state?.answer)), `answer ${String(state?.answer)}`);
  },
};
