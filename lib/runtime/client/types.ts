/** The client: calls on executions and their answers. */
import type { ZodType } from 'zod';
import type { ResumeEntry } from '../../engine/head.ts';
import type { ExecutionStatus } from '../../engine/time/lifecycle.ts';
import type { Intervention } from '../../flow/authoring/facilities.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { RequirementOptions } from '../../flow/authoring/requirements.ts';
import type { Json } from '../../flow/json.ts';
import type { Attributed, GivenOptions } from '../../flow/options/execution.ts';
import type { Asking } from '../../flow/pipe/chunk-types.ts';
import type { EnvOfFlow } from '../../flow/pipe/pipe.ts';
import type { BulkAnswer, BulkRequest } from '../bulk/types.ts';
import type { HistoryItem, HistoryPage, HistoryQuery, HistorySummary } from '../history/views.ts';
import type {
  InspectOptions,
  LoadAnswer,
  LoadOptions,
  LoadReport,
  SaveOptions,
  Snapshot,
} from '../snapshot/document.ts';
import type { FlowClient, Sent } from './flow-client.ts';
import type { HostFlowData } from './flow-data.ts';
import type { HostState } from './host-state.ts';
import type {
  ExecutionFilter,
  ExecutionSummary,
  ExecutionView,
  InterruptView,
  Page,
  PageQuery,
  StreamPage,
  ValuePart,
} from './views.ts';

export type { Attribution } from '../../engine/outside/attribution.ts';
export type * from '../bulk/types.ts';
export type * from '../history/views.ts';
export type * from './host-state.ts';
export type * from './views.ts';

export interface HistoryOptions extends Pick<HistoryQuery, 'after' | 'chunk'> {
  readonly follow?: boolean;
}

export interface GetOptions {
  /**
   * Approximate limit in bytes of JSON: values that do not fit are left out and named in `omitted`. Default: no limit.
   */
  readonly most?: number;
  /**
   * Waits so many milliseconds for the execution to close, to fail or to wait for answers or a time. It reads the head
   * at most once a second. Default 0: the view is that of now.
   */
  readonly wait?: number;
}

export type StartAnswer =
  /** `ignored`: the execution was created, then sealed or closed before its start. */
  | {
      readonly kind: 'started' | 'existing' | 'ignored';
      readonly executionId: string;
      readonly status: ExecutionStatus;
    }
  /** The id belongs to an execution of another flow or with another input. */
  | { readonly kind: 'conflict'; readonly executionId: string };

/** `exists`: the id belongs to an execution of this or another flow. */
export interface CreateAnswer {
  readonly kind: 'created' | 'exists';
  readonly executionId: string;
}

/** An answer to a wait, typed by the chunk that asked. */
export interface GivenAnswer<Answer = unknown> extends Caller {
  readonly value: Sent<NoInfer<Answer>>;
  /** The chunk that asked, or its name. A pending wait of another chunk refuses the answer. Default: any chunk. */
  readonly chunk?: Asking<Answer> | string;
  /** Idempotency key. Default: derived from interrupt and value, so a plain retry is safe. */
  readonly requestId?: string;
  /** Which of the waits with this id, from 0; another one is answered from the ledger. Default: the newest. */
  readonly generation?: number;
  /** Fence of the host lease under which the answer is given. */
  readonly host?: number;
  readonly via?: 'link';
  /** Id of the link that was used; a revoked link cannot answer. */
  readonly link?: string;
  /** The caller's right to answer has expired: the ledger still answers, a pending wait is `gone`. */
  readonly expired?: boolean;
}

/** An answer that names the chunk that asked. */
export interface ChunkAnswer<Answer> extends GivenAnswer<Answer> {
  readonly chunk: Asking<Answer> | string;
}

/** `entry` records who answered and when, never the value. */
export type ResumeAnswer =
  | { readonly kind: 'accepted' | 'duplicate'; readonly requestId: string; readonly entry: ResumeEntry }
  | {
      readonly kind: 'mismatch' | 'conflict' | 'gone';
      readonly entry: ResumeEntry;
      /** Newest generation of this interrupt id, when the answer was for an older one. */
      readonly newest?: number;
    }
  /** `actorRequired`: only a verified actor may answer. `revoked`: the link was revoked. Nothing was written. */
  | { readonly kind: 'actorRequired' | 'revoked' }
  /** The host lease of the answer has ended; nothing was written. Claim again and repeat the answer. */
  | { readonly kind: 'leaseExpired' }
  | { readonly kind: 'unknown' };

