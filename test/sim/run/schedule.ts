/** Runs one schedule of one workload: with the faults of its seed, then without, until every execution has ended. */

import type { Workload } from '../workloads/workload.ts';
import { Caller } from '../world/caller.ts';
import { type Chooser, createRandomChooser } from '../world/chooser.ts';
import { drawRates, type FaultRates } from '../world/faults.ts';
import type { QueueEntry } from '../world/queue.ts';
import { announcing, createSim } from '../world/sim-resource.ts';
import { Stage } from '../world/stage.ts';
import { type Call, START, World } from '../world/world.ts';
import { judge } from './judge.ts';
import { checkWoken } from './woken.ts';

export interface ScheduleResult {
  readonly workload: string;
  readonly violations: readonly string[];
  readonly counters: ReadonlyMap<string, number>;
  readonly faults: ReadonlyMap<string, number>;
  readonly traceHash: string;
  /** Faults that occurred or were left out. */
  readonly struck: number;
  /** Steps with faults. */
  readonly faultySteps: number;
  /** False: stopped in the middle of an exhaustive search. */
  readonly ended: boolean;
  readonly lines: readonly string[];
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly workload: Workload;
  readonly trace?: boolean;
  /** Steps with faults; absent: the seed decides. Shrinking reduces this. */
  readonly faultySteps?: number;
  /** Numbers of the faults to leave out. */
  readonly skipped?: ReadonlySet<number>;
  /** Replaces the seed's decisions and rates and reads the state: exhaustive search. */
  readonly explorer?: Explorer;
}

export interface Explorer {
  readonly chooser: Chooser;
  readonly rates: FaultRates;
  readonly faultySteps: number;
  readonly workers: number;
  /** Calls that need not be tried in every order: they run at once. */
  readonly isLocal: (call: Call, stage: Stage) => boolean;
  /** Drops messages that equal another one. */
  readonly unlike: (messages: readonly QueueEntry[]) => readonly QueueEntry[];
  /** Called before every decision; false ends the schedule here. */
  readonly mayContinue: (stage: Stage, callers: readonly Caller[]) => boolean;
}

const SWEEP_EVERY = 60_000;
const MOST_STEPS = 6_000;
const MOST_WORKERS = 8;
/** Maximum duration of a call in an exhaustive search. */
const SOON = 1_000;
const MOST_TIME = 30 * 86_400_000;
/** A schedule waits for the end of a retention of up to a day. */
const SOON_DELETED = 86_400_000;
/** The retry delay may grow while faults last: faults end in time. */
const MOST_FAULTY_TIME = 3 * 86_400_000;

