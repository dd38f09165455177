/** The app of the bench `served`: a list whose items call an API. */
import { z } from 'zod';
import { type ContextOf, defineApp, defineFlow, FatalError } from '../../../lib/index.ts';

const CAP = 20;

const flow = defineFlow({
  name: 'calls',
  input: z.object({ items: z.int() }),
  state: { called: z.number(), failed: z.number() },
});
const list = flow.chunk('list', ({ input }: ContextOf<typeof flow, { items: number }>) =>
  Array.from({ length: input.items }, (_, n) => n),
);
const call = flow.chunk('call', async ({ input }: ContextOf<typeof flow, number>) => {
  const answer = await fetch(`${process.env.API_URL}/${input}`);
  if (answer.status === 404) throw new FatalError('The API does not know the item.');
  if (!answer.ok) throw new Error(`The API answered ${answer.status}.`);
  return answer.json();
});
const count = flow.chunk('count', async ({ input, state }: ContextOf<typeof flow, readonly unknown[]>) => {
  const called = input.filter((each) => typeof each === 'number').length;
  await state.set('called', called);
  await state.set('failed', input.length - called);
});
flow
  .to(list)
  .forEach((item) => item.to(call), { concurrency: CAP, onItemError: 'collect' })
  .to(count);

export default defineApp({ flows: [flow], resources: {} });
