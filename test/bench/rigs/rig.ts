/** The production ports of a workload, with counted use. */
import type { Ports } from '../../../lib/ports/ports.ts';
import type { WakeMessage } from '../../../lib/ports/wake-queue.ts';

/** What the history of the executions keeps. */
export const HISTORIES = ['full', 'times', 'off'] as const;
export type History = (typeof HISTORIES)[number];

/** `model`: the latencies and prices of AWS on a virtual clock. */
export const STORES = ['embedded', 'memory', 'model'] as const;
export type Store = (typeof STORES)[number];

/** Totals of a run. Units are `null` where nothing would be billed. */
export interface Totals {
  readonly writes: number;
  readonly reads: number;
  readonly wcu: number | null;
  readonly rcu: number | null;
  /** Sent messages. */
  readonly messages: number;
  /** Largest head item as written; with the memory store its JSON, in every 4th commit. */
  readonly headBytesMax: number;
}

export interface Rig {
  readonly ports: Ports;
  /** Receives messages, processes them and deletes completed ones. False if there were none. */
  receive(handle: (messages: readonly WakeMessage[]) => Promise<readonly ('done' | 'failed')[]>): Promise<boolean>;
  /** Runs a workload; on a virtual clock time passes meanwhile. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  totals(): Totals;
  /** Milliseconds of as many bare conditional writes, one after the other, of the same size through the same client. */
  floor(): Promise<number>;
  close(): Promise<void>;
}

/** Functions that only the benchmark needs. */
export const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
