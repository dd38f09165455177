/**
 * The events of an execution, and how the reducer answers them. Every event carries an idempotency mark: a session, a
 * token or an id. The reducer recognises a repeat of an applied event by its mark and changes nothing.
 */

import type { Requirement } from '../flow/authoring/requirements.ts';
import type { Json } from '../flow/json.ts';
import type { Attributes } from '../flow/options/attributes.ts';
import type { ExecutionOptions } from '../flow/options/execution.ts';
import type { LedgerEntry, ResumeEntry } from './head.ts';
import type { RecordedEvent } from './history/changes.ts';
import type { Attribution, StartedBy } from './outside/attribution.ts';
import type { RerunEvent, RerunMadeEvent } from './outside/reruns.ts';
import type { AttributeWrite } from './values/attributes.ts';
import type { Token } from './work/claims/attempt-token.ts';
import type { CommitPoint } from './work/commit-points.ts';

/**
 * A state write, in the order of the chunk. `path` is dotted. `nowait`: the commit queues signals to the key's
 * listeners.
 */
export type StateOperation = { readonly nowait?: true } & (
  | { readonly op: 'set'; readonly path: string; readonly value: Json }
  | { readonly op: 'append'; readonly path: string; readonly value: Json }
  | { readonly op: 'increment'; readonly path: string; readonly by: number }
  | { readonly op: 'delete'; readonly path: string }
);

/** How a chunk used an intervention. */
export interface Consumption {
  readonly version: number;
  readonly consumer: string;
  readonly status: 'applied' | 'ignored';
  readonly note?: string;
}

/** A wait that a chunk withdraws: by the id given to `pauseFor`, or all of a type around it. */
export type Withdrawal = { readonly id: string } | { readonly type: string };

/** What an activation did besides its output. The settle commits all of it or nothing. */
export interface Effects {
  readonly state: readonly StateOperation[];
  readonly signals: readonly { readonly name: string; readonly value: Json }[];
  /** Interventions that the activation used. */
  readonly consumed?: readonly Consumption[];
  /**
   * Writes of the flow's shared data. They stay in the outbox until they are applied and the listeners are notified.
   */
  readonly flowData?: readonly StateOperation[];
  /** Attributes that the activation set. */
  readonly attributes?: readonly AttributeWrite[];
  /** Waits that the activation withdrew. */
  readonly withdrawn?: readonly Withdrawal[];
  /** The activation cancels the execution: of its effects only the state writes are kept. */
  readonly cancel?: { readonly reason?: string };
}

export interface ErrorInfo {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** Nested errors as texts, outermost first. Absent: none. */
  readonly causes?: readonly string[];
}

/** How an attempt ended. `entropy` (0 to 1) is the random number from which the retry delay takes its jitter. */
export type Outcome =
  | { readonly kind: 'done'; readonly output: Json; readonly effects: Effects }
  | { readonly kind: 'paused'; readonly pause: Pause; readonly effects: Effects }
  /** A page of a list. Without `next` it is the last one. */
  | { readonly kind: 'page'; readonly items: readonly Json[]; readonly next?: Json; readonly effects: Effects }
  /** At `until` (ms) the chunk's output is `null`. */
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
  /** Id that the chunk chose. Absent: derived from the activation. */
  readonly id?: string;
  /** How often `self` may run the chunk again; `null` = any number. */
  readonly maxResumes: number | null;
  /** Milliseconds, counted from the commit. */
  readonly expiresIn?: number;
  /** `emits`: the value of the event; set when the event's contract converts `null`. */
  readonly onExpiry?: { readonly value: Json } | { readonly event: string; readonly emits?: Json };
  /** Name of the channel that announces the wait. */
  readonly channel?: string;
  /** Only a verified actor may answer. */
  readonly requireActor?: true;
  /** Key of the approval question. A pause with a key does not count towards `maxResumes`. */
  readonly approval?: string;
}

export interface StartEvent {
  readonly type: 'start';
  readonly id: string;
  readonly inc: string;
  readonly flow: string;
  readonly fingerprint: string;
  /** The flow document that came with the start. Absent: the flow is registered in the app. */
  readonly definition?: Json;
  readonly input: Json;
  readonly options: ExecutionOptions;
  readonly attributes?: Attributes;
  readonly startedBy?: Readonly<StartedBy>;
}

/** Creates an execution without starting it; a later start event starts it. */
export interface CreateEvent extends Omit<StartEvent, 'type' | 'input'> {
  readonly type: 'create';
}

