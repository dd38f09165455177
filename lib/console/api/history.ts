/** Answers about what an execution does and did: its view, its history and the summary of it. */
import type { Counts } from '../parts/counts.ts';
import type { ExecutionView, Json } from './wire.ts';

export interface At {
  readonly node: string;
  /** Sub-flow nodes around it, the outermost first. */
  readonly path?: readonly string[];
}

export interface Problem {
  readonly name: string;
  readonly message?: string;
  readonly code?: string;
  readonly chunk?: string;
}

export type DoingState = 'failed' | 'waiting' | 'retrying' | 'running' | 'awaiting' | 'ready' | 'parked' | 'sleeping';

export interface Doing extends At {
  readonly chunk: string;
  readonly activationId: string;
  readonly items?: string;
  readonly state: DoingState;
  readonly attempt: number;
  readonly maxAttempts?: number;
  readonly since?: string;
  readonly error?: Problem;
  readonly nextAt?: string;
  readonly until?: string;
  readonly interruptId?: string;
}

export interface OpenJoin extends At {
  readonly scope: string;
  readonly have: readonly { readonly name: string; readonly at?: string; readonly by?: string }[];
  readonly missing: readonly string[];
}

export interface OpenList extends At, Counts {
  readonly scope: string;
}

export interface Who {
  readonly actor?: string;
  readonly verified?: boolean;
  readonly claimed?: string;
}

export type View = Omit<ExecutionView, 'status' | 'input' | 'doing' | 'joins'> & {
  readonly status: string;
  readonly title?: string;
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly input?: Json;
  readonly doing?: readonly Doing[];
  readonly joins?: readonly OpenJoin[];
  readonly lists?: readonly OpenList[];
  readonly pausedBy?: Who & { readonly at: string };
  readonly sleepsUntil?: string;
  readonly startedBy?: unknown;
};

export interface Item extends Partial<At>, Who {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly chunk?: string;
  readonly activationId?: string;
  readonly items?: string;
  readonly next?: readonly string[];
  readonly lost?: boolean;
  readonly attempt?: number;
  readonly dueAt?: string;
  readonly input?: Json;
  readonly inputRef?: { readonly path: string };
  readonly rerun?: boolean;
  readonly output?: Json;
  readonly value?: Json;
  readonly ms?: number;
  readonly error?: Problem;
  readonly nextAt?: string;
  readonly how?: string;
  readonly reason?: string;
  readonly until?: string;
  readonly interruptId?: string;
  readonly generation?: number;
  readonly wait?: string;
  readonly signal?: string;
  readonly scope?: string;
  readonly have?: readonly string[];
  readonly kind?: string;
  readonly count?: number;
  readonly failed?: number;
  readonly action?: string;
  readonly version?: number;
  readonly author?: string;
  readonly via?: string;
  readonly requestId?: string;
  readonly status?: string;
  readonly from?: string;
}

export interface NodeSummary extends At {
  readonly chunk?: string;
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly vanished?: number;
  readonly aborted?: number;
  readonly waiting?: number;
  readonly errors?: Readonly<Record<string, number>>;
  readonly ms?: readonly number[];
  readonly totalMs?: number;
}

export interface HistorySummary {
  readonly nodes: Readonly<Record<string, NodeSummary>>;
  readonly minutes: Readonly<
    Record<string, { readonly started: number; readonly succeeded: number; readonly failed: number }>
  >;
  readonly records: number;
  readonly cursor: string;
  readonly ended: boolean;
}

export interface HistoryPage {
  readonly items: readonly Item[];
  readonly cursor: string;
  readonly ended: boolean;
}

/** Id of the box that shows a node: the sub-flows around it, then the node. */
export function boxOf({ node, path = [] }: At): string {
  return [...path, node].join('|');
}
