/** What the client shows of executions and interrupts. JSON; times are ISO 8601 in UTC. */
import type { ZodType } from 'zod';
import type { ExecutionStatus, FailureInfo, ResumeEntry } from '../engine/head.ts';
import type { Json } from '../flow/json.ts';
import type { Listing, Position } from '../ports/execution-store.ts';

export interface ExecutionView {
  readonly executionId: string;
  readonly flow: string;
  readonly status: ExecutionStatus;
  readonly lifecycle: 'open' | 'sealed' | 'closed';
  readonly state: { readonly [key: string]: Json };
  readonly interrupts: readonly InterruptView[];
  /** The close snapshot; only once closed. */
  readonly result?: Json;
  readonly error?: FailureInfo;
  readonly createdAt: string;
  readonly closedAt?: string;
}

export interface InterruptView {
  readonly executionId: string;
  readonly interruptId: string;
  readonly flow: string;
  readonly type: string;
  readonly payload: Json;
  readonly createdAt: string;
  readonly expiresAt?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page starts; absent on the last one. */
  readonly next?: Position;
}

export interface PageQuery {
  readonly after?: Position;
  /** 1 to 100. */
  readonly limit: number;
}

export type StartAnswer =
  | { readonly kind: 'started' | 'existing'; readonly executionId: string; readonly status: ExecutionStatus }
  /** The id belongs to an execution with other input or of another flow. */
  | { readonly kind: 'conflict'; readonly executionId: string };

/** `entry` has who and when, never the value. */
export type ResumeAnswer =
  | { readonly kind: 'accepted' | 'duplicate'; readonly requestId: string; readonly entry: ResumeEntry }
  | { readonly kind: 'mismatch' | 'conflict' | 'gone'; readonly entry: ResumeEntry }
  | { readonly kind: 'unknown' };

export type SignalAnswer = 'accepted' | 'duplicate' | 'mismatch' | 'ignored' | 'unknown' | 'busy';

export type CloseAnswer =
  | { readonly kind: 'closing' | 'closed' | 'unknown' }
  | { readonly kind: 'pendingInterrupts'; readonly ids: readonly string[] };

/** What the callback page needs of one interrupt. */
export type InterruptLookup =
  /** `schema` is the resume schema of the chunk, if it has one. */
  | { readonly kind: 'pending'; readonly interrupt: InterruptView; readonly schema?: ZodType }
  | { readonly kind: 'resolved'; readonly entry: ResumeEntry }
  | { readonly kind: 'unknown' };

/** The host side of executions. Answers at acceptance; expected races are answers, not errors. */
export interface Client {
  /**
   * @param options.id `^[A-Za-z0-9_-]{1,128}$`; starting the same id again with equal validated input is `existing`
   * @throws FlowError `unknown_flow`, `invalid_input` (naming the path), `invalid_request` (bad id)
   */
  start(flow: string, input: unknown, options?: { readonly id?: string }): Promise<StartAnswer>;
  get(executionId: string): Promise<ExecutionView | undefined>;
  /** Newest first over all listings of the flows of the app, or of one. */
  list(query: PageQuery & { readonly flow?: string; readonly listing?: Listing }): Promise<Page<ExecutionView>>;
  /** Pending interrupts, newest execution first; an execution's interrupts stay on one page. */
  interrupts(query: PageQuery): Promise<Page<InterruptView>>;
  lookup(executionId: string, interruptId: string): Promise<InterruptLookup>;
  /**
   * @param answer.requestId derived from interrupt and value when absent, so that a plain retry is safe
   * @param answer.expired the caller's right to answer has ended: only the ledger answers, a pending wait is `gone`
   * @throws FlowError `invalid_value` (against the resume schema, naming the path)
   */
  resume(
    executionId: string,
    interruptId: string,
    answer: { readonly value: Json; readonly requestId?: string; readonly actor?: string; readonly expired?: boolean },
  ): Promise<ResumeAnswer>;
  /** @throws FlowError `invalid_value` against the contract */
  signal(executionId: string, name: string, value: Json, options?: { readonly id?: string }): Promise<SignalAnswer>;
  close(executionId: string, options?: { readonly pendingInterrupts?: 'reject' | 'cancel' }): Promise<CloseAnswer>;
}
