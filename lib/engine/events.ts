/**
 * What can happen to an execution, and how the reducer answers. Every event carries its own mark (a session, a token, an
 * id), so that a repeat of one that was applied is recognised and changes nothing.
 */

import type { Requirement } from '../flow/authoring/requirements.ts';
import type { NodeId } from '../flow/graph/graph.ts';
import type { Json } from '../flow/json.ts';
import type { ExecutionOptions } from '../flow/options/execution.ts';
import type { Head, LedgerEntry, ResumeEntry, ScopeId } from './head.ts';
import type { Attribution } from './outside/attribution.ts';
import type { CommitPoint } from './work/commit-points.ts';

/** A state write, in the order the chunk made it. Paths are dotted. `nowait`: listeners are told through the queue. */
export type StateOperation = { readonly nowait?: true } & (
  | { readonly op: 'set'; readonly path: string; readonly value: Json }
  | { readonly op: 'append'; readonly path: string; readonly value: Json }
  | { readonly op: 'increment'; readonly path: string; readonly by: number }
  | { readonly op: 'delete'; readonly path: string }
);

/** What a chunk did with an intervention. */
export interface Consumption {
  readonly version: number;
  readonly consumer: string;
  readonly status: 'applied' | 'ignored';
  readonly note?: string;
}

/** What an activation did besides its output; committed with the settle or not at all. */
export interface Effects {
  readonly state: readonly StateOperation[];
  readonly signals: readonly { readonly name: string; readonly value: Json }[];
  /** Interventions it used. */
  readonly consumed?: readonly Consumption[];
  /** Writes of the flow's shared data; they stand in the outbox until they are made and told. */
  readonly flowData?: readonly StateOperation[];
}

export interface ErrorInfo {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** The errors below it as texts, outermost first. Absent: none. */
  readonly causes?: readonly string[];
}

/** How an attempt ended. `entropy` (0 to 1) is the worker's random share of the retry delay. */
export type Outcome =
  | { readonly kind: 'done'; readonly output: Json; readonly effects: Effects }
  | { readonly kind: 'paused'; readonly pause: Pause; readonly effects: Effects }
  /** `null` goes on at `until` (ms). */
  | { readonly kind: 'slept'; readonly until: number; readonly effects: Effects }
  | {
      readonly kind: 'failed';
      readonly error: ErrorInfo;
      readonly fatal: boolean;
      readonly retryAfter?: number;
      readonly entropy: number;
    };

export interface Pause {
  readonly type: string;
  readonly payload: Json;
  readonly resumeTo: 'next' | 'self' | { readonly event: string };
  /** Explicit id. */
  readonly id?: string;
  /** How often `self` may run the chunk again; `null` = any number. */
  readonly maxResumes: number | null;
  /** Milliseconds from the commit. */
  readonly expiresIn?: number;
  /** `emits`: the value of the event where its contract makes something else of `null`. */
  readonly onExpiry?: { readonly value: Json } | { readonly event: string; readonly emits?: Json };
  /** Who announces it. */
  readonly channel?: string;
  /** Only a verified actor may answer. */
  readonly requireActor?: true;
  /** Key of the question that people decide; such a pause counts for no `maxResumes`. */
  readonly approval?: string;
}

export interface StartEvent {
  readonly type: 'start';
  readonly id: string;
  readonly inc: string;
  readonly flow: string;
  readonly fingerprint: string;
  /** What the flow was made from, where it came with the start. */
  readonly definition?: Json;
  readonly input: Json;
  readonly options: ExecutionOptions;
}

/** Makes an execution that is started later. */
export interface CreateEvent extends Omit<StartEvent, 'type' | 'input'> {
  readonly type: 'create';
}

/** Reclaims what expired leases held, then takes work up to `limit` activations held by the session in all. */
export interface ClaimEvent {
  readonly type: 'claim';
  readonly session: string;
  /** Lease end (ms); every claim of the session renews it. */
  readonly until: number;
  /** Leases that ended before this time are reclaimed first. */
  readonly reclaimBefore: number;
  readonly limit: number;
  /** How many queued signals a new session may start first, oldest first: one for each signal message it received. */
  readonly deliver: number;
  /** The session's process runs nothing else: suspects may be claimed (alone). */
  readonly solo: boolean;
  /** Fence of the host lease that the session works for. */
  readonly host?: number;
}

/** `fence` and `attempt` are those of the claim: an old holder is refused, a repeat recognised. */
export interface SettleEvent {
  readonly type: 'settle';
  readonly activation: string;
  readonly fence: number;
  readonly attempt: number;
  readonly outcome: Outcome;
}

