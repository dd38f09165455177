/**
 * The head: everything that is true about one execution, small because it holds what is active and no history.
 * Plain JSON. Only `reduce` changes it; a store keeps it together with its revision.
 */

import type { Requirement } from '../flow/authoring/requirements.ts';
import type { NodeId } from '../flow/graph/graph.ts';
import type { Json } from '../flow/json.ts';
import type { ExecutionOptions } from '../flow/options/execution.ts';
import type { Frame } from './frame-rows.ts';
import type { Answered, Attribution } from './outside/attribution.ts';
import type { InterventionRow } from './outside/interventions.ts';
import type { SelfResume } from './outside/questions.ts';
import type { EndingRow } from './outside/waits.ts';
import type { Accepted } from './work/commit-points.ts';

export type { BranchFrame, ChildFrame, Frame, ItemFrame, ListFrame } from './frame-rows.ts';

/** Scope of signals, joins and activations. The root scope is the empty string, others are hashes. */
export type ScopeId = string;

/**
 * A value in place, by reference to an immutable stored value or to an item of a stored list, or an object or list put
 * together from such.
 */
export type Value =
  | { readonly v: Json }
  | { readonly ref: string; readonly at?: number }
  | { readonly of: Readonly<Record<string, Value>> }
  | { readonly list: readonly Value[] };

/** Where something happens: everything a chunk causes inherits it. */
export interface Origin {
  scope: ScopeId;
  /** The scope of the sub-flow frame it belongs to; absent: the execution's own flow. */
  home?: ScopeId;
  /** The positions of the items of lists around it, outermost first, also once those items are done: `2-0`. A digest where many. */
  items?: string;
  /** On a side branch: a failure lets the main path run to its end first. */
  side?: true;
  /** The awaited emit it was caused by, if any. */
  cascade?: string;
  /** The error handlers that it follows; `''` where one of them caused it by a signal. Absent: none. */
  handlers?: NodeId[];
}

/** One accepted delivery of one signal to one chunk. The rows stand in order of acceptance. */
export interface Activation extends Origin {
  id: string;
  node: NodeId;
  input: Value;
  /** The number of its newest attempt. A claim raises it; an attempt that nobody is to blame for is taken back. */
  attempt: number;
  /** Attempts among them that ended in a question: they count for no limit. */
  asked?: number;
  /** Fence of the lease that runs it. Absent: ready, or waiting for `dueAt`. */
  fence?: number;
  /** Not to be claimed before this time (ms): a retry. */
  dueAt?: number;
  /** It has ended; at `dueAt` its `null` goes on. Never claimed. */
  sleeps?: true;
  /** It handles the failure of the chunk at this node, inside an operator: its output takes that one's place. */
  instead?: NodeId;
  /** A worker vanished while it held this among others: claimed alone from now on. */
  suspect?: true;
  /** Not to be claimed: an item or branch around it waits for a slot of its operator's cap. */
  parked?: true;
  /** Failed for good; kept for redrive, never claimed. */
  failed?: true;
  /** It failed because this wait of it expired. */
  expired?: Interrupt;
  ops?: Accepted;
  /** The cascades of its awaited emits that were not quiet when last looked at; it takes no permit meanwhile. */
  awaiting?: string[];
  /** The answer that runs it again, and how often that has happened. */
  resume?: Resumed;
  /** Who gave the answer that is its input, or that runs it again. Absent: no answer is. */
  answer?: Answered;
}

/** Why an activation runs again. */
export interface Resumed {
  value: Value;
  requestId?: string;
  count: number;
  /** Answers to its approvals so far, by key; the newest is `value` where it runs again because of one. */
  decided?: Record<string, Value>;
  approval?: string;
}

/** A worker session's right to settle what it claimed. The fence is the safety, `until` only saves work. */
export interface Lease {
  session: string;
  fence: number;
  until: number;
  /** The session ran nothing else in its process: if it vanishes with one activation, that one is to blame. */
  solo?: true;
}

/** What an awaited emit set off, kept until the emitting activation ends. */
export interface Cascade {
  /** The activation that awaits it. */
  owner: string;
  failure?: FailureInfo;
  /** How many operations of the owner were accepted when it failed. */
  failedAt?: number;
}

