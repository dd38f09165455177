/** What the client shows of executions and interrupts. JSON; times are ISO 8601 in UTC. */
import type { ZodType } from 'zod';
import type { FailureInfo, ResumeEntry } from '../../engine/head.ts';
import type { Attribution } from '../../engine/outside/attribution.ts';
import type { ExecutionStatus } from '../../engine/time/lifecycle.ts';
import type { Intervention } from '../../flow/authoring/facilities.ts';
import type { ResumeTo } from '../../flow/authoring/interrupt.ts';
import type { RequirementOptions } from '../../flow/authoring/requirements.ts';
import type { Json } from '../../flow/json.ts';
import type { GivenOptions, ShownOptions } from '../../flow/options/execution.ts';
import type { Listing, Position } from '../../ports/execution-store.ts';
import type {
  InspectOptions,
  LoadAnswer,
  LoadOptions,
  LoadReport,
  SaveOptions,
  Snapshot,
} from '../snapshot/document.ts';
import type { UnfilledJoin } from '../view/unfilled.ts';
import type { HostFlowData } from './flow-data.ts';

export type { Attribution };

export interface ExecutionView extends ShownOptions {
  readonly executionId: string;
  readonly flow: string;
  /** The task list it was started with; only where the flow was made from one. */
  readonly definition?: Json;
  readonly status: ExecutionStatus;
  readonly lifecycle: 'open' | 'sealed' | 'closed';
  readonly state: { readonly [key: string]: Json };
  readonly interrupts: readonly InterruptView[];
  /** Absent: there are none. */
  readonly interventions?: readonly Intervention[];
  /** The close snapshot, only once closed: the state, and `$interventions` where there are any. */
  readonly result?: Json;
  readonly error?: FailureInfo;
  /** How it came to be closed: by itself, by a call, by a cancel. */
  readonly closeReason?: 'auto' | 'manual' | 'cancelled';
  /** What the host said when it cancelled. */
  readonly cancelReason?: string;
  readonly cancelledBy?: Readonly<Attribution>;
  /** Of a blocked or closed execution: what waits for what has not come. Absent: nothing. */
  readonly unfilledJoins?: readonly UnfilledJoin[];
  /** Failures that it went on from, the newest 20, oldest first. Absent: there were none. */
  readonly tolerated?: readonly ToleratedView[];
  /** What has failed for good and can be tried again. Absent: nothing. */
  readonly failed?: readonly { readonly activationId: string; readonly chunk: string }[];
  readonly forkedFrom?: string;
  /** Oldest first. Absent: there were none. */
  readonly redrives?: readonly RedriveView[];
  readonly createdAt: string;
  readonly closedAt?: string;
  /** Parts that were left out, because the view would be larger than asked for; see `Client.get`. */
  readonly omitted?: readonly OmittedPart[];
}

export type OmittedPart = 'definition' | 'state' | 'result' | 'interrupts' | 'interventions';

/** An execution in a list: what its head says, without values. */
export interface ExecutionSummary
  extends Pick<
    ExecutionView,
    | 'executionId'
    | 'flow'
    | 'status'
    | 'lifecycle'
    | keyof ShownOptions
    | 'error'
    | 'closeReason'
    | 'cancelReason'
    | 'cancelledBy'
    | 'forkedFrom'
    | 'createdAt'
    | 'closedAt'
  > {
  /** The oldest 10. */
  readonly interrupts: readonly Omit<InterruptView, 'payload'>[];
  /** How many waits are pending. */
  readonly waiting: number;
}

export interface ToleratedView extends Pick<FailureInfo, 'name' | 'chunk' | 'code'> {
  /** `skipped`: its branch has ended. `handled`: a chunk was given it. `caught`: the chunk that awaited it went on. */
  readonly how: 'skipped' | 'handled' | 'caught';
  readonly at: string;
}

/** A redrive, and what had failed before it. */
export interface RedriveView extends Readonly<Attribution> {
  readonly redriveId: string;
  readonly at: string;
  readonly error: Pick<FailureInfo, 'name' | 'chunk' | 'code'>;
}