export async function runSchedule(options: ScheduleOptions): Promise<ScheduleResult> {
  const { seed, workload, trace: readTrace = false, skipped = new Set<number>(), explorer } = options;
  const chooser = explorer?.chooser ?? createRandomChooser(seed);
  const rates = explorer?.rates ?? drawRates(chooser);
  const world = new World(chooser, { rates, readTrace, skipped, remember: explorer !== undefined });
  const effects = new Map<string, number>();
  const stage = new Stage(world, seed, workload, ({ watch }, process) => ({
    flows: [workload.flow],
    resources: { sim: () => createSim(world, watch, process, effects) },
    ...(workload.announces ? { exchange: { default: () => ({ announce: announcing(world, watch, process) }) } } : {}),
    ...workload.app?.(createSim(world, watch, process, effects)),
  }));
  const drawn = explorer?.faultySteps ?? drawFaultySteps(chooser);
  const faultySteps = options.faultySteps ?? drawn;
  const callers: Caller[] = [];
  const newCaller = (): Caller => {
    const caller = new Caller(stage);
    callers.push(caller);
    return caller;
  };
  let open = 0;
  for (const caller of workload.callers(newCaller, chooser)) {
    open += 1;
    void caller.then(() => {
      open -= 1;
    });
  }
  let nextSweep = START + (chooser.chance(0.3) ? SWEEP_EVERY : chooser.between(1, SWEEP_EVERY));
  let aborted = false;
  for (;;) {
    await quiet();
    stage.watch.afterStep((id) => stage.queue.holds(id));
    if (world.violations.length > 0) break;
    if (explorer && !explorer.mayContinue(stage, callers)) {
      aborted = true;
      break;
    }
    if (world.steps >= faultySteps || world.now - START > MOST_FAULTY_TIME) world.stopFaults();
    if (world.steps > MOST_STEPS) {
      world.violate('liveness', `still busy after ${MOST_STEPS} steps`);
      break;
    }
    if (world.now >= nextSweep) {
      nextSweep += SWEEP_EVERY;
      if (!world.strikes(world.rates.missedSweep, 'missed sweep')) stage.sweep();
      continue;
    }
    for (const process of world.living)
      if (process.deadline < world.now) world.kill(process, 'deadline of the platform');
    const happening = step();
    if (happening) {
      await happening;
      continue;
    }
    if (open === 0 && stage.busy === 0 && isOver(stage)) break;
    checkWoken(stage);
    if (world.now - START > MOST_TIME) {
      world.violate('liveness', `not ended after ${(world.now - START) / 1_000} s`);
      break;
    }
    world.now = nextTime(stage, nextSweep);
  }
  if (!aborted && world.violations.length === 0) await judge(stage, workload, callers, effects);
  const { violations, counters, faultCounts: faults, lines = [], struck } = world;
  const traceHash = world.traceHash();
  return {
    workload: workload.name,
    violations,
    counters,
    faults,
    traceHash,
    struck,
    faultySteps,
    ended: !aborted,
    lines,
  };

  /** Runs one step, if any is possible. */
  function step(): Promise<void> | undefined {
    const calls = world.calls.filter((call) => call.dueAt <= world.now);
    let workers = 0;
    for (const process of world.living) if (process.kind === 'worker') workers += 1;
    const due = workers < (explorer?.workers ?? MOST_WORKERS) ? stage.queue.due() : [];
    const messages = explorer?.unlike(due) ?? due;
    const count = calls.length + (messages.length > 0 ? 1 : 0);
    if (count === 0) return undefined;
    // Time passes between steps at random, so leases end during work.
    if (world.rates.pause > 0 && !explorer && chooser.chance(0.02)) world.now += chooser.between(1, 15_000);
    const local = explorer && calls.find((each) => explorer.isLocal(each, stage));
    if (local) return world.let(local);
    // For an exhaustive search the passing of time is one more alternative.
    const next = nextTime(stage, nextSweep);
    const picked = chooser.pick(explorer && next <= world.now + SOON ? count + 1 : count);
    const call = calls[picked];
    if (call) return world.let(call);
    if (picked === count) {
      world.now = next;
      return Promise.resolve();
    }
    const start = chooser.pick(messages.length);
    stage.deliver(messages.slice(start, start + (explorer ? 1 : chooser.between(1, 3))));
    return Promise.resolve();
  }
}

/** Mostly early steps, which have the most concurrency, and sometimes late ones. */
function drawFaultySteps(chooser: Chooser): number {
  return chooser.chance(0.2) ? chooser.between(200, 1_000) : chooser.between(20, 200);
}

/** Runs all follow-up work of the last step to its next port call: timers fire when no microtask is left. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function nextTime({ world, queue }: Stage, nextSweep: number): number {
  let next = nextSweep;
  for (const { dueAt } of world.calls) if (dueAt > world.now && dueAt < next) next = dueAt;
  for (const { due } of queue.entries) if (due > world.now && due < next) next = due;
  return Math.max(world.now, next);
}

/** Every execution is closed and no garbage is left to collect. */
/** Every execution has closed, and nothing but the end of a retention is due. */
function isOver({ watch, world }: Stage): boolean {
  const all = [...watch.books.values()];
  return all.every(
    ({ head, wakeAt }) =>
      head.lifecycle === 'closed' &&
      head.outbox.length === 0 &&
      (wakeAt === undefined || (wakeAt > world.now + SOON_DELETED && !head.gone)),
  );
}