/** A half-filled `and`, or a collection (`node` is its name). What it starts is caused by the signals in its slots, `ids`. */
export interface Join {
  kind: 'and' | 'collect';
  node: NodeId;
  scope: ScopeId;
  home?: ScopeId;
  /** Begun in the scope of an operator: it ends with that. */
  inOperator?: true;
  slots: Record<string, Value>;
  ids: Record<string, string>;
}

/** An accepted `emitNowait` that no worker has started yet. */
export interface QueuedSignal extends Origin {
  id: string;
  name: string;
  /** A write of the key `name` of the state, or of the flow's shared data. Absent: an emit. */
  source?: 'state' | 'flowData';
  /** It came from outside, and the head had no room for what it starts. */
  outside?: true;
  value: Value;
}

/** A durable wait. `activation` is the chunk's activation that paused; its answer continues from there. */
export interface Interrupt extends Origin {
  id: string;
  activation: string;
  node: NodeId;
  type: string;
  payload: Value;
  createdAt: number;
  /** Absent: the answer becomes the chunk's output. */
  resumeTo?: { self: SelfResume } | { event: string };
  instead?: NodeId;
  /** Who announces it. Absent: the app's default. */
  channel?: string;
  expiresAt?: number;
  /** What the chunk was given, for its error handler; only where expiry fails it. */
  input?: Value;
  /** Absent: expiry fails the chunk that paused. `emits`: the value of the event. Absent: `null`. */
  onExpiry?: { value: Value } | { event: string; emits?: Value };
  /** How many waits of this id have ended before. */
  generation?: number;
  /** The id of the row in `endings` by which it has ended. Absent: it has not, or it has expired. */
  endedBy?: number;
  /** Begun anew by a redrive; its announcement is still due. */
  untold?: true;
  /** Takes answers of verified actors only. */
  requireActor?: true;
  /** Ids of its links that were revoked. */
  revoked?: string[];
}

/** How an interrupt ended. The first answer to a request id is derived from this row for ever. */
export interface ResumeEntry extends Attribution {
  kind: 'resume';
  /** Interrupt id. */
  id: string;
  outcome: 'accepted' | 'expired' | 'cancelled';
  at: number;
  requestId?: string;
  valueHash?: string;
  /** Of the wait. */
  revoked?: string[];
  /** Of the call whose answer came through the inbox. */
  mark?: string;
}

/** An outside signal that was accepted. */
export interface SignalEntry {
  kind: 'signal';
  id: string;
  valueHash: string;
  at: number;
}

/** An intervention that was accepted. */
export interface InterventionEntry {
  kind: 'intervention';
  id: string;
  valueHash: string;
  version: number;
  at: number;
}

export type LedgerEntry = ResumeEntry | SignalEntry | InterventionEntry;

/** Values that nothing refers to any more. */
export interface DropRow {
  id: string;
  kind: 'drop';
  refs: string[];
}

/** A write of shared data: to be made once by its id, then told to every execution that listens. */
export interface FlowDataRow {
  id: string;
  kind: 'flowData';
  flow: string;
  key: string;
  /** A `StateOperation`. */
  operation: Value;
}

/** A write of shared data that is made and told: the shared data may forget its id. */
export interface FlowDataDoneRow {
  id: string;
  kind: 'flowDataDone';
  flow: string;
  operationId: string;
}

/** An item of the engine's own for the stream; the stream takes it once by its id. */
export interface StreamRow {
  id: string;
  kind: 'stream';
  item:
    | { readonly kind: 'interrupt'; action: 'pause' | 'resume'; type: string; interruptId: string }
    | {
        readonly kind: 'intervention';
        action: 'append' | 'insert' | 'consume' | 'expire';
        version: number;
        status: InterventionRow['status'];
      };
  payload: Value;
}

/** A wait to be announced, while it is pending. */
export interface AnnounceRow {
  id: string;
  kind: 'announce';
  interrupt: string;
}

/** Something to be done after the commit, and again until a later commit clears it. */
export type OutboxRow = DropRow | FlowDataRow | FlowDataDoneRow | StreamRow | AnnounceRow;

