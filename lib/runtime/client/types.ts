/** The client: what hosts can do to executions, and how each call answers. */
import type { ZodType } from 'zod';
import type { ResumeEntry } from '../../engine/head.ts';
import type { ExecutionStatus } from '../../engine/time/lifecycle.ts';
import type { Intervention } from '../../flow/authoring/facilities.ts';
import type { RequirementOptions } from '../../flow/authoring/requirements.ts';
import type { Json } from '../../flow/json.ts';
import type { GivenOptions } from '../../flow/options/execution.ts';
import type { Listing } from '../../ports/execution-store.ts';
import type {
  InspectOptions,
  LoadAnswer,
  LoadOptions,
  LoadReport,
  SaveOptions,
  Snapshot,
} from '../snapshot/document.ts';
import type { HostFlowData } from './flow-data.ts';
import type { ExecutionSummary, ExecutionView, InterruptView, Page, PageQuery, StreamPage } from './views.ts';

export type { Attribution } from '../../engine/outside/attribution.ts';
export type * from './views.ts';

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

export type InterventionAnswer =
  | { readonly kind: 'accepted'; readonly version: number; readonly status: Intervention['status'] }
  | { readonly kind: 'unknown' };

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

/** `over`: the lease has ended, or another one has replaced it. */
export type LeaseAnswer = 'applied' | 'over' | 'unknown';

/** What the callback page needs of one interrupt. */
export type InterruptLookup =
  /** `schema` is the resume schema of the chunk, if it has one. */
  | { readonly kind: 'pending'; readonly interrupt: InterruptView; readonly schema?: ZodType }
  | { readonly kind: 'resolved'; readonly entry: ResumeEntry }
  /** The link that was named was revoked. */
  | { readonly kind: 'revoked' };

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

/**
 * The host side of executions. Acts answer at acceptance; expected races are answers, not errors. Where there is no such execution,
 * interrupt or link, reads answer `undefined` and acts answer `unknown`.
 */
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
  /** Prolongs a host lease. */
  heartbeat(executionId: string, fence: number, ttl: number): Promise<LeaseAnswer>;
  release(executionId: string, fence: number): Promise<LeaseAnswer>;
  /**
   * The whole execution as one document. Files of its workspace and stream items stay in the
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
  lookup(
    executionId: string,
    interruptId: string,
    generation?: number,
    link?: string,
  ): Promise<InterruptLookup | undefined>;
  /**
   * The stream after position `after`, as far as it is there now.
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
   * @throws FlowError `interventions_off`, `interventions_closed` (sealed or closed), `invalid_value`,
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