/** Reclaims expired leases, then claims until the session holds `limit` activations. */
export interface ClaimEvent {
  readonly type: 'claim';
  readonly session: string;
  /** End of the lease (ms); every claim of the session renews it. */
  readonly until: number;
  /** Leases that ended before this time (ms) are reclaimed first. */
  readonly reclaimBefore: number;
  readonly limit: number;
  /** How many queued signals a new session may deliver first, oldest first: one per signal message that it received. */
  readonly deliver: number;
  /** The session's process runs nothing else, so the session may claim a suspect activation, alone. */
  readonly solo: boolean;
  /** Fence of the host lease under which the session works. */
  readonly host?: number;
}

/** Ends an attempt. The token comes from the claim: a former holder is refused, and a repeat is recognised. */
export interface SettleEvent extends Token {
  readonly type: 'settle';
  readonly outcome: Outcome;
}

/** An awaited emit or watched state write, accepted now with everything the activation did before it. */
export interface EmitEvent extends Token {
  readonly type: 'emit';
  /** Number of operations of the activation up to and including this one. It is the mark of the event. */
  readonly ordinal: number;
  readonly hash: string;
  /** The commit point to compare a repeated attempt with. Absent: all operations are compared. */
  readonly point?: Omit<CommitPoint, 'n'>;
  readonly effects: Effects;
  readonly emits: { readonly signal: string; readonly value: Json } | { readonly state: StateOperation };
}

/**
 * `await`: a repeated attempt waits for a cascade that an earlier attempt started; it holds no permit while it waits.
 * `reenter`: the attempt continues after a quiet cascade. Refused while no permit is free.
 */
export interface AwaitEvent {
  readonly type: 'await' | 'reenter';
  readonly activation: string;
  readonly fence: number;
  readonly cascade: string;
}

/** Renews the lease of a session that has not committed for a while. A session that loses its races posts it. */
export interface HeartbeatEvent {
  readonly type: 'heartbeat';
  readonly session: string;
  readonly until: number;
}

/**
 * Returns a session's activations at the deadline. Started attempts stay counted; the others are refunded. A session
 * that loses its races posts it.
 */
export interface ReleaseEvent {
  readonly type: 'release';
  readonly session: string;
  readonly started: readonly string[];
}

export interface SignalEvent extends Readonly<Attribution> {
  readonly type: 'signal';
  readonly id: string;
  readonly name: string;
  readonly value: Json;
  /** Signals with the same correlation share one scope, so joins combine them. */
  readonly correlation?: string;
  /** The head has no room for the listeners: the signal is queued. */
  readonly isHeld?: boolean;
}

/**
 * Adds context for chunks that have not run yet. `target`: the intervention point, or in `auto` mode the chunk, to take
 * it.
 */
export interface InterveneEvent extends Readonly<Pick<Attribution, 'verified' | 'claimed'>> {
  readonly type: 'intervene';
  readonly id: string;
  readonly payload: Json;
  readonly target?: string;
  readonly author?: string;
  readonly note?: string;
}

/** A write of the flow's shared data was applied. `id` is the id of the operation and the mark of the event. */
export interface FlowDataEvent {
  readonly type: 'flowData';
  readonly id: string;
  readonly key: string;
  /** The whole value of the key; `null` after a delete. */
  readonly value: Json;
}

/** Events that many callers may put into the inbox at once. A later commit folds them into the head. */
export type InboxEvent = SignalEvent | FlowDataEvent | ResumeEvent | HeartbeatEvent | ReleaseEvent;

export interface ResumeEvent extends Readonly<Attribution> {
  readonly type: 'resume';
  readonly interrupt: string;
  /** Which wait of this id is answered, counted from 0. Absent: the pending one. */
  readonly generation?: number;
  readonly requestId: string;
  /** The answer as the resume schema parsed it. */
  readonly value: Json;
  /** Digest of the unparsed answer, so that a changed schema does not turn a repeat into another answer. */
  readonly valueHash: string;
  /** Id of the link through which the answer came. */
  readonly link?: string;
  /** Fence of the host lease under which the answer is given. An expired lease refuses it. */
  readonly host?: number;
  /**
   * When the answer was posted to the inbox (ms), compared with deadlines and host leases. Absent: the commit's time.
   */
  readonly at?: number;
  /** Mark of the call that posted the answer. The ledger keeps it, so the caller recognises its own answer. */
  readonly mark?: string;
}