/** A failure that the execution went on from. */
export interface ToleratedRow extends Pick<FailureInfo, 'name' | 'chunk' | 'code'> {
  /** `skipped`: its branch has ended. `handled`: a chunk was given it. `caught`: the chunk that awaited it went on. */
  how: 'skipped' | 'handled' | 'caught';
  at: number;
}

/** A redrive that was accepted, and what it was for. */
export interface RedriveRow extends Attribution {
  id: string;
  at: number;
  error: Pick<FailureInfo, 'name' | 'chunk' | 'code'>;
}

export interface FailureInfo {
  name: string;
  message: string;
  chunk: string;
  attempt: number;
  code?: string;
  /** The errors below it as texts, outermost first: `cause` chains and the errors of an `AggregateError`. Absent: none. */
  causes?: readonly string[];
}

export interface Head {
  format: 1;
  id: string;
  /** The incarnation: random, and part of every condition and key, so that a reused id never meets old leftovers. */
  inc: string;
  flow: string;
  fingerprint: string;
  /** What the flow was made from, where it came with the start: any worker makes it again. */
  definition?: Json;
  inputHash: string;
  options: ExecutionOptions;
  /** Where its files are, since it was loaded. Absent: under its own id. */
  space?: string;
  lifecycle: 'open' | 'sealed' | 'closed';
  /** Created, and not started yet. */
  unstarted?: true;
  createdAt: number;
  closedAt?: number;
  /** Set by `close` and `cancel`; the execution closes once what is accepted has drained. */
  closing?: 'completed' | 'cancelled';
  /** Why it was cancelled, as the host says. */
  cancelReason?: string;
  cancelledBy?: Attribution;
  /** A close that ends waits, also those that begin while it drains, instead of being rejected by them. */
  cancels?: true;
  failure?: FailureInfo;
  /** The failure of a side branch, or of what a redrive left as it was: it becomes the failure once the rest has ended. */
  sideFailure?: FailureInfo;
  /** The newest, oldest first. Absent: there were none. */
  tolerated?: ToleratedRow[];
  /** The execution it was copied from. */
  forkedFrom?: string;
  /** Absent: there were none. */
  redrives?: RedriveRow[];
  /** The newest fence given out. */
  fence: number;
  leases: Lease[];
  activations: Activation[];
  frames: Record<ScopeId, Frame>;
  /** By scope whose operator has ended, while something is left in it: the nearest scope around in which something is left. */
  around?: Record<ScopeId, ScopeId>;
  /** The scopes of correlations in which something is left. Absent: there are none. */
  correlations?: ScopeId[];
  /** The id that the scopes of correlations are derived from, since it was copied. Absent: its own id. */
  correlatedBy?: string;
  joins: Join[];
  cascades: Record<string, Cascade>;
  signals: QueuedSignal[];
  interrupts: Interrupt[];
  /** Waits that expire at or before this time (ms) have expired. Absent: no due wait is left in the head. */
  expiredUntil?: number;
  /** Absent: there are none. */
  endings?: EndingRow[];
  /** It failed because the head could take no more. Due waits stay in the head until a redrive or the end. */
  overfull?: true;
  /** Absent: there are none. */
  interventions?: InterventionRow[];
  state: Record<string, Value>;
  /** The newest entries; older ones are in the ledger store, `spilled` counts them. */
  ledger: LedgerEntry[];
  spilled: number;
  outbox: OutboxRow[];
  /** What hosts have declared that chunks will require. */
  requirements?: Requirement[];
  /** A host has the execution to itself. */
  hostLease?: HostLease;
  /** Hops through the queue since something came from outside. */
  hops?: number;
  /** Since when the execution is idle, while an automatic close is due. */
  idleSince?: number;
  /** Due time for which a delayed message was sent. */
  armed?: number;
}

/** While it lives only the host's own worker runs anything; outside signals and answers are accepted and wait. */
export interface HostLease {
  owner: string;
  /** Of the claim: a repeat is recognised by it. */
  mark: string;
  fence: number;
  until: number;
}