/** An awaited emit or watched state write: accepted now, with everything the activation did before it. */
export interface EmitEvent {
  readonly type: 'emit';
  readonly activation: string;
  readonly fence: number;
  readonly attempt: number;
  /** Operations of the activation up to and including this one: its mark. */
  readonly ordinal: number;
  readonly hash: string;
  /** What repeats are compared with. Absent: with all operations, as its earlier ones were. */
  readonly point?: Omit<CommitPoint, 'n'>;
  readonly effects: Effects;
  readonly emits: { readonly signal: string; readonly value: Json } | { readonly state: StateOperation };
}

/**
 * `await`: a repeat of the activation waits for a cascade that an earlier run set off, and takes no permit meanwhile. `reenter`: it
 * goes on after one that is quiet; refused while there is no permit.
 */
export interface AwaitEvent {
  readonly type: 'await' | 'reenter';
  readonly activation: string;
  readonly fence: number;
  readonly cascade: string;
}

/** Prolongs the lease of a session that has been busy without a commit. */
export interface HeartbeatEvent {
  readonly type: 'heartbeat';
  readonly session: string;
  readonly until: number;
}

/** Gives work back at the deadline: what had started keeps its counted attempt, the rest is refunded. */
export interface ReleaseEvent {
  readonly type: 'release';
  readonly session: string;
  readonly started: readonly string[];
}

export interface SignalEvent {
  readonly type: 'signal';
  readonly id: string;
  readonly name: string;
  readonly value: Json;
  /** Signals of equal correlation share one scope, also in joins. */
  readonly correlation?: string;
  /** The head has no room for what it starts: it is queued. */
  readonly isHeld?: boolean;
}

/** Context for chunks that have not run yet. `target`: only for points, or in `auto` mode chunks, of that name. */
export interface InterveneEvent extends Readonly<Pick<Attribution, 'verified' | 'claimed'>> {
  readonly type: 'intervene';
  readonly id: string;
  readonly payload: Json;
  readonly target?: string;
  readonly author?: string;
  readonly note?: string;
}

/** A write of the flow's shared data was made; `id` is the operation's and the mark. */
export interface FlowDataEvent {
  readonly type: 'flowData';
  readonly id: string;
  readonly key: string;
  /** The whole value of the key, `null` once it is deleted. */
  readonly value: Json;
}

/** What may be appended in a crowd, to be folded by a later commit. */
export type InboxEvent = SignalEvent | FlowDataEvent | ResumeEvent;

export interface ResumeEvent extends Readonly<Attribution> {
  readonly type: 'resume';
  readonly interrupt: string;
  /** Which of the waits that had this id is meant, from 0. Absent: whichever is pending. */
  readonly generation?: number;
  readonly requestId: string;
  /** What goes on, checked against the resume schema. */
  readonly value: Json;
  /** Digest of the value as it was received: equality of answers does not depend on a schema. */
  readonly valueHash: string;
  /** The link that it came by. */
  readonly link?: string;
  /** Fence of the host lease by which the answer is given; refused once that lease is over. */
  readonly host?: number;
  /** When it was appended to the inbox (ms): deadlines and host leases are judged by this time. Absent: by the commit's. */
  readonly at?: number;
  /** Of the call that appended it, kept in the ledger: the caller recognises its own answer by it. */
  readonly mark?: string;
}

/** Ends one link to a wait; others go on. */
export interface RevokeEvent {
  readonly type: 'revoke';
  readonly interrupt: string;
  readonly link: string;
}

/** Does a portion of what is due: expired interrupts, sleeps, the close. Any worker may send it at any time. */
export interface TickEvent {
  readonly type: 'tick';
}

/** Fails the execution because its head can take no more of what has to be done. */
export interface OverflowEvent {
  readonly type: 'overflow';
  readonly error: ErrorInfo;
}

export interface CloseEvent {
  readonly type: 'close';
  readonly pendingInterrupts: 'reject' | 'cancel';
}

/** Stops or reopens the intake of outside signals; what is accepted goes on, and so do answers to pending waits. */
export interface SealEvent {
  readonly type: 'seal';
  readonly sealed: boolean;
}

/** Ends everything now: running work is taken away, waits and timers are over. */
export interface CancelEvent extends Readonly<Attribution> {
  readonly type: 'cancel';
  readonly reason?: string;
}

/** Tries again what has failed for good; `id` is its mark. */
export interface RedriveEvent extends Readonly<Attribution> {
  readonly type: 'redrive';
  readonly id: string;
  /** Absent: everything that has failed. */
  readonly activation?: string;
}

/** A state write from outside. What listens to the key starts, as with a signal from outside. */
export interface HostWriteEvent {
  readonly type: 'write';
  readonly id: string;
  readonly operation: StateOperation;
}