export interface InterruptView {
  readonly executionId: string;
  readonly interruptId: string;
  readonly flow: string;
  readonly type: string;
  readonly payload: Json;
  /** Where the answer goes; see `pauseFor`. */
  readonly resumeTo: ResumeTo;
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** How many waits of this id have ended before. Absent: none. */
  readonly generation?: number;
  /** Only an authenticated caller may answer. Absent: whoever holds a link may, too. */
  readonly requireActor?: true;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page starts; absent on the last one. */
  readonly next?: PagePosition;
}

/** The end of a page: an execution, and a wait of it where more of its waits follow. */
export interface PagePosition extends Position {
  readonly wait?: { readonly createdAt: number; readonly id: string };
}

export interface PageQuery {
  readonly after?: PagePosition;
  /** 1 to 100. */
  readonly limit: number;
}

export type StartAnswer =
  /** `ignored`: it was created, then sealed or closed before it was started. */
  | {
      readonly kind: 'started' | 'existing' | 'ignored';
      readonly executionId: string;
      readonly status: ExecutionStatus;
    }
  /** The id belongs to an execution with other input or of another flow. */
  | { readonly kind: 'conflict'; readonly executionId: string };

/** `exists`: the id belongs to an execution, of whatever flow. */
export interface CreateAnswer {
  readonly kind: 'created' | 'exists';
  readonly executionId: string;
}

/** `entry` has who and when, never the value. */
export type ResumeAnswer =
  | { readonly kind: 'accepted' | 'duplicate'; readonly requestId: string; readonly entry: ResumeEntry }
  | {
      readonly kind: 'mismatch' | 'conflict' | 'gone';
      readonly entry: ResumeEntry;
      /** The newest generation of the id, where the answer was for an older one. */
      readonly newest?: number;
    }
  /** `actorRequired`: the wait takes answers of verified actors only. `revoked`: the link was. Nothing was written. */
  | { readonly kind: 'actorRequired' | 'revoked' }
  /** The host lease named by the answer is over; nothing was written. Claim again and repeat it. */
  | { readonly kind: 'leaseExpired' }
  | { readonly kind: 'unknown' };

export type SignalAnswer = 'accepted' | 'duplicate' | 'mismatch' | 'ignored' | 'unknown' | 'busy';

export interface InterveneOptions {
  /** Only for intervention points, in `auto` mode chunks, of this name. */
  readonly target?: string;
  readonly author?: string;
  /** Whether the author was authenticated. */
  readonly verified?: boolean;
  /** The name that the caller gave beside an author that is known otherwise. */
  readonly claimed?: string;
  readonly note?: string;
  /** A repeat with the same id is answered as the first one was taken, and adds nothing. */
  readonly id?: string;
}

export interface InterventionAnswer {
  readonly version: number;
  readonly status: Intervention['status'];
}

/** `already`: there was nothing to change. */
export type HostAnswer = 'applied' | 'already' | 'unknown';

export type ForkAnswer =
  | { readonly kind: 'forked'; readonly executionId: string }
  /** An earlier call with this id has made the copy. */
  | { readonly kind: 'exists'; readonly executionId: string }
  /** Nothing, or not the activation that was named, has failed and could be tried again. */
  | { readonly kind: 'notFailed' | 'unknown' };

/** `gone`: nobody waits any more. `full`: the wait has had as many links revoked as it can. */
export type RevokeAnswer = 'revoked' | 'already' | 'gone' | 'full' | 'unknown';

/** Who calls. */
export interface Caller {
  readonly actor?: string;
  /** Whether the calling process has authenticated the actor. */
  readonly verified?: boolean;
  /** The name that the caller gave beside an actor that is known otherwise. */
  readonly claimed?: string;
}

/** `duplicate`: a redrive with this id was accepted before. `notFailed`: there is nothing that could be tried again. */
export type RedriveAnswer = 'redriven' | 'duplicate' | 'notFailed' | 'unknown';

export type CloseAnswer =
  | { readonly kind: 'closing' | 'closed' | 'unknown' }
  | { readonly kind: 'pendingInterrupts'; readonly ids: readonly string[] };

/** What the callback page needs of one interrupt. */
export type InterruptLookup =
  /** `schema` is the resume schema of the chunk, if it has one. */
  | { readonly kind: 'pending'; readonly interrupt: InterruptView; readonly schema?: ZodType }
  | { readonly kind: 'resolved'; readonly entry: ResumeEntry }
  /** The link that was named was revoked. */
  | { readonly kind: 'revoked' }
  | { readonly kind: 'unknown' };

