/** Runs a random flow in memory until it has ended, and says what happened. */
import { canonical } from '../../../lib/flow/json.ts';
import { defineApp } from '../../../lib/index.ts';
import type { ExecutionView } from '../../../lib/runtime/client/types.ts';
import { BUDGET, createKit, type Kit } from '../../runtime/kit.ts';
import type { RandomFlow } from './generate.ts';
import { checkHistory } from './history.ts';
import { answerTo } from './model.ts';
import { Notes } from './notes.ts';
import type { FlowPlan } from './plan.ts';
import type { Variant } from './variants.ts';
import { wire } from './wire.ts';
import { Workers } from './workers.ts';

export interface Played {
  /** As in `Expected`. */
  readonly runs: readonly string[];
  readonly stream: readonly string[];
  readonly view: ExecutionView;
  /** Other faults that the run has shown. */
  readonly wrong: readonly string[];
}

const ROUNDS = 400;

export async function play({ plan, input }: RandomFlow, variant: Variant): Promise<Played> {
  const notes = new Notes(variant.failsAt);
  const app = defineApp({ flows: [wire(plan, notes, variant.history)], resources: {} });
  const newKit = (seed: number) =>
    createKit(app, { ...(variant.parameters && { parameters: variant.parameters }), seed });
  let kit = newKit(1);
  let id = 'x';
  if (variant.isSlow) notes.sleep = (ms) => kit.clock.sleep(ms);
  const workers = new Workers(variant);
  await kit.client.start(plan.name, input, { ...variant.start, id });
  for (const { signal, value, ...options } of plan.outside) await kit.client.signal(id, signal, value, options);
  for (let round = 0; ; round += 1) {
    if (round > ROUNDS)
      throw new Error(`It does not end: ${canonical(JSON.parse(JSON.stringify(await kit.view(id))))}`);
    if (round === variant.movesAt) {
      const document = JSON.parse(JSON.stringify(await kit.client.save(id)));
      kit = newKit(2);
      await kit.client.load(document);
    }
    if (round === variant.copiedAt) {
      await kit.client.load(await kit.client.save(id, { compactOver: 50 }), { id: 'y' });
      await kit.client.erase(id);
      id = 'y';
    }
    if (variant.isHeld && round % 3 === 1) await hold(kit, id, workers);
    await workers.drain(kit, id);
    const { status, lifecycle } = await kit.view(id);
    if (status === 'failed' && variant.goesOnBy === 'redrive') await kit.client.redrive(id);
    else if (status === 'failed' && variant.goesOnBy === 'fork' && id === 'x') {
      await kit.client.fork(id, { id: 'y' });
      id = 'y';
    } else if (lifecycle === 'closed' || status === 'failed') break;
    if ((await answerAll(kit)) === 0) await step(kit);
  }
  await kit.clock.advance(30_000);
  const isAll = id === 'x' && variant.diesAt === undefined && variant.failsAt === undefined;
  await checkHistory(kit, id, notes, isAll && variant.history === undefined);
  const runs = [...notes.seen.values()].sort();
  if (variant.isRerun) await rerunAll(kit, plan, workers, notes);
  return { runs, stream: await streamOf(kit, id), view: await kit.view(id), wrong: notes.wrong };
}

/** Answers come in while the execution is paused. */
async function hold(kit: Kit, id: string, workers: Workers): Promise<void> {
  await kit.client.pause(id);
  await workers.drain(kit, id);
  await answerAll(kit);
  await workers.drain(kit, id);
  await kit.client.unpause(id);
}

/** Moves the time to what is due next. */
async function step(kit: Kit): Promise<void> {
  const due = Math.min(kit.queue.nextDue() ?? Infinity, kit.clock.now() + 60_000);
  if (due > kit.clock.now()) await kit.clock.advance(due - kit.clock.now());
  if (kit.queue.nextDue() === undefined) await kit.sweeper.sweep(kit.clock.now() + BUDGET);
}

async function answerAll(kit: Kit): Promise<number> {
  const { items } = await kit.client.interrupts({ limit: 100 });
  let count = 0;
  for (const { executionId, interruptId, type, payload } of items) {
    if (type === 'expiry') continue;
    const value = type === 'ask' ? answerTo(payload) : { approved: true };
    const { kind } = await kit.client.resume(executionId, interruptId, { value });
    if (kind === 'accepted') count += 1;
  }
  return count;
}

async function streamOf(kit: Kit, id: string): Promise<readonly string[]> {
  const items = new Set<string>();
  for (let after = 0; ; ) {
    const page = await kit.client.readStream(id, { after, limit: 100 });
    if (!page || page.items.length === 0) return [...items].sort();
    // A repeated attempt repeats its items. The others are those of waits.
    for (const { chunk, item } of page.items) if (chunk !== '$framework') items.add(canonical([chunk, item]));
    after = page.cursor;
  }
}

/** Copies that begin in the main chain end with the same state of that chain. */
async function rerunAll(kit: Kit, plan: FlowPlan, workers: Workers, { wrong }: Notes): Promise<void> {
  const main = plan.steps.flatMap((each) => (each.kind === 'work' && !each.side ? [each.work.name] : []));
  const from: string[] = [];
  for await (const { rerun, activationId, chunk = '' } of kit.client.history('x'))
    if (rerun && activationId && main.includes(chunk)) from.push(activationId);
  const { state } = await kit.view('x');
  const whole = canonical([state.$final_result ?? null, state.tree ?? null]);
  for (const [n, activation] of from.entries()) {
    const id = `rerun${n}`;
    await kit.client.rerun('x', { from: activation, id });
    for (let round = 0; round < ROUNDS && (await kit.view(id)).lifecycle !== 'closed'; round += 1) {
      await workers.drain(kit, id);
      if ((await answerAll(kit)) === 0) await step(kit);
    }
    const copy = await kit.view(id);
    const got = canonical([copy.state.$final_result ?? null, copy.state.tree ?? null]);
    if (copy.status !== 'completed' || got !== whole) wrong.push(`rerun from ${activation}: ${copy.status}, ${got}`);
  }
}
