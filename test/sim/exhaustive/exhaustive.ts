/**
 * All schedules of a small scope, by depth-first search. A schedule is replayed from its start with the next decision and stops
 * at a known state. A state is the content of store and queue, the time, the parked calls, and the answers of every living
 * process: equal states have equal futures. For large scopes the number of reorderings is bounded.
 */
import { createHash } from 'node:crypto';
import type { Options } from '../options.ts';
import { type Explorer, runSchedule } from '../run/schedule.ts';
import type { Caller } from '../world/caller.ts';
import type { Chooser } from '../world/chooser.ts';
import { NO_FAULTS } from '../world/faults.ts';
import type { QueueEntry } from '../world/queue.ts';
import type { Stage } from '../world/stage.ts';
import type { Call, Process } from '../world/world.ts';
import { createSmallWorkload } from './small.ts';

interface Decision {
  taken: number;
  readonly options: number;
}

/** Any fault may come anywhere, up to the given number. */
const RATES = { ...NO_FAULTS, fail: 1, unknown: 1, crash: 1, pause: 1, lost: 1, duplicate: 1 };

/**
 * Calls whose order other processes cannot observe: their effects are read by a separate decision. They run at once instead of
 * in every order. Faults may still hit them.
 */
const LOCAL = /^(sleep|work|acknowledge|send|put|drop|spill)/;

/** Follows a path of decisions, then takes the first alternative of each new one. */
class PathChooser implements Chooser {
  readonly path: Decision[];
  readonly #most: Pick<Scope, 'faults' | 'reorders'>;
  position = 0;
  faults = 0;
  reorders = 0;
  /** No decisions during the setup. */
  recording = false;

  constructor(path: Decision[], most: Pick<Scope, 'faults' | 'reorders'>) {
    this.path = path;
    this.#most = most;
  }

  get isNew(): boolean {
    return this.recording && this.position >= this.path.length;
  }

