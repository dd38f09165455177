/**
 * The simulated world: processes and their port calls, each parked until the scheduler runs it. Only the scheduler advances
 * time. This module is independent of the meaning of the calls.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Chooser } from './chooser.ts';
import { type FaultRates, isCalm, NO_FAULTS } from './faults.ts';
import type { Race } from './races.ts';

/** The error of a port call that the seed makes fail; the runtime logs errors by name. */
export class SimulatedFault extends Error {
  override readonly name = 'SimulatedFault';
}

export interface Process {
  readonly id: number;
  /** The caller of an API process. */
  readonly owner: number;
  /** Executions that it may process; absent: any. */
  handles?: ReadonlySet<string>;
  /** The process notifies others of writes of shared data. */
  tells?: boolean;
  readonly kind: 'worker' | 'api' | 'sweeper' | 'caller';
  /** Milliseconds that its clock is ahead. */
  readonly skew: number;
  alive: boolean;
  /** A fault hit it: it died, or a call of it failed. */
  hurt: boolean;
  /** When the platform ends it (ms). */
  deadline: number;
  /** Called when it dies. */
  onDeath: () => void;
  /** Digest of all its answers: processes with equal histories behave the same from now on. */
  history: string;
  /** Heads that it has read since that answer. */
  reads: { readonly count: number; readonly last: string };
}

export interface WorldOptions {
  readonly rates: FaultRates;
  readonly readTrace?: boolean;
  /** Numbers of the faults to leave out of the schedule: shrinking. */
  readonly skipped?: ReadonlySet<number>;
  /** Keeps the histories of processes. */
  readonly remember?: boolean;
}

/** `process`: only the process may die or stall at this call. */
export type Faults = 'all' | 'process' | 'none';

export interface Call {
  readonly process: Process;
  readonly name: string;
  readonly faults: Faults;
  dueAt: number;
  paused: boolean;
  readonly perform: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export const START = Date.UTC(2026, 0, 1);
export const LEASE = 20_000;
/** Maximum difference of two processes' clocks (ms). */
export const APART = 2_000;

export class World {
  readonly chooser: Chooser;
  readonly counters = new Map<string, number>();
  readonly faultCounts = new Map<string, number>();
  readonly violations: string[] = [];
  readonly lines: string[] | undefined;
  readonly living = new Set<Process>();
  calls: Call[] = [];
  now = START;
  rates: FaultRates;
  steps = 0;
  /** Faults so far, including those left out. */
  struck = 0;
  /** Ids drawn so far, if they are numbered. */
  drawn = 0;
  /** So far no message was lost, no process died and no commit was abandoned. */
  calm: boolean;
  readonly #skipped: ReadonlySet<number>;
  readonly remembers: boolean;
  #processes = 0;
  #ticks = 0;
  readonly #hash: Hash = createHash('sha256');

  constructor(chooser: Chooser, { rates, readTrace = false, skipped = new Set(), remember = false }: WorldOptions) {
    this.chooser = chooser;
    this.rates = rates;
    this.calm = isCalm(rates);
    this.lines = readTrace ? [] : undefined;
    this.#skipped = skipped;
    this.remembers = remember;
  }

  spawn(kind: Process['kind'], owner = 0): Process {
    this.#processes += 1;
    const { skew } = this.rates;
    const process: Process = {
      id: this.#processes,
      owner,
      kind,
      skew: skew === 0 ? 0 : this.chooser.between(-skew, skew),
      alive: true,
      hurt: false,
      deadline: Infinity,
      onDeath: () => undefined,
      history: '',
      reads: { count: 0, last: '' },
    };
    if (kind !== 'caller') this.living.add(process);
    return process;
  }

  kill(process: Process, why: string): void {
    if (!process.alive) return;
    process.alive = false;
    process.hurt = true;
    this.calm = false;
    this.living.delete(process);
    this.calls = this.calls.filter((call) => call.process !== process);
    this.trace(process, `dies: ${why}`);
    process.onDeath();
  }

  /** Parks a call of a process. A dead process never gets its answer. */
  park<T>(
    process: Process,
    name: string,
    perform: () => Promise<T>,
    options: { faults?: Faults; dueAt?: number } = {},
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (!process.alive) return;
      const { faults = 'all', dueAt = this.now } = options;
      this.calls.push({
        process,
        name,
        faults,
        dueAt,
        paused: false,
        perform,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
    });
  }

