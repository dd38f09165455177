/**
 * The head: the current state of one execution. It holds active work and no history, so it stays small. It is plain
 * JSON; only `reduce` changes it, and a store keeps it with its revision.
 */

import type { Requirement } from '../flow/authoring/requirements.ts';
import type { NodeId } from '../flow/graph/graph.ts';
import type { Json } from '../flow/json.ts';
import type { Attributes } from '../flow/options/attributes.ts';
import type { ExecutionOptions } from '../flow/options/execution.ts';
import type { Frame, PageOf } from './frame-rows.ts';
import type { HistoryRow } from './history/stubs.ts';
import type { OutboxRow } from './outbox-rows.ts';
import type { Answered, Attribution, StartedBy } from './outside/attribution.ts';
import type { HostLease } from './outside/host-lease.ts';
import type { InterventionRow } from './outside/interventions.ts';
import type { SelfResume } from './outside/questions.ts';
import type { RerunRow } from './outside/reruns.ts';
import type { EndingRow } from './outside/waits.ts';
import type { AttributeWrite } from './values/attributes.ts';
import type { PartedList } from './values/parted-lists.ts';
import type { WaitPage } from './values/wait-pages.ts';
import type { Accepted } from './work/commit-points.ts';

export type { BranchFrame, ChildFrame, Frame, ItemFrame, ListFrame, PageOf } from './frame-rows.ts';
export type {
  AnnounceRow,
  AttributeRow,
  DropRow,
  FlowDataDoneRow,
  FlowDataRow,
  OutboxRow,
  StreamRow,
} from './outbox-rows.ts';
export type { ListPart, PartedList } from './values/parted-lists.ts';

/** Id of the scope of signals, joins and activations. The root scope is the empty string; other ids are hashes. */
export type ScopeId = string;

/**
 * A JSON value: literal (`v`), a reference to a stored value or to an item of a stored list, or an object or list of
 * such values.
 */
export type Value =
  | { readonly v: Json }
  | StoredValue
  | { readonly of: Readonly<Record<string, Value>> }
  | { readonly list: readonly Value[] }
  | PartedList;

/** A value in the value store, or the item `at` of a stored list. `bytes`: its size as JSON; absent: at most 350 KB. */
export interface StoredValue {
  readonly ref: string;
  readonly at?: number;
  readonly bytes?: number;
}

/** The position of a piece of work. Everything that it causes inherits the position. */
export interface Origin {
  scope: ScopeId;
  /** Scope of the enclosing sub-flow frame. Absent: the execution's own flow. */
  home?: ScopeId;
  /**
   * Indexes of the enclosing list items, outermost first: `2-0`. A hash when that is long. Kept after the items end.
   */
  items?: string;
  /** Part of a side branch: its failure lets the main path finish first. */
  side?: true;
  /** Id of the awaited emit that caused it. */
  cascade?: string;
  /** Error handlers among its causes; `''` when one of them caused it through a signal. Absent: none. */
  handlers?: NodeId[];
}

/** One accepted delivery of a value to a chunk. The array keeps the order of acceptance. */
export interface Activation extends Origin {
  id: string;
  node: NodeId;
  input: Value;
  /** Number of the newest attempt. A claim increments it; a refund (an attempt without a culprit) decrements it. */
  attempt: number;
  /** How many of these attempts ended in a question. They do not count towards the attempt limit. */
  asked?: number;
  /** How many redrives retried it. Each redrive counts the attempts from zero. Absent: none. */
  redriven?: number;
  /** Fence of the lease that holds it. Absent: ready, or waiting for `dueAt`. */
  fence?: number;
  /** Earliest time of the next claim (ms), set by a retry. */
  dueAt?: number;
  /** Since when it has been running or, without a fence, ready or waiting for its next attempt (ms). */
  since?: number;
  /** Why its last attempt failed, for the view. Only so many activations have one. */
  error?: { name: string; message: string; code?: string };
  /** The chunk has ended and sleeps until `dueAt`; then its output is `null`. Never claimed. */
  sleeps?: true;
  /**
   * Node of a failed chunk inside an operator. This activation handles the failure, and its output replaces the failed
   * chunk's.
   */
  instead?: NodeId;
  /** A worker vanished while it held this activation and others: from then on it is claimed alone. */
  suspect?: true;
  /** Not claimable: an enclosing item or branch waits for a slot of its operator. */
  parked?: true;
  /** Failed for good. Kept for a redrive, never claimed. */
  failed?: true;
  /** The failure fills the result of an item or branch, and does not stop the execution. */
  tolerated?: true;
  /**
   * Scope of an operator: this activation decides whether its `until` holds. Failed: it holds the failure of the operator.
   */
  asks?: ScopeId;
  /** The page of a list that the chunk is asked for. Absent: it is asked for none, or for the first one. */
  page?: PageOf;
  /** The expired wait that caused the failure. */
  expired?: Interrupt;
  ops?: Accepted;
  /** Cascades of its awaited emits that were not quiet at the last check. While it awaits, it holds no permit. */
  awaiting?: string[];
  /** The answer that runs it again, and how many answers did so. */
  resume?: Resumed;
  /** Who gave the answer that is its input or runs it again. Absent: neither is an answer. */
  answer?: Answered;
}