/** Revokes one link to a wait; other links stay valid. */
export interface RevokeEvent {
  readonly type: 'revoke';
  readonly interrupt: string;
  readonly link: string;
}

/** Ends a wait without an output. */
export interface WithdrawEvent extends Readonly<Attribution> {
  readonly type: 'withdraw';
  readonly interrupt: string;
  /** Which wait of this id, counted from 0. Absent: the pending one. */
  readonly generation?: number;
}

/** Processes a portion of the due work: expired interrupts, sleeping chunks, the close. Any worker may send it. */
export interface TickEvent {
  readonly type: 'tick';
}

/** Fails the execution because its head has reached its size limit. */
export interface OverflowEvent {
  readonly type: 'overflow';
  readonly error: ErrorInfo;
}

export interface CloseEvent extends Readonly<Attribution> {
  readonly type: 'close';
  readonly pendingInterrupts: 'reject' | 'cancel';
}

/** Stops or reopens the intake of outside signals. Accepted work continues, and pending waits take answers. */
export interface SealEvent {
  readonly type: 'seal';
  readonly sealed: boolean;
}

/** Pauses the execution, or ends the pause. */
export interface PauseEvent extends Readonly<Attribution> {
  readonly type: 'pause';
  readonly paused: boolean;
}

/** Makes an activation due that waits for its retry or sleeps. */
export interface DueEvent extends Readonly<Attribution> {
  readonly type: 'due';
  readonly activation: string;
}

/** Cancels at once: running work loses its fence, waits are cancelled and timers deleted. */
export interface CancelEvent extends Readonly<Attribution> {
  readonly type: 'cancel';
  readonly reason?: string;
}

/** Retries what has failed for good. `id` is the mark of the event. */
export interface RedriveEvent extends Readonly<Attribution> {
  readonly type: 'redrive';
  readonly id: string;
  /** Retries only this activation. Absent: all failed activations. */
  readonly activation?: string;
}

/** A state write from outside. It starts the listeners of the key, as an outside signal does. */
export interface HostWriteEvent {
  readonly type: 'write';
  readonly id: string;
  readonly operation: StateOperation;
}

/** Changes the limit of concurrent activations; `null` = unlimited. */
export interface ConcurrencyEvent {
  readonly type: 'concurrency';
  readonly limit: number | null;
}

/** Declares a requirement, or replaces the one with the same key. */
export interface RequireEvent {
  readonly type: 'require';
  readonly requirement: Requirement;
}

/** Leases the execution to a host, or extends the lease of its owner, under a new fence. `mark` identifies the call. */
export interface HostClaimEvent {
  readonly type: 'hostClaim';
  readonly owner: string;
  readonly mark: string;
  readonly until: number;
}

/** Extends the host lease to `until`; without `until` it ends the lease. */
export interface HostRenewEvent {
  readonly type: 'hostRenew';
  readonly fence: number;
  readonly until?: number;
}

/** Deletes outbox rows whose work is done. */
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
  | WithdrawEvent
  | TickEvent
  | OverflowEvent
  | CloseEvent
  | SealEvent
  | PauseEvent
  | DueEvent
  | CancelEvent
  | RedriveEvent
  | RerunEvent
  | RerunMadeEvent
  | RecordedEvent
  | ClearEvent;

/** The reducer's answer to one event. Only `applied` and `accepted` change the head. */
export type Answer =
  | { readonly kind: 'applied' }
  | { readonly kind: 'already' }
  /** The fence or attempt of the event is no longer current. */
  | { readonly kind: 'refused' }
  /** An outside event on a sealed or closed execution, or a redrive of an execution without failures. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'accepted'; readonly entry: LedgerEntry }
  /** `mismatch`: a repeat of the request id with another value. */
  | { readonly kind: 'duplicate' | 'mismatch'; readonly entry: LedgerEntry }
  | { readonly kind: 'conflict' | 'gone'; readonly entry: ResumeEntry }
  | { readonly kind: 'unknown' }
  /** The host lease that the answer names has ended. */
  | { readonly kind: 'leaseExpired' }
  /**
   * `actorRequired`: the wait takes only answers of verified actors. `revoked`: the link was revoked. `full`: the wait
   * has reached its limit of revoked links.
   */
  | { readonly kind: 'actorRequired' | 'revoked' | 'full' }
  | { readonly kind: 'pendingInterrupts'; readonly ids: readonly string[] };
