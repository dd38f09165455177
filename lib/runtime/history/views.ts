/** The history as callers get it: JSON, times as ISO 8601 in UTC. */
import type { HistoryRecord, HistoryType } from '../../engine/history/records.ts';
import type { Attribution } from '../../engine/outside/attribution.ts';
import type { Json } from '../../flow/json.ts';

/** Where all of a shortened value is: `readValue` reads it by this path. */
export interface ValueRef {
  readonly path: string;
  /** Absent: not known. */
  readonly bytes?: number;
}

type Kept = Omit<
  HistoryRecord,
  | 'at'
  | 'dueAt'
  | 'nextAt'
  | 'until'
  | 'startAt'
  | 'expiresAt'
  | 'input'
  | 'output'
  | 'value'
  | 'seq'
  | 'type'
  | 'next'
  | 'changes'
  | 'base'
  | 'began'
>;

/** What happened. Only `seq`, `at` and `type` are always there. */
export interface HistoryItem extends Readonly<Kept>, Readonly<Attribution> {
  readonly seq: number;
  readonly at: string;
  readonly type: HistoryType;
  readonly next?: readonly string[];
  readonly dueAt?: string;
  readonly nextAt?: string;
  readonly until?: string;
  readonly startAt?: string;
  readonly expiresAt?: string;
  /** A value of more than 4 KB is shortened to the beginning of its JSON text. */
  readonly input?: Json;
  readonly inputRef?: ValueRef;
  readonly output?: Json;
  readonly outputRef?: ValueRef;
  readonly value?: Json;
  readonly valueRef?: ValueRef;
  /** `Client.rerun` can begin here. */
  readonly rerun?: true;
}

export interface HistoryPage {
  readonly items: readonly HistoryItem[];
  /** Value of `after` for the next page. */
  readonly cursor: number;
  /** True: the execution is closed, and nothing follows. A redrive may still add more. */
  readonly ended: boolean;
}

export interface HistoryQuery {
  /** Position after which to read. Default 0. */
  readonly after?: number;
  /** Most items, 1 to 100. Default 100. */
  readonly limit?: number;
  /** Only what happened at chunks of this name. */
  readonly chunk?: string;
}

/** What happened at one node. */
export interface NodeHistory {
  readonly node: string;
  readonly path?: readonly string[];
  readonly chunk?: string;
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly vanished: number;
  readonly aborted: number;
  readonly waiting: number;
  /** Failed attempts by message: at most 10 messages, the others as `…`. */
  readonly errors: Readonly<Record<string, number>>;
  /** Attempts under 10 ms, 100 ms, 1 s, 10 s, 1 min, 10 min, 1 h, and longer ones. */
  readonly ms: readonly number[];
  readonly totalMs: number;
}

export interface HistorySummary {
  /** By the nodes of the sub-flows around it and its own, joined by `/`. */
  readonly nodes: Readonly<Record<string, NodeHistory>>;
  /** Attempts by the minute they began or ended in. */
  readonly minutes: Readonly<
    Record<string, { readonly started: number; readonly succeeded: number; readonly failed: number }>
  >;
  /** Number of records. */
  readonly records: number;
  /** Value of `after` by which the history goes on from here. */
  readonly cursor: number;
  readonly ended: boolean;
}