/** The answer that runs an activation again. */
export interface Resumed {
  value: Value;
  requestId?: string;
  count: number;
  /** Answers to its approvals, by key. If the newest approval runs it again, `value` is that answer. */
  decided?: Record<string, Value>;
  approval?: string;
}

/** A worker session's right to settle its claims. The fence guarantees safety; `until` only avoids duplicate work. */
export interface Lease {
  session: string;
  fence: number;
  until: number;
  /**
   * The session runs nothing else in its process. If it vanishes with one activation, that activation is the culprit.
   */
  solo?: true;
}

/** The work that an awaited emit started. Kept until the emitting activation ends. */
export interface Cascade {
  /** The activation that awaits it. */
  owner: string;
  failure?: FailureInfo;
  /** How many operations of the owner were accepted at the time of the failure. */
  failedAt?: number;
}

/**
 * A half-filled `and`, or a collection, whose name is `node`. `ids` are the signals in its slots; they are the causes
 * of what it starts.
 */
export interface Join {
  kind: 'and' | 'collect';
  node: NodeId;
  scope: ScopeId;
  home?: ScopeId;
  /** Created in the scope of an operator; deleted with it. */
  inOperator?: true;
  slots: Record<string, Value>;
  ids: Record<string, string>;
  /** When a slot was filled, and by which chunk, signal or node. */
  filled?: Record<string, { at: number; by?: string }>;
}

/** An accepted `emitNowait` that is not delivered yet. */
export interface QueuedSignal extends Origin {
  id: string;
  name: string;
  /** Set for a write of key `name`: of the state, or of the flow's shared data. Absent: an emit. */
  source?: 'state' | 'flowData';
  /** An outside signal, queued because the head had no room for its listeners. */
  outside?: true;
  value: Value;
}

/** A durable wait. `activation` is the id of the activation that paused. */
export interface Interrupt extends Origin {
  id: string;
  activation: string;
  node: NodeId;
  type: string;
  payload: Value;
  createdAt: number;
  /** Who gets the answer. Absent: it becomes the chunk's output. */
  resumeTo?: { self: SelfResume } | { event: string };
  instead?: NodeId;
  /** See `Activation.page`. */
  page?: PageOf;
  /** Name of the channel that announces it. Absent: the app's default. */
  channel?: string;
  expiresAt?: number;
  /** The chunk's input, for its error handler. Set only when expiry fails the chunk. */
  input?: Value;
  /** Absent: expiry fails the chunk that paused. `emits`: the value of the event; absent: `null`. */
  onExpiry?: { value: Value } | { event: string; emits?: Value };
  /** How many waits with this id have ended before. Absent: none. */
  generation?: number;
  /** Id of the `endings` row that ended it. Absent: it is pending or has expired. */
  endedBy?: number;
  /** Restarted by a redrive, and not announced yet. */
  untold?: true;
  /** Takes only answers of verified actors. */
  requireActor?: true;
  /** Ids of its revoked links. */
  revoked?: string[];
  /** The `traceparent` of the work that began it. Absent: it was not traced. */
  trace?: string;
}

/** How an interrupt ended. Repeats of its request id are answered from this row, without a time limit. */
export interface ResumeEntry extends Attribution {
  kind: 'resume';
  /** Interrupt id. */
  id: string;
  outcome: 'accepted' | 'expired' | 'cancelled' | 'withdrawn';
  at: number;
  requestId?: string;
  valueHash?: string;
  /** Ids of the revoked links of the wait. */
  revoked?: string[];
  /** Mark of the call whose answer came through the inbox. */
  mark?: string;
}

/** An accepted outside signal. */
export interface SignalEntry extends Attribution {
  kind: 'signal';
  id: string;
  valueHash: string;
  at: number;
}

/** An accepted intervention. */
export interface InterventionEntry {
  kind: 'intervention';
  id: string;
  valueHash: string;
  version: number;
  at: number;
}

export type LedgerEntry = ResumeEntry | SignalEntry | InterventionEntry;

/** A failure that did not stop the execution. */
export interface ToleratedRow extends Pick<FailureInfo, 'name' | 'chunk' | 'code'> {
  /** `skipped`: its branch ended. `handled`: an error handler got it. `caught`: the chunk that awaited it continued. */
  how: 'skipped' | 'handled' | 'caught';
  at: number;
}

/** An accepted redrive, with the failure that it retried. */
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
  /** Nested errors as texts, outermost first: `cause` chains and errors of an `AggregateError`. Absent: none. */
  causes?: readonly string[];
}