  pick(options: number): number {
    if (this.reorders >= (this.#most.reorders ?? Infinity)) return 0;
    const taken = this.#decide(options);
    if (taken > 0) this.reorders += 1;
    return taken;
  }

  #decide(options: number): number {
    if (!this.recording || options <= 1) return 0;
    const known = this.path[this.position];
    this.position += 1;
    if (known) return known.taken;
    this.path.push({ taken: 0, options });
    return 0;
  }

  chance(probability: number): boolean {
    if (probability <= 0 || this.faults >= this.#most.faults || this.#decide(2) === 0) return false;
    this.faults += 1;
    return true;
  }

  /** A stall has its maximum length: longer than a lease. */
  between(_low: number, high: number): number {
    return high;
  }
}

/** The next path, or `undefined` after the last. */
function advance(path: Decision[]): Decision[] | undefined {
  for (let last = path.pop(); last; last = path.pop()) {
    if (last.taken + 1 < last.options) return [...path, { ...last, taken: last.taken + 1 }];
  }
  return undefined;
}

export interface Scope {
  readonly workers: number;
  readonly signals: number;
  readonly faults: number;
  /** Maximum number of reorderings: steps that let another call happen than the one waiting longest. Absent: unbounded. */
  readonly reorders?: number;
}

export interface Exploration extends Scope {
  readonly callbacks: 1;
  readonly expiries: 1;
  /** Distinct states with a decision. */
  readonly states: number;
  readonly runs: number;
  /** Runs that reached an end instead of a known state. */
  readonly ends: number;
  /** Most decisions in one run. */
  readonly deepest: number;
  /** False if the time ran out. */
  readonly complete: boolean;
  /** The races that were reached, with counts. */
  readonly races: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

/** From small scopes to the whole one. Scopes that the time limit cuts off are reported. */
const LADDER: readonly Scope[] = [
  { workers: 2, signals: 0, faults: 1 },
  { workers: 2, signals: 1, faults: 0 },
  { workers: 1, signals: 1, faults: 1 },
  { workers: 1, signals: 2, faults: 0 },
  { workers: 2, signals: 3, faults: 0, reorders: 3 },
  { workers: 2, signals: 3, faults: 1, reorders: 1 },
  { workers: 2, signals: 3, faults: 2, reorders: 0 },
  { workers: 2, signals: 3, faults: 2 },
];

/** Prints the explored scopes and returns the exit code: 1 for a broken promise. */
export async function printExplorations(options: Options, print: (text: string) => void): Promise<number> {
  const { workers, signals, faults, reorders, seconds } = options;
  const asked = [workers, signals, faults, reorders].some((each) => each !== undefined);
  const bound = reorders === undefined ? {} : { reorders };
  const scopes = asked ? [{ workers: workers ?? 2, signals: signals ?? 3, faults: faults ?? 2, ...bound }] : LADDER;
  const until = performance.now() + seconds * 1_000;
  let broken = 0;
  for (const [i, scope] of scopes.entries()) {
    const left = Math.max(0, until - performance.now());
    const report = await explore(scope, i < scopes.length - 1 ? left / 2 : left);
    broken += report.violations.length;
    print(`${JSON.stringify(report)}\n`);
  }
  return broken > 0 ? 1 : 0;
}

export async function explore(scope: Scope, ms: number): Promise<Exploration> {
  const { workers, signals } = scope;
  const seen = new Set<string>();
  const until = performance.now() + ms;
  const report = { runs: 0, ends: 0, deepest: 0 };
  const races: Record<string, number> = {};
  const violations = new Set<string>();
  let path: Decision[] | undefined = [];
  while (path && performance.now() < until) {
    const chooser = new PathChooser(path, scope);
    const explorer: Explorer = {
      chooser,
      rates: RATES,
      faultySteps: Infinity,
      workers,
      unlike: (messages) => [...new Map(messages.map((each) => [textOf(each), each])).values()],
      isLocal: (call, stage) => LOCAL.test(call.name) || isLost(call, stage),
      mayContinue: (stage, callers) => {
        if (!chooser.isNew) return true;
        const state = digestOf(stage, callers, [chooser.faults, chooser.reorders]);
        if (seen.has(state)) return false;
        seen.add(state);
        return true;
      },
    };
    const workload = createSmallWorkload(signals, () => {
      chooser.recording = true;
    });
    const result = await runSchedule({ seed: 1, workload, explorer });
    report.runs += 1;
    if (result.ended) report.ends += 1;
    report.deepest = Math.max(report.deepest, chooser.position);
    for (const [race, count] of result.counters) races[race] = (races[race] ?? 0) + count;
    for (const violation of result.violations) violations.add(violation);
    if (violations.size >= 5) break;
    if (report.runs % 5_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    path = advance(chooser.path);
  }
  return {
    ...{ ...scope, callbacks: 1, expiries: 1, states: seen.size },
    ...report,
    complete: path === undefined,
    races,
    violations: [...violations],
  };
}

/** A commit on an old revision is refused whenever it comes. */
function isLost({ name }: Call, { watch }: Stage): boolean {
  const [, id = '', rev] = /^commit (\S+) on (\d+)$/.exec(name) ?? [];
  const books = watch.books.get(id);
  return books !== undefined && Number(rev) < books.rev;
}

function textOf({ message, due, receives }: QueueEntry): string {
  return JSON.stringify([message, due, receives]);
}

function digestOf({ world, queue, watch }: Stage, callers: readonly Caller[], spent: readonly number[]): string {
  const callsOf = (owner: Process) =>
    world.calls
      .filter(({ process }) => process === owner)
      .map(({ name, dueAt, paused }) => `${name} ${dueAt} ${paused}`)
      .sort();
  const processes = [...world.living].map((process) => {
    const { kind, owner, history, reads, deadline } = process;
    return JSON.stringify([kind, owner, history, reads, deadline, callsOf(process)]);
  });
  const heads = [...watch.books.values()].map(({ head, rev, wakeAt, inbox, posts }) => [
    head,
    rev,
    wakeAt,
    inbox,
    Array.from(posts.values(), ({ key, event }) => [key, event]),
  ]);
  const messages = queue.entries.map(textOf);
  const histories = callers.map(({ process }) => [process.history, callsOf(process)]);
  const state = [world.now, spent, world.drawn, processes.sort(), heads, messages.sort(), histories];
  return createHash('sha1').update(JSON.stringify(state)).digest('base64');
}
