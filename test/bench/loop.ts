/** Workload `loop`: one execution that emits a signal to itself n times, each through the queue. */
import { z } from 'zod';
import { type App, defineApp, defineFlow } from '../../lib/index.ts';
import { DEFAULTS } from '../../lib/runtime/app/parameters.ts';
import { createClient } from '../../lib/runtime/client/client.ts';
import { createWorker } from '../../lib/runtime/worker/worker.ts';
import type { History, Rig } from './rigs/rig.ts';

const INVOCATION_MS = 300_000;
const PATIENCE_MS = 900_000;

export function loopApp(): App {
  const flow = defineFlow({
    name: 'loop',
    input: z.int().positive(),
    state: { count: z.number() },
    signals: { turn: z.int() },
  });
  flow.to('begin', (ctx) => ctx.emitNowait('turn', ctx.input));
  flow.when('turn').to('turn', async (ctx) => {
    await ctx.state.increment('count');
    if (ctx.input > 1) ctx.emitNowait('turn', ctx.input - 1);
  });
  return defineApp({ flows: [flow], resources: {} });
}

/** Runs the loop from its start to its close. Answers milliseconds. @throws Error when it does not end */
export async function runLoop({ ports, receive }: Rig, app: App, turns: number, history: History): Promise<number> {
  const client = createClient(app, ports, DEFAULTS);
  const worker = createWorker(app, ports, DEFAULTS);
  const begun = performance.now();
  let open = true;
  // The state is read only after the expected number of turns, because reads are counted.
  await client.start('loop', turns, { id: `loop-${turns}`, history });
  for (let received = 0; open; ) {
    if (await receive((messages) => worker.handle(messages, Date.now() + INVOCATION_MS))) received += 1;
    if (performance.now() - begun > PATIENCE_MS) throw new Error(`Not at its end within ${PATIENCE_MS} ms.`);
    if (received > turns) open = (await client.get(`loop-${turns}`))?.lifecycle !== 'closed';
  }
  return performance.now() - begun;
}

/** @throws Error unless every turn was counted once */
export async function checkLoop({ ports }: Rig, turns: number): Promise<void> {
  const view = await createClient(loopApp(), ports, DEFAULTS).get(`loop-${turns}`);
  const { count } = (view?.result ?? {}) as { count?: number };
  if (view?.status !== 'completed' || count !== turns) {
    throw new Error(`The loop is ${view?.status ?? 'missing'} with the count ${count}, not ${turns}.`);
  }
}
