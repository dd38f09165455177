/**
 * The head: everything that is true about one execution, small because it holds what is active and no history.
 * Plain JSON. Only `reduce` changes it; a store keeps it together with its revision.
 */
import type { ChunkPolicy, NodeId } from '../flow/graph.ts';
import type { Json } from '../flow/json.ts';

/** Scope of signals, joins and activations. The root scope is the empty string, others are hashes. */
export type ScopeId = string;

/** A value in place, by reference to an immutable stored value, or an object put together from such. */
export type Value = { readonly v: Json } | { readonly ref: string } | { readonly of: Readonly<Record<string, Value>> };

/** One accepted delivery of one signal to one chunk. The rows stand in order of acceptance. */
export interface Activation {
  id: string;
  node: NodeId;
  scope: ScopeId;
  input: Value;
  /** Attempts begun that count; a claim counts one. */
  attempt: number;
  /** Fence of the lease that runs it. Absent: ready, or waiting for `dueAt`. */
  fence?: number;
  /** Not to be claimed before this time (ms): a retry. */
  dueAt?: number;
  /** A worker vanished while it held this among others: claimed alone from now on. */
  suspect?: true;
  /** Failed for good; kept for redrive, never claimed. */
  failed?: true;
}

/** A worker session's right to settle what it claimed. The fence is the safety, `until` only saves work. */
export interface Lease {
  session: string;
  fence: number;
  until: number;
  /** The session ran nothing else in its process: if it vanishes with one activation, that one is to blame. */
  solo?: true;
}

/** A running `batch`, stored under the scope it opened. */
export interface Frame {
  node: NodeId;
  parent: ScopeId;
  slots: Record<string, Value>;
}

/** A half-filled `and`; `ids` are the signals in the slots and make the cause of what it will start. */
export interface Join {
  node: NodeId;
  scope: ScopeId;
  slots: Record<string, Value>;
  ids: Record<string, string>;
}

/** An accepted `emitNowait` that no worker has started yet. */
export interface QueuedSignal {
  id: string;
  name: string;
  scope: ScopeId;
  value: Value;
}

/** A durable wait. `activation` is the chunk's activation that paused; its answer continues from there. */
export interface Interrupt {
  id: string;
  activation: string;
  node: NodeId;
  scope: ScopeId;
  type: string;
  payload: Value;
  createdAt: number;
  expiresAt?: number;
  /** Absent: expiry fails the execution. */
  onExpiry?: { value: Value };
}

/** How an interrupt ended. The first answer to a request id is derived from this row for ever. */
export interface ResumeEntry {
  kind: 'resume';
  /** Interrupt id. */
  id: string;
  outcome: 'accepted' | 'expired' | 'cancelled';
  at: number;
  requestId?: string;
  valueHash?: string;
  actor?: string;
}

/** An outside signal that was accepted. */
export interface SignalEntry {
  kind: 'signal';
  id: string;
  valueHash: string;
  at: number;
}

export type LedgerEntry = ResumeEntry | SignalEntry;

/** Something to be done after the commit, and again until a later commit clears it. */
export interface OutboxRow {
  id: string;
  kind: 'drop';
  /** Values that nothing refers to any more. */
  refs: string[];
}

export interface FailureInfo {
  name: string;
  message: string;
  chunk: string;
  attempt: number;
  code?: string;
}

export interface ExecutionOptions {
  autoClose: boolean;
  /** Milliseconds of idleness before the automatic close; `null` = never. */
  autoCloseTimeout: number | null;
  defaults: ChunkPolicy;
}

export interface Head {
  format: 1;
  id: string;
  /** Random; part of every condition and key, so that a reused id never meets old leftovers. */
  inc: string;
  flow: string;
  fingerprint: string;
  inputHash: string;
  options: ExecutionOptions;
  lifecycle: 'open' | 'sealed' | 'closed';
  createdAt: number;
  closedAt?: number;
  /** Set by `close` and `cancel`; the execution closes once what is accepted has drained. */
  closing?: 'completed' | 'cancelled';
  /** The close ends waits instead of being rejected by them, also those that begin while it drains. */
  cancels?: true;
  failure?: FailureInfo;
  /** The newest fence given out. */
  fence: number;
  leases: Lease[];
  activations: Activation[];
  frames: Record<ScopeId, Frame>;
  joins: Join[];
  signals: QueuedSignal[];
  interrupts: Interrupt[];
  state: Record<string, Value>;
  /** The newest entries; older ones are in the ledger store, `spilled` counts them. */
  ledger: LedgerEntry[];
  spilled: number;
  outbox: OutboxRow[];
  /** Since when the execution is idle, while an automatic close is due. */
  idleSince?: number;
  /** Due time for which a delayed message was sent. */
  armed?: number;
}

export type ExecutionStatus = 'running' | 'waiting' | 'idle' | 'blocked' | 'completed' | 'failed' | 'cancelled';