export type SignalAnswer = 'accepted' | 'duplicate' | 'mismatch' | 'ignored' | 'unknown' | 'busy';

/** Options of a call that is applied once. */
export interface RequestOptions {
  /** Idempotency key: a repeat with the same id gets the first answer and changes nothing. Default: a random id. */
  readonly requestId?: string;
}

export interface InterveneOptions extends RequestOptions {
  /** Name of the intervention point, or in `auto` mode of the chunk, that may take it. Default: any. */
  readonly target?: string;
  readonly author?: string;
  /** True: the caller's process authenticated the author. */
  readonly verified?: boolean;
  /** Name that the caller gave; kept beside an authenticated author. */
  readonly claimed?: string;
  readonly note?: string;
}

export type InterventionAnswer =
  | { readonly kind: 'accepted'; readonly version: number; readonly status: Intervention['status'] }
  | { readonly kind: 'unknown' };

/** `already`: the state was set already, so nothing changed. */
export type HostAnswer = 'applied' | 'already' | 'unknown';

export type ForkAnswer =
  | { readonly kind: 'forked'; readonly executionId: string }
  /** An earlier call with this id made the copy. */
  | { readonly kind: 'exists'; readonly executionId: string }
  /** `notFailed`: nothing has failed that could be retried, or not the named activation. */
  | { readonly kind: 'notFailed' | 'unknown' };

/** `gone`: the wait has ended. `full`: the wait has reached the limit of revoked links. */
export type RevokeAnswer = 'revoked' | 'already' | 'gone' | 'full' | 'unknown';

/** `already`: it was withdrawn before. `gone`: the wait has ended otherwise. */
export type WithdrawAnswer = 'withdrawn' | 'already' | 'gone' | 'unknown';

/** Identity of the caller, recorded with the call. */
export interface Caller {
  readonly actor?: string;
  /** True: the calling process authenticated the actor. */
  readonly verified?: boolean;
  /** Name that the caller gave; kept beside an authenticated actor. */
  readonly claimed?: string;
  /** Id of the execution by which `Client.bulk` does this. */
  readonly bulk?: string;
}

export interface RedriveOptions extends Caller, RequestOptions {}

export interface ForkOptions extends Caller {
  /** Id of the copy. A repeat with the same id makes no other copy. Default: a random id. */
  readonly id?: string;
  /**
   * Retry only this failure, one of `failed` in the view. The others fail the copy again when its remaining work has ended.
   */
  readonly activationId?: string;
}

export interface WithdrawOptions extends Caller {
  /** Which of the waits with this id, from 0. Default: the pending one. */
  readonly generation?: number;
}

export interface CancelOptions extends Caller {
  readonly reason?: string;
}

export interface CloseOptions extends Caller {
  /** `reject` (default): refuse the close while waits are pending. `cancel`: end those waits. */
  readonly pendingInterrupts?: 'reject' | 'cancel';
}

/** `duplicate`: a redrive with this id was accepted before. `notFailed`: nothing has failed that could be retried. */
export type RedriveAnswer = 'redriven' | 'duplicate' | 'notFailed' | 'unknown';

export type CloseAnswer =
  | { readonly kind: 'closing' | 'closed' | 'unknown' }
  | { readonly kind: 'pendingInterrupts'; readonly ids: readonly string[] };

/** `over`: the lease has ended or was replaced. */
export type LeaseAnswer = 'applied' | 'over' | 'unknown';

/** One interrupt as the callback page needs it. */
export type InterruptLookup =
  /** `schema` is the resume schema of the chunk, if any. */
  | { readonly kind: 'pending'; readonly interrupt: InterruptView; readonly schema?: ZodType }
  | { readonly kind: 'resolved'; readonly entry: ResumeEntry }
  /** The given link was revoked. */
  | { readonly kind: 'revoked' };

/** Options of one execution. Absent options are those of the flow; see `defineFlow`. */
export interface StartOptions extends GivenOptions, Attributed {
  readonly id?: string;
}

export interface SignalOptions extends RequestOptions, Caller {
  readonly correlation?: string;
}

/** `held`: another host or a worker session holds the execution. Times are milliseconds since the epoch. */
export type ClaimAnswer =
  | { readonly kind: 'claimed'; readonly fence: number; readonly until: number }
  | { readonly kind: 'held'; readonly owner?: string; readonly until?: number }
  | { readonly kind: 'unknown' };

/**
 * Calls on executions. Each act returns once it is durably accepted, before its work runs; expected races are answers,
 * not errors. When there is no such execution, interrupt or link, reads return `undefined` and acts return `unknown`.
 */
