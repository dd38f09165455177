/** Workload `chain`: one execution of a flow of n trivial chunks, driven by the production client and worker. */
import { z } from 'zod';
import { type App, type ContextOf, defineApp, defineFlow, type Flow, type Pipe } from '../../lib/index.ts';
import { DEFAULTS } from '../../lib/runtime/app/parameters.ts';
import { createClient } from '../../lib/runtime/client/client.ts';
import { createWorker } from '../../lib/runtime/worker/worker.ts';
import type { History, Rig } from './rigs/rig.ts';

type EnvOf<F> = F extends Flow<infer E> ? E : never;

const INVOCATION_MS = 300_000;
const WAIT_MS = 30_000;

/** Every chunk adds one to its input; the last one stores the sum in the state. */
export function chainApp(steps: number): App {
  const flow = defineFlow({ name: 'chain', input: z.number(), state: { sum: z.number() } });
  let pipe: Pipe<EnvOf<typeof flow>, number> = flow;
  for (let step = 1; step < steps; step += 1) pipe = pipe.to(`step-${step}`, ({ input }) => input + 1);
  pipe.to('last', async ({ input, state }: ContextOf<typeof flow, number>) => {
    await state.set('sum', input + 1);
  });
  return defineApp({ flows: [flow], resources: {} });
}

/** Runs the chain from its start to its close. Answers milliseconds. @throws Error when the result is wrong */
export async function runChain(
  { ports, receive }: Rig,
  app: App,
  steps: number,
  history: History,
  durability: 'sync' | 'exit' = 'sync',
): Promise<number> {
  const client = createClient(app, ports, DEFAULTS);
  const worker = createWorker(app, ports, DEFAULTS);
  const executionId = `chain-${steps}`;
  const deadline = () => Date.now() + INVOCATION_MS;
  const begun = performance.now();
  await client.start('chain', 0, { id: executionId, durability, history });
  while (!(await receive((messages) => worker.handle(messages, deadline())))) {
    if (performance.now() - begun > WAIT_MS) throw new Error(`No wake-up came within ${WAIT_MS} ms.`);
  }
  const wallMs = performance.now() - begun;
  // The watchdog's message arrives after the lease and costs a read.
  await worker.handle([{ executionId, kind: 'timer' }], deadline());
  return wallMs;
}

/** @throws Error unless the chain has closed with the right result */
export async function checkChain({ ports }: Rig, steps: number): Promise<void> {
  const { head } = (await ports.executions.load(`chain-${steps}`)) ?? {};
  const sum = head?.state.sum;
  if (head?.lifecycle === 'closed' && sum && 'v' in sum && sum.v === steps) return;
  throw new Error(`The chain is ${head?.lifecycle ?? 'missing'} with the sum ${JSON.stringify(sum)}, not ${steps}.`);
}