export interface StreamView {
  /** Position, from 1, without gaps. */
  readonly seq: number;
  readonly chunk: string;
  /** A repeat of an attempt adds its items again. */
  readonly attempt: number;
  readonly item: Json;
}

export interface StreamPage {
  readonly items: readonly StreamView[];
  /** The `after` of the next page. */
  readonly cursor: number;
  /** The execution is closed or its stream was stopped, and nothing comes after these items, unless a failed one is tried again. */
  readonly ended: boolean;
}

/** What is absent is as the flow says; see `defineFlow`. */
export interface StartOptions extends GivenOptions {
  readonly id?: string;
}

/** State writes of hosts. A write with the same id is made once. */
export interface HostWriteOptions {
  readonly id?: string;
}

/**
 * The state of an execution, for hosts. Sealed or closed executions answer `ignored`.
 * @throws FlowError `invalid_value` against the contract, or where a path goes through a scalar
 */
export interface HostState {
  set(path: string, value: Json, options?: HostWriteOptions): Promise<SignalAnswer>;
  append(path: string, item: Json, options?: HostWriteOptions): Promise<SignalAnswer>;
  increment(path: string, by?: number, options?: HostWriteOptions): Promise<SignalAnswer>;
  delete(path: string, options?: HostWriteOptions): Promise<SignalAnswer>;
}

/** `held`: another host, or the session of a worker, has the execution. Times in milliseconds. */
export type ClaimAnswer =
  | { readonly kind: 'claimed'; readonly fence: number; readonly until: number }
  | { readonly kind: 'held'; readonly owner?: string; readonly until?: number }
  | { readonly kind: 'unknown' };

