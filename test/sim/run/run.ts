/** Runs schedules by number and adds up the results. The sum does not depend on how the numbers are split. */
import { createHash } from 'node:crypto';
import { WORKLOADS } from '../workloads/index.ts';
import type { Workload } from '../workloads/workload.ts';
import { runSchedule, type ScheduleResult } from './schedule.ts';

export interface Failure {
  readonly seed: number;
  readonly workload: string;
  readonly violations: readonly string[];
}

export interface Totals {
  readonly schedules: number;
  readonly violations: number;
  /** The first failures, by seed. */
  readonly failures: readonly Failure[];
  readonly faults: Readonly<Record<string, number>>;
  readonly counters: Readonly<Record<string, number>>;
  /** Exclusive or of the digests of all schedules, so slices can be joined in any order. */
  readonly traceHash: string;
}

export const NOTHING: Totals = {
  schedules: 0,
  violations: 0,
  failures: [],
  faults: {},
  counters: {},
  traceHash: '0'.repeat(32),
};

const FAILURES_KEPT = 20;
const TURNS: readonly Workload[] = WORKLOADS.flatMap((workload) =>
  Array.from({ length: workload.weight ?? 1 }, () => workload),
);

/** The workload of a seed's schedule. */
export function workloadOf(seed: number): Workload {
  const workload = TURNS[seed % TURNS.length];
  if (!workload) throw new Error('there are no workloads');
  return workload;
}

export interface Range {
  /** The seed of the first schedule; later schedules have the following numbers. */
  readonly first: number;
  readonly count: number;
  readonly stopAtFailure?: boolean;
}

/** @param ended called after each schedule */
export async function runRange(
  { first, count, stopAtFailure = false }: Range,
  ended: () => void = () => undefined,
): Promise<Totals> {
  const sum = new Sum();
  for (let seed = first; seed < first + count; seed += 1) {
    const result = await runSchedule({ seed, workload: workloadOf(seed) });
    sum.add(seed, result);
    ended();
    if (stopAtFailure && result.violations.length > 0) break;
    // Lets signals and messages of the parent in.
    if (seed % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return sum.totals();
}

class Sum {
  #schedules = 0;
  #violations = 0;
  readonly #failures: Failure[] = [];
  readonly #faults: Record<string, number> = {};
  readonly #counters: Record<string, number> = {};
  #hash = 0n;

  add(seed: number, { workload, violations, faults, counters, traceHash }: ScheduleResult): void {
    this.#schedules += 1;
    this.#hash ^= digestOf(seed, traceHash);
    for (const [name, n] of faults) this.#faults[name] = (this.#faults[name] ?? 0) + n;
    for (const [name, n] of counters) this.#counters[name] = (this.#counters[name] ?? 0) + n;
    if (violations.length === 0) return;
    this.#violations += 1;
    if (this.#failures.length < FAILURES_KEPT) this.#failures.push({ seed, workload, violations });
  }

  totals(): Totals {
    return {
      schedules: this.#schedules,
      violations: this.#violations,
      failures: this.#failures,
      faults: sorted(this.#faults),
      counters: sorted(this.#counters),
      traceHash: toHex(this.#hash),
    };
  }
}

export function join(a: Totals, b: Totals): Totals {
  return {
    schedules: a.schedules + b.schedules,
    violations: a.violations + b.violations,
    failures: [...a.failures, ...b.failures].sort((x, y) => x.seed - y.seed).slice(0, FAILURES_KEPT),
    faults: added(a.faults, b.faults),
    counters: added(a.counters, b.counters),
    traceHash: toHex(BigInt(`0x${a.traceHash}`) ^ BigInt(`0x${b.traceHash}`)),
  };
}

function digestOf(seed: number, traceHash: string): bigint {
  return BigInt(`0x${createHash('sha256').update(`${seed} ${traceHash}`).digest('hex').slice(0, 32)}`);
}

function toHex(hash: bigint): string {
  return hash.toString(16).padStart(32, '0');
}

function added(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a };
  for (const [name, n] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + n;
  return sorted(sum);
}

function sorted(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Of a schedule that cannot be replayed. */
export const STUCK = 'liveness: the schedule does not end';

/** The known results of a range whose schedule after the first `ended` ones never ends. */
export function stuckBehind({ first }: Range, ended: number): Totals {
  const seed = first + ended;
  const failures = [{ seed, workload: workloadOf(seed).name, violations: [STUCK] }];
  return { ...NOTHING, schedules: ended + 1, violations: 1, failures };
}