export interface Head {
  /**
   * 2 once the head holds what only later versions read: lists in parts, values over 350 KB. 3 while it has pages of waits.
   */
  format: 1 | 2 | 3;
  id: string;
  /**
   * Random incarnation, part of every condition and key. An execution with a reused id never reads leftovers of the
   * former one.
   */
  inc: string;
  flow: string;
  fingerprint: string;
  /** The flow document that came with the start. Any worker can build the flow from it. */
  definition?: Json;
  inputHash: string;
  /** The input, for the view. Absent: nothing has started yet, or the history keeps no values. */
  input?: Value;
  /** Absent: nothing is recorded. */
  history?: HistoryRow;
  options: ExecutionOptions;
  /** By which it is listed. Absent: none. */
  attributes?: Attributes;
  /** Artifact space of its files, set by a load from a snapshot. Absent: its own id. */
  space?: string;
  lifecycle: 'open' | 'sealed' | 'closed';
  /** Created and not started yet. */
  unstarted?: true;
  createdAt: number;
  startedBy?: StartedBy;
  closedAt?: number;
  /** When its retention ends (ms). Absent: it is open, is kept for ever, or was closed by an earlier version. */
  keptUntil?: number;
  /** It was deleted: nothing else is left of it. */
  gone?: GoneRow;
  /** Set by `close` and `cancel`. The execution closes once its accepted work has drained. */
  closing?: 'completed' | 'cancelled';
  /** Reason that the host gave for the cancel. */
  cancelReason?: string;
  cancelledBy?: Attribution;
  /** Since when the host has paused it, and who did. Absent: it is not paused. */
  paused?: Attribution & { at: number };
  /** Pending waits do not block the close: it cancels them, including waits that begin while it drains. */
  cancels?: true;
  failure?: FailureInfo;
  /**
   * Failure of a side branch, or one that a redrive did not retry. It becomes `failure` when the other work has ended.
   */
  sideFailure?: FailureInfo;
  /** The newest ones, oldest first. Absent: none. */
  tolerated?: ToleratedRow[];
  /** Id of the execution that it was copied from. */
  forkedFrom?: string;
  /** The activation of that execution at which this one began. Absent: it is no rerun. */
  rerunFrom?: { activation: string; inputHash?: string };
  /** The newest reruns of it, oldest first. Absent: none. */
  reruns?: RerunRow[];
  /** Absent: none. */
  redrives?: RedriveRow[];
  /** The newest fence. */
  fence: number;
  leases: Lease[];
  activations: Activation[];
  frames: Record<ScopeId, Frame>;
  /** For scopes with live work after their operator has ended: the nearest enclosing scope with live work. */
  around?: Record<ScopeId, ScopeId>;
  /** Scopes of correlations with live work. Absent: none. */
  correlations?: ScopeId[];
  /** Id from which a copy derives the scopes of correlations. Absent: its own id. */
  correlatedBy?: string;
  joins: Join[];
  cascades: Record<string, Cascade>;
  signals: QueuedSignal[];
  interrupts: Interrupt[];
  /** Pages of further waits with their frames, see `values/wait-pages.ts`. Only in stored heads. */
  waitPages?: WaitPage[];
  /** Waits with `expiresAt` up to this time (ms) count as expired. Absent: the head holds none. */
  expiredUntil?: number;
  /** Absent: none. */
  endings?: EndingRow[];
  /** It failed because its head reached its size limit. Due waits stay in the head until a redrive or the close. */
  overfull?: true;
  /** Absent: none. */
  interventions?: InterventionRow[];
  state: Record<string, Value>;
  /** The newest entries. `spilled` counts the older ones, which are in the ledger store. */
  ledger: LedgerEntry[];
  spilled: number;
  outbox: OutboxRow[];
  /** Requirements that hosts declared for chunks. */
  requirements?: Requirement[];
  /** Set while a host has leased the whole execution. */
  hostLease?: HostLease;
  /** Hops through the queue since the last outside event. */
  hops?: number;
  /** When the execution became idle (ms). Set while an automatic close is due. */
  idleSince?: number;
  /** Due time of the delayed message that was sent last. */
  armed?: number;
  /** The `traceparent` of the newest traced commit. Absent: there is none. */
  trace?: string;
}

/** What is left of a deleted execution, so that its id does not start another one. */
export interface GoneRow extends Attribution {
  /** `erased`: a host erased it. `expired`: its retention has ended. */
  how: 'erased' | 'expired';
  at: number;
  /** The id stays taken until this time (ms). */
  until: number;
  /** How an expired one ended. */
  status?: 'completed' | 'failed' | 'cancelled';
  /** When what belonged to it is deleted, or deleted again. Absent: nothing is left. */
  purgeAt?: number;
  /** Its attributes, whose entries are deleted. Absent: none, or they are deleted. */
  attributes?: AttributeWrite[];
  /** Workers that held it may still write, so what belonged to it is deleted once more. */
  again?: true;
}