/** The host side of executions. Answers at acceptance; expected races are answers, not errors. */
export interface Client {
  /**
   * @param options.id 1 to 128 letters, digits and `_ . : @ = -`; starting the same id again with equal validated input is `existing`
   * @throws FlowError `unknown_flow`, `invalid_input` (naming the path), `invalid_request` (bad id)
   */
  start(flow: string, input: unknown, options?: StartOptions): Promise<StartAnswer>;
  /** Makes an execution that `start` with its id starts later. Signals and state writes may come before. */
  create(flow: string, options?: StartOptions): Promise<CreateAnswer>;
  state(executionId: string): HostState;
  /** @param limit `null`: any number. @throws FlowError `invalid_request` */
  setConcurrency(executionId: string, limit: number | null): Promise<HostAnswer>;
  /** Part of what is saved from now on; see `inspectLoad`. @throws FlowError `invalid_request`, `definition_invalid` */
  declareResourceRequirement(executionId: string, key: string, options?: RequirementOptions): Promise<HostAnswer>;
  /**
   * Takes the execution for one host: while the lease lives, workers leave it alone; outside signals and answers are accepted
   * and wait. Claiming again as the same owner prolongs it under a new fence.
   * @param ttl milliseconds
   */
  claim(executionId: string, owner: string, ttl: number): Promise<ClaimAnswer>;
  /** Prolongs a host lease. @returns false: it is over */
  heartbeat(executionId: string, fence: number, ttl: number): Promise<boolean>;
  release(executionId: string, fence: number): Promise<boolean>;
  /**
   * The whole execution as one document; `undefined` for an unknown one. Files of its workspace and stream items stay in the
   * stores: who loads it over the same ones has the files.
   */
  save(executionId: string, options?: SaveOptions): Promise<Snapshot | undefined>;
  /** Whether a document could be loaded here and would find what it requires. Changes nothing. */
  inspectLoad(document: unknown, options?: InspectOptions): LoadReport;
  /**
   * Goes on where a document was saved, nothing dropped, nothing early. Resources are not looked at: a chunk that requires an
   * absent one fails then.
   * @throws FlowError `snapshot_invalid`, `definition_mismatch`, `execution_conflict` (the id is taken), `invalid_request`
   */
  load(document: unknown, options?: LoadOptions): Promise<LoadAnswer>;
  /** @throws FlowError `unknown_flow`; the calls throw `invalid_value`, `value_too_large`, `contention` */
  flowData(flow: string): HostFlowData;
  /**
   * @param options.most bytes of JSON that the view may have, about: values that do not fit are left out and named in `omitted`.
   * Default: all are there
   */
  get(executionId: string, options?: { readonly most?: number }): Promise<ExecutionView | undefined>;
  /** Newest first over all listings of the flows of the app, or of one. */
  list(query: PageQuery & { readonly flow?: string; readonly listing?: Listing }): Promise<Page<ExecutionSummary>>;
  /** Pending interrupts, newest execution first, an execution's oldest wait first. A page also ends after 3 MB. */
  interrupts(query: PageQuery): Promise<Page<InterruptView>>;
  /**
   * @param generation of the waits that had this id, from 0. Absent: the newest
   * @param link id of the link by which somebody looks
   */
  lookup(executionId: string, interruptId: string, generation?: number, link?: string): Promise<InterruptLookup>;
  /**
   * The stream behind position `after`, as far as it is there now; `undefined` for an unknown execution.
   * @param query.limit at least 1
   */
  readStream(
    executionId: string,
    query: { readonly after: number; readonly limit: number },
  ): Promise<StreamPage | undefined>;
  /**
   * @param answer.requestId derived from interrupt and value when absent, so that a plain retry is safe
   * @param answer.link id of the link that it came by; one that was revoked answers nothing
   * @param answer.host fence of the host lease by which the answer is given
   * @param answer.generation only this one of the waits that had the id (from 0); for another one the ledger answers
   * @param answer.expired the caller's right to answer has ended: only the ledger answers, a pending wait is `gone`
   * @throws FlowError `invalid_value` (against the resume schema, naming the path)
   */
  resume(
    executionId: string,
    interruptId: string,
    answer: Caller & {
      readonly value: Json;
      readonly requestId?: string;
      readonly generation?: number;
      readonly expired?: boolean;
      readonly host?: number;
      readonly via?: 'link';
      readonly link?: string;
    },
  ): Promise<ResumeAnswer>;
  /**
   * @param options.correlation signals of equal correlation meet in joins, and what they start shares one scope; without one a
   * signal meets others in the root scope, and what it starts is its own. With one it ends the waits for it in that scope, around
   * and inside it, without one all of them
   * @throws FlowError `invalid_value` against the contract, `invalid_request`
   */
  signal(
    executionId: string,
    name: string,
    value: Json,
    options?: { readonly id?: string; readonly correlation?: string },
  ): Promise<SignalAnswer>;
  /**
   * Adds context for chunks that have not run yet. It starts nothing, and expires when the execution closes before it is taken.
   * @throws FlowError `interventions_off`, `interventions_closed` (sealed or closed), `unknown_execution`, `invalid_value`,
   * `invalid_request` (bad id or text), `mismatch` (the id was used with something else)
   */
  intervene(executionId: string, payload: Json, options?: InterveneOptions): Promise<InterventionAnswer>;
  /** Stops the intake of outside signals until `unseal`. */
  seal(executionId: string): Promise<HostAnswer>;
  unseal(executionId: string): Promise<HostAnswer>;
  /** Ends everything at once: running chunks are aborted, waits and timers are over, the status is `cancelled`. */
  cancel(executionId: string, options?: Caller & { readonly reason?: string }): Promise<HostAnswer>;
  /** Ends one link to a pending wait; others go on. @throws FlowError `invalid_request` (bad link id) */
  revokeLink(executionId: string, interruptId: string, linkId: string): Promise<RevokeAnswer>;
  /**
   * Tries again what has failed for good, with fresh attempts and the same idempotency keys; an execution that was closed as
   * failed is open again. What was cancelled stays so.
   * @param options.id a repeat with the same id changes nothing
   * @throws FlowError `invalid_request` (bad id)
   */
  redrive(executionId: string, options?: Caller & { readonly id?: string }): Promise<RedriveAnswer>;
  /**
   * Copies a failed execution, as it is now, under another id, and tries again there what has failed; the original stays as it
   * is. Files are shared with it.
   * @param options.activationId only this one, of those that `failed` of the view lists
   * @throws FlowError `execution_conflict` (the id belongs to another execution), `invalid_request`
   */
  fork(
    executionId: string,
    options?: Caller & { readonly id?: string; readonly activationId?: string },
  ): Promise<ForkAnswer>;
  close(executionId: string, options?: { readonly pendingInterrupts?: 'reject' | 'cancel' }): Promise<CloseAnswer>;
}