  /** Ends when time has passed or the signal aborts. Clocks have whole milliseconds, as real ones do. */
  sleep(process: Process, ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    const dueAt = this.now + Math.ceil(ms);
    const asleep = this.park(process, 'sleep', async () => undefined, { faults: 'none', dueAt });
    const call = this.calls.at(-1);
    const cut = (): void => {
      if (!call || !this.calls.includes(call)) return;
      this.calls.splice(this.calls.indexOf(call), 1);
      call.resolve(undefined);
    };
    signal?.addEventListener('abort', cut, { once: true });
    return asleep;
  }

  /** Runs a parked call, with the fault that the seed chooses. */
  async let(call: Call): Promise<void> {
    const { process, name } = call;
    const mortal = call.faults !== 'none';
    const fallible = call.faults === 'all';
    const { rates } = this;
    if (mortal && !call.paused && this.strikes(rates.pause, 'pause', process, name)) {
      call.paused = true;
      call.dueAt = this.now + this.chooser.between(LEASE, 3 * LEASE);
      return;
    }
    this.calls.splice(this.calls.indexOf(call), 1);
    this.steps += 1;
    if (mortal && this.strikes(rates.crash, 'crash before', process, name)) {
      return this.kill(process, `before ${name}`);
    }
    if (fallible && this.strikes(rates.fail, 'fail', process, name)) {
      process.hurt = true;
      this.learn(process, name, 'fault');
      return call.reject(new SimulatedFault(`failure of ${name}`));
    }
    const result = await call.perform().then(
      (value) => ({ value }),
      (error: unknown) => ({ error: error instanceof Error ? error : new Error(String(error)) }),
    );
    this.trace(process, `${name} → ${'error' in result ? result.error.message : summary(result.value)}`);
    if (mortal && this.strikes(rates.crash, 'crash after', process, name)) {
      return this.kill(process, `after ${name}`);
    }
    if ('error' in result) return call.reject(result.error);
    const unknown = Math.max(rates.unknown, name.startsWith('commit ') ? rates.unsure : 0);
    if (fallible && this.strikes(unknown, 'unknown outcome', process, name)) {
      process.hurt = true;
      this.learn(process, name, 'fault');
      return call.reject(new SimulatedFault(`unknown outcome of ${name}`));
    }
    this.learn(process, name, result.value);
    call.resolve(result.value);
  }

  /** Whether this fault occurs now; counted and traced. */
  strikes(probability: number, kind: string, process?: Process, name = ''): boolean {
    if (!this.chooser.chance(probability)) return false;
    this.struck += 1;
    if (this.#skipped.has(this.struck)) return false;
    count(this.faultCounts, kind);
    this.trace(process, `${name} !${kind} (fault ${this.struck})`);
    return true;
  }

  /**
   * Adds an answer to the history of a process. Of consecutive heads it keeps the last: a lost commit is repeated from that one,
   * and only the number of earlier ones matters.
   */
  learn(process: Process, name: string, result: unknown): void {
    if (!this.remembers || result === 'conflict') return;
    const text = result instanceof Map ? JSON.stringify([...result]) : JSON.stringify(result);
    const read = name.startsWith('load');
    if (read) {
      process.reads = { count: process.reads.count + 1, last: digest(String(text)) };
      return;
    }
    process.history = digest(`${process.history}|${this.now}|${JSON.stringify(process.reads)}|${text}`);
    process.reads = { count: 0, last: '' };
  }

  /** A logical time, for histories. */
  tick(): number {
    this.#ticks += 1;
    return this.#ticks;
  }

  stopFaults(): void {
    this.rates = NO_FAULTS;
  }

  /** Counts a reached race. */
  reached(race: Race): void {
    count(this.counters, race);
  }

  violate(invariant: string, detail: string): void {
    this.violations.push(`${invariant}: ${detail}`);
    this.lines?.push(`  !! ${invariant}: ${detail}`);
  }

  trace(process: Process | undefined, what: string): void {
    const line = `${this.now - START} ${process ? `${process.kind}${process.id}` : 'world'} ${what}`;
    this.#hash.update(line);
    this.lines?.push(line);
  }

  traceHash(): string {
    return this.#hash.copy().digest('base64url').slice(0, 22);
  }
}

function digest(text: string): string {
  return createHash('sha1').update(text).digest('base64');
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function summary(value: unknown): string {
  if (typeof value === 'string' || value === undefined) return String(value);
  if (value instanceof Map || Array.isArray(value)) return `${value instanceof Map ? value.size : value.length} items`;
  return typeof value === 'object' && value !== null && 'rev' in value ? `rev ${String(value.rev)}` : 'ok';
}
