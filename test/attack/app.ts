/** The flows under attack: each takes one kind of input from outside. */
import { z } from 'zod';
import { defineApp, defineFlow, defineTaskFlow, type FlowCode } from '../../lib/index.ts';

const nothing = () => null;

const waits = defineFlow({
  name: 'waits',
  input: z.strictObject({ n: z.int().nonnegative() }),
  execution: { autoClose: false },
  schedules: [{ id: 'waits', rate: '1 day', input: { n: 1 } }],
});
waits.to(
  waits.chunk('ask', { resume: z.strictObject({ ok: z.boolean() }) }, (ctx) =>
    ctx.pauseFor({ type: 'approval', payload: { question: 'Go on?' } }),
  ),
);

const fails = defineFlow({ name: 'fails' });
fails.to(
  fails.chunk('throw', { retry: { maxAttempts: 1 } }, () => {
    throw new Error('as it should');
  }),
);

const many = defineFlow({
  name: 'many',
  signals: { settled: z.strictObject({ ok: z.boolean() }) },
  execution: { autoClose: false },
});
many
  .to('list', () => Array.from({ length: 20 }, (_, i) => i))
  .forEach((item) => item.to('ask', (ctx) => ctx.pauseFor({ type: 'q', payload: { n: ctx.input } })));

const child = defineFlow({ name: 'child' });
child.to('work', nothing);
export const whole = defineFlow({ name: 'whole', input: z.strictObject({ n: z.int().nonnegative() }) });
whole.to('first', nothing).subFlow(child).to('last', nothing);
export const wholeCode: FlowCode = {
  chunks: { first: nothing, last: nothing },
  children: { child: { chunks: { work: nothing } } },
};

export const lists = defineTaskFlow({
  name: 'lists',
  kinds: { wait: (ctx) => ctx.pauseFor({ type: 'q' }), work: nothing },
});

export const app = defineApp({ flows: [waits, fails, many, whole], taskFlows: [lists], resources: {} });
