/**
 * Waits without a following step, answered long after all other work has ended. The answer ends the execution. One message
 * reports the remaining outbox work; if it is lost, the sweep finds the work.
 */
import { z } from 'zod';
import { type ContextOf, defineFlow, resource } from '../../../../lib/index.ts';
import { PATIENT, type Sim, type Workload } from '../workload.ts';

const IDS = ['a0', 'a1', 'a2'];
/** Longer than any earlier message is in flight, redeliveries included (ms). */
const REST = 400_000;
const WITHIN = 60_000;

const flow = defineFlow({
  name: 'answered',
  input: z.string(),
  resources: { sim: resource<Sim>() },
  defaults: PATIENT,
});
const ask = flow.chunk('ask', { resume: z.string() }, (ctx: ContextOf<typeof flow, string>) => {
  ctx.resources.sim.begin(ctx);
  return ctx.pauseFor({ type: 'ask' });
});
flow.to(ask);

export const answered: Workload = {
  name: 'answered',
  flow,
  ids: IDS,
  callers: (newCaller) =>
    IDS.map(async (id) => {
      const caller = newCaller();
      await caller.start('answered', id, id);
      const [wait = ''] = await caller.interrupts(id);
      await caller.wait(REST);
      await caller.someTime(WITHIN);
      caller.remember(id, await caller.resume(id, wait, 'r', 'yes'));
    }),
  check: ({ executions, answers, equal, expect }) => {
    for (const id of IDS) {
      equal(executions.get(id)?.status, 'completed', `status of ${id}`);
      expect(['accepted', 'duplicate'].includes(answers.get(id) ?? ''), `answer to ${id}: ${answers.get(id)}`);
    }
  },
};
