/** Runs one schedule of one workload: first with the faults of its seed, then without, until everything has ended. */
import type { ExecutionView } from '../../lib/runtime/views.ts';
import { Caller } from './caller.ts';
import { createRandomChooser } from './chooser.ts';
import { checkLinearizable } from './linearizability.ts';
import { Stage } from './stage.ts';
import type { Sim, Workload } from './workload.ts';
import { type Process, START, World } from './world.ts';

export interface ScheduleResult {
  readonly workload: string;
  readonly violations: readonly string[];
  readonly counters: ReadonlyMap<string, number>;
  readonly faults: ReadonlyMap<string, number>;
  readonly traceHash: string;
  readonly steps: number;
  readonly lines: readonly string[];
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly workload: Workload;
  readonly trace?: boolean;
  /** Steps with faults; the seed decides when absent. Shrinking cuts this. */
  readonly faultySteps?: number;
}

const SWEEP_EVERY = 60_000;
const MOST_STEPS = 6_000;
const MOST_WORKERS = 4;

export async function runSchedule({
  seed,
  workload,
  trace = false,
  faultySteps,
}: ScheduleOptions): Promise<ScheduleResult> {
  const chooser = createRandomChooser(seed);
  const world = new World(chooser, trace);
  const effects = new Map<string, number>();
  const stage = new Stage(world, seed, (_, process) => ({
    flows: [workload.flow],
    resources: { sim: () => simResource(world, process, effects) },
  }));
  const faulty = faultySteps ?? chooser.between(20, 200);
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
  let nextSweep = START + chooser.between(1, SWEEP_EVERY);
  for (;;) {
    await quiet();
    if (world.violations.length > 0) break;
    if (world.steps >= faulty) world.stopFaults();
    if (world.steps > MOST_STEPS) {
      world.violate('liveness', `still busy after ${MOST_STEPS} steps`);
      break;
    }
    if (world.now >= nextSweep) {
      nextSweep += SWEEP_EVERY;
      if (!chooser.chance(world.rates.missedSweep)) stage.sweep();
      continue;
    }
    for (const process of world.living)
      if (process.deadline < world.now) world.kill(process, 'deadline of the platform');
    const happening = step(stage);
    if (happening) {
      await happening;
      continue;
    }
    if (open === 0 && stage.busy === 0 && isOver(stage)) break;
    const next = nextTime(stage, nextSweep);
    if (world.now - START > 30 * 86_400_000) {
      world.violate('liveness', `not ended after ${(world.now - START) / 1_000} s`);
      break;
    }
    world.now = next;
  }
  if (world.violations.length === 0) await judge(stage, workload, callers, effects);
  const { violations, counters, faultCounts: faults, lines = [], steps } = world;
  return { workload: workload.name, violations, counters, faults, traceHash: world.traceHash(), steps, lines };

  /** Lets one thing happen, if any can. */
  function step({ queue }: Stage): Promise<void> | undefined {
    const calls = world.calls.filter((call) => call.dueAt <= world.now);
    const workers = [...world.living].filter((process) => process.kind === 'worker').length;
    const messages = workers < MOST_WORKERS ? queue.due() : [];
    const options = calls.length + (messages.length > 0 ? 1 : 0);
    if (options === 0) return undefined;
    // Time passes between steps now and then, so that leases end while work goes on.
    if (world.rates.pause > 0 && chooser.chance(0.02)) world.now += chooser.between(1, 15_000);
    const call = calls[chooser.pick(options)];
    if (call) return world.let(call);
    const start = chooser.pick(messages.length);
    stage.deliver(messages.slice(start, start + chooser.between(1, 3)));
    return Promise.resolve();
  }
}

/** Everything that the last step set off has run to its next port call. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function nextTime({ world, queue }: Stage, nextSweep: number): number {
  const times = [nextSweep, ...world.calls.map((call) => call.dueAt), ...queue.entries.map((entry) => entry.due)];
  return Math.max(world.now, Math.min(...times.filter((time) => time > world.now)));
}

/** Every execution is closed and nothing is left to collect. */
function isOver({ watch }: Stage): boolean {
  const heads = [...watch.heads.values()];
  return heads.length > 0 && heads.every((head) => head.lifecycle === 'closed' && head.outbox.length === 0);
}

async function judge(
  stage: Stage,
  workload: Workload,
  callers: readonly Caller[],
  effects: Map<string, number>,
): Promise<void> {
  const { world } = stage;
  world.stopFaults();
  const executions = new Map<string, ExecutionView>();
  for (const id of workload.ids) {
    const attempt = stage.call((client) => client.get(id));
    for (let done = false; !done; ) {
      await quiet();
      const call = world.calls.find((each) => each.dueAt <= world.now);
      if (call) await world.let(call);
      done = !call;
    }
    const result = await attempt;
    const view = typeof result === 'object' && 'answer' in result ? result.answer : undefined;
    if (view) executions.set(id, view);
    else world.violate('execution lost', id);
  }
  const operations = callers.flatMap((caller) => caller.operations);
  for (const problem of checkLinearizable(operations)) world.violate('not linearizable', problem);
  workload.check({
    executions,
    effects,
    expect: (ok, what) => {
      if (!ok) world.violate('model', what);
    },
    equal: (actual, expected, what) => {
      const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
      if (is !== should) world.violate('model', `${what}: ${is}, should be ${should}`);
    },
  });
}

function simResource(world: World, process: Process, effects: Map<string, number>): Sim {
  return {
    work: (name) =>
      world.park(process, `work ${name}`, async () => undefined, {
        faults: 'process',
        dueAt: world.now + world.chooser.between(0, 3_000),
      }),
    effect: (key) => void effects.set(key, (effects.get(key) ?? 0) + 1),
    die: async () => {
      world.reached('chunk killed its process');
      world.kill(process, 'a chunk killed it');
      return new Promise<never>(() => undefined);
    },
  };
}