export interface Client {
  /** Calls that are typed by the contract of a flow: `client.flow(refund).start(input)`. */
  flow<F extends AnyFlow>(flow: F): FlowClient<EnvOfFlow<F>>;
  /**
   * Starts an execution. A repeat with the same id and an equal validated input returns `existing`.
   * @param options.id 1 to 128 letters, digits and `_ . : @ = -`; default: a random id
   * @throws FlowError `unknown_flow`, `invalid_input` (naming the path), `invalid_request` (bad id or option)
   */
  start(flow: string, input: unknown, options?: StartOptions): Promise<StartAnswer>;
  /**
   * Creates an execution without running it; `start` with its id runs it. It accepts signals and state writes at once.
   */
  create(flow: string, options?: StartOptions): Promise<CreateAnswer>;
  state(executionId: string): HostState;
  /**
   * Sets how many chunks of the execution may run at once.
   * @param limit `null`: no limit
   * @throws FlowError `invalid_request`
   */
  setConcurrency(executionId: string, limit: number | null): Promise<HostAnswer>;
  /**
   * Declares a resource that a load must provide; stored with later saves. See `inspectLoad`.
   * @throws FlowError `invalid_request`, `definition_invalid`
   */
  declareResourceRequirement(executionId: string, key: string, options?: RequirementOptions): Promise<HostAnswer>;
  /**
   * Claims the execution for one host: workers skip it while the lease lives; signals and answers are accepted and
   * wait. Claiming again as the same owner extends the lease under a new fence.
   * @param ttl milliseconds, more than 0, at most 100 years
   * @throws FlowError `invalid_request`
   */
  claim(executionId: string, owner: string, ttl: number): Promise<ClaimAnswer>;
  /** Extends a host lease to `ttl` milliseconds from now. @throws FlowError `invalid_request` */
  heartbeat(executionId: string, fence: number, ttl: number): Promise<LeaseAnswer>;
  release(executionId: string, fence: number): Promise<LeaseAnswer>;
  /**
   * Returns the whole execution as one document. Workspace files and stream items stay in the stores.
   * @throws FlowError `contention`, `definition_missing`
   */
  save(executionId: string, options?: SaveOptions): Promise<Snapshot | undefined>;
  /** Reports whether a document can be loaded here and which required resources are absent. Writes nothing. */
  inspectLoad(document: unknown, options?: InspectOptions): LoadReport;
  /**
   * Creates an execution from a document; it continues exactly where it was saved. Resources are not checked: a chunk
   * that requires an absent one fails.
   * @throws FlowError `snapshot_invalid`, `definition_mismatch`, `execution_conflict` (the id is taken),
   * `invalid_request`
   */
  load(document: unknown, options?: LoadOptions): Promise<LoadAnswer>;
  /**
   * Returns access to the flow's shared data.
   * @throws FlowError `unknown_flow`; its calls throw `invalid_value`, `value_too_large`, `contention`
   */
  flowData(flow: string): HostFlowData;
  /** Returns the view of an execution. @throws FlowError `invalid_request` */
  get(executionId: string, options?: GetOptions): Promise<ExecutionView | undefined>;
  /**
   * Returns the flow in the version that the execution runs.
   * @throws FlowError `definition_missing`
   */
  definition(executionId: string): Promise<AnyFlow | undefined>;
  /**
   * Returns a page of executions, newest first. Filters by status and attribute are checked on each execution: a page reads at
   * most 100 of them, so it may hold fewer items than its limit, also none, while `next` says that there are more.
   * Attributes are found soon after they were set.
   * @throws FlowError `invalid_request`
   */
  list(query: PageQuery & ExecutionFilter): Promise<Page<ExecutionSummary>>;
  /**
   * Returns a page of pending interrupts: newest execution first, oldest wait first within an execution. A page is
   * limited to 3 MB as well.
   */
  interrupts(query: PageQuery): Promise<Page<InterruptView>>;
  /**
   * Returns one interrupt, pending or resolved.
   * @param generation which of the waits with this id, from 0; default: the newest
   * @param link id of the link used to look it up
   */
  lookup(
    executionId: string,
    interruptId: string,
    generation?: number,
    link?: string,
  ): Promise<InterruptLookup | undefined>;
  /**
   * Reads what happened in an execution, in order. It ends with what is there now; with `follow` it goes on until the
   * execution has closed. A record is there at the latest some seconds after it happened, and at once when the work ends.
   * @throws FlowError `unknown_execution`
   */
  history(executionId: string, options?: HistoryOptions): AsyncGenerator<HistoryItem>;
  /** Returns a page of the history. `undefined`: there is no such execution. */
  readHistory(executionId: string, query: HistoryQuery): Promise<HistoryPage | undefined>;
  /** Returns how often what happened at each node, and how long it took. `undefined`: there is no such execution. */
  historySummary(executionId: string): Promise<HistorySummary | undefined>;
  /**
   * Returns a part of the JSON text of a value: for values that a view leaves out. All parts together are the text,
   * unless the value is changed in between.
   * @param path `input`, `state.<key>`, `interventions.<index>`, or `history.<seq>.<name>` of a value that a record shortens
   * @param options.from position in characters, from `next` of the part before; default 0
   * @param options.most most characters, at least 2; default 1,000,000
   * @throws FlowError `invalid_request` when the execution has no such value
   */
  readValue(
    executionId: string,
    path: string,
    options?: { readonly from?: number; readonly most?: number },
  ): Promise<ValuePart | undefined>;
  /** Returns the items after position `after` that exist now. @param query.limit at least 1 */
  readStream(
    executionId: string,
    query: { readonly after: number; readonly limit: number },
  ): Promise<StreamPage | undefined>;
  /**
   * Answers an interrupt. With `chunk` the value is typed by the `resume` schema of that chunk.
   * @throws FlowError `invalid_value` against the resume schema (naming the path), `invalid_request` (another chunk
   * asked), `value_too_large`, `contention`, `head_too_large`
   */
  resume<Answer>(executionId: string, interruptId: string, answer: GivenAnswer<Answer>): Promise<ResumeAnswer>;
  /**
   * Sends a signal from outside.
   * @param options.correlation Signals of equal correlation meet in joins, and the work they start shares one scope.
   * They end the waits for them in that scope, around and inside it. Without a correlation a signal meets others in the
   * root scope, the work it starts gets its own scope, and it ends all waits for it.
   * @throws FlowError `invalid_value` against the contract, `invalid_request`
   */
  signal(executionId: string, name: string, value: Json, options?: SignalOptions): Promise<SignalAnswer>;
  /**
   * Adds context for chunks that have not run yet. It starts no work, and expires if no chunk takes it before the
   * close.
   * @throws FlowError `interventions_off`, `interventions_closed` (sealed or closed), `invalid_value`,
   * `invalid_request` (bad id or text), `mismatch` (the id was used for another intervention)
   */
  intervene(executionId: string, payload: Json, options?: InterveneOptions): Promise<InterventionAnswer>;
  /** Rejects outside signals until `unseal`. */
  seal(executionId: string): Promise<HostAnswer>;
  unseal(executionId: string): Promise<HostAnswer>;
  /**
   * Pauses the execution: running chunks end, and nothing begins until `unpause`. Signals and answers are accepted; deadlines
   * that pass are handled after the pause.
   */
  pause(executionId: string, options?: Caller): Promise<HostAnswer>;
  unpause(executionId: string, options?: Caller): Promise<HostAnswer>;
  /** Ends the execution at once: running chunks are aborted, waits and timers end, the status becomes `cancelled`. */
  cancel(executionId: string, options?: CancelOptions): Promise<HostAnswer>;
  /**
   * Ends a pending wait without an output: later answers are `gone`, and its branch ends as a skipped one does. An answer that
   * was accepted before wins.
   * @throws FlowError `invalid_request` (an unknown option)
   */
  withdraw(executionId: string, interruptId: string, options?: WithdrawOptions): Promise<WithdrawAnswer>;
  /** Revokes one link to a pending wait; other links stay valid. @throws FlowError `invalid_request` (bad link id) */
  revokeLink(executionId: string, interruptId: string, linkId: string): Promise<RevokeAnswer>;
  /**
   * Retries final failures with fresh attempts and the same idempotency keys. An execution closed as failed is opened
   * again; a cancelled one stays cancelled.
   * @throws FlowError `invalid_request` (bad id)
   */
  redrive(executionId: string, options?: RedriveOptions): Promise<RedriveAnswer>;
  /**
   * Copies a failed execution under another id and retries its failures there. The original is unchanged; both share
   * the files.
   * @throws FlowError `execution_conflict` (the id belongs to another execution), `invalid_request`
   */
  fork(executionId: string, options?: ForkOptions): Promise<ForkAnswer>;
  close(executionId: string, options?: CloseOptions): Promise<CloseAnswer>;
  /**
   * Acts on all executions that a filter matches, at most 10,000, as an execution of its own.
   * @throws FlowError `invalid_request` (an option, or a filter that matches too many)
   */
  bulk(request: BulkRequest): Promise<BulkAnswer>;
}