/** Changes how many activations may run at once; `null` = any number. */
export interface ConcurrencyEvent {
  readonly type: 'concurrency';
  readonly limit: number | null;
}

/** Declares a requirement, or replaces the one of the same key. */
export interface RequireEvent {
  readonly type: 'require';
  readonly requirement: Requirement;
}

/** Takes the execution for a host, or prolongs what the same owner has, under a new fence. `mark`: the call. */
export interface HostClaimEvent {
  readonly type: 'hostClaim';
  readonly owner: string;
  readonly mark: string;
  readonly until: number;
}

/** Without `until` the lease is over. */
export interface HostRenewEvent {
  readonly type: 'hostRenew';
  readonly fence: number;
  readonly until?: number;
}

/** These outbox rows are done. */
export interface ClearEvent {
  readonly type: 'clear';
  readonly ids: readonly string[];
}

export type FlowEvent =
  | StartEvent
  | HostWriteEvent
  | ConcurrencyEvent
  | RequireEvent
  | HostClaimEvent
  | HostRenewEvent
  | ClaimEvent
  | SettleEvent
  | EmitEvent
  | AwaitEvent
  | HeartbeatEvent
  | ReleaseEvent
  | SignalEvent
  | FlowDataEvent
  | InterveneEvent
  | ResumeEvent
  | RevokeEvent
  | TickEvent
  | OverflowEvent
  | CloseEvent
  | SealEvent
  | CancelEvent
  | RedriveEvent
  | ClearEvent;

/** The answer of the reducer to one event. Only `applied` and `accepted` changed the head. */
export type Answer =
  | { readonly kind: 'applied' }
  | { readonly kind: 'already' }
  /** The token of a settle or heartbeat is not the current one any more. */
  | { readonly kind: 'refused' }
  /** An outside event on a sealed or closed execution; a redrive where nothing has failed. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'accepted'; readonly entry: LedgerEntry }
  /** `mismatch`: the same request id with another value. */
  | { readonly kind: 'duplicate' | 'mismatch'; readonly entry: LedgerEntry }
  | { readonly kind: 'conflict' | 'gone'; readonly entry: ResumeEntry }
  | { readonly kind: 'unknown' }
  /** The answer names a host lease that is over. */
  | { readonly kind: 'leaseExpired' }
  /** The wait takes answers of verified actors only. The link was revoked. No more links of this wait can be. */
  | { readonly kind: 'actorRequired' | 'revoked' | 'full' }
  | { readonly kind: 'pendingInterrupts'; readonly ids: readonly string[] };

export interface SharedLookups {
  readonly data: { readonly [key: string]: Json };
  readonly made: readonly string[];
}

/**
 * What the reducer can't know by itself: large values it must look into, spilled ledger rows, and decisions of user code.
 * It names what it misses in `MissingLookups`; the caller gets that and reduces again.
 */
export interface Lookups {
  /** Shared data by flow, for captures; `made` are the ids of writes that are in it. Absent: not at hand. */
  readonly flowData?: ReadonlyMap<string, SharedLookups>;
  readonly values: ReadonlyMap<string, Json>;
  /** Spilled ledger entries by `ledgerKey`. */
  readonly ledger: ReadonlyMap<string, readonly LedgerEntry[]>;
  /** The value of a state key after a write, as its schema gives it. Throws FlowError `invalid_value`. Absent: there is no contract. */
  readonly written?: (
    head: Head,
    home: ScopeId | undefined,
    operation: StateOperation,
    current: Json | undefined,
  ) => Json | undefined;
  /**
   * How the contract of the sub-flow at a node converts what it captures: a state key, or the input (no key). `undefined`: it
   * takes any value. Both functions throw FlowError `invalid_value`.
   */
  readonly captured?: (
    head: Head,
    home: ScopeId | undefined,
    node: NodeId,
    key: string | undefined,
  ) => ((value: Json) => Json) | undefined;
  /** What user code decided, by activation id: the cases of a match that hit (none: empty); empty for a tap. */
  readonly decisions: ReadonlyMap<string, readonly number[]>;
  /** How many due waits, sleeps and queued signals the events may take; the rest stays due. Absent: all. */
  readonly portion?: number;
  /** More has been accepted than the events say: nothing is closed yet. */
  readonly isMoreToCome?: boolean;
}

/**
 * What the reducer looked up and did not have. A head reduced with missing `flowData`, `values` or `ledger` is half written:
 * throw it away, get them and reduce the same events again. `decisions` are no reason to: what is undecided waits in the head
 * as a ready activation.
 */
export interface MissingLookups {
  readonly flowData: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
  readonly ledger: ReadonlySet<string>;
  readonly decisions: ReadonlySet<string>;
}
