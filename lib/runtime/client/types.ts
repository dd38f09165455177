import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { RequirementOptions } from '../../flow/authoring/requirements.ts';
import type { Json } from '../../flow/json.ts';
import type { EnvOfFlow } from '../../flow/pipe/pipe.ts';
import type { BulkAnswer, BulkRequest } from '../bulk/types.ts';
import type { HistoryItem, HistoryPage, HistoryQuery, HistorySummary } from '../history/views.ts';
import type { EraseAnswer } from '../removal/removal.ts';
import type {
  InspectOptions,
  LoadAnswer,
  LoadOptions,
  LoadReport,
  SaveOptions,
  Snapshot,
} from '../snapshot/document.ts';
import type { ExportLine, ExportOptions, ExportPart } from '../view/export-lines.ts';
import type {
  Caller,
  CancelOptions,
  ClaimAnswer,
  CloseAnswer,
  CloseOptions,
  CreateAnswer,
  ForkAnswer,
  ForkOptions,
  GetOptions,
  GivenAnswer,
  HistoryOptions,
  HostAnswer,
  InterruptLookup,
  InterveneOptions,
  InterventionAnswer,
  LeaseAnswer,
  RedriveAnswer,
  RedriveOptions,
  RerunAnswer,
  RerunOptions,
  ResumeAnswer,
  RevokeAnswer,
  ScheduleView,
  SignalAnswer,
  SignalOptions,
  StartAnswer,
  StartOptions,
  TriggerOptions,
  WithdrawAnswer,
  WithdrawOptions,
} from './call-types.ts';
import type { FlowClient } from './flow-client.ts';
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

export type { Attribution, StartedBy } from '../../engine/outside/attribution.ts';
export type * from '../bulk/types.ts';
export type * from '../history/views.ts';
export type { EraseAnswer } from '../removal/removal.ts';
export type * from '../view/export-lines.ts';
export type * from './call-types.ts';
export type * from './host-state.ts';
export type * from './views.ts';

/** The calls that make no copy of an execution. */
export type Acts = Omit<Client, 'save' | 'inspectLoad' | 'load' | 'fork' | 'rerun'>;

/**
 * Calls on executions. Each act returns once it is durably accepted, before its work runs; expected races are answers,
 * not errors. When there is no such execution, interrupt or link, reads return `undefined` and acts return `unknown`. Calls on an
 * execution that was deleted throw FlowError `erased` or `retention_over`.
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
  /** Returns the schedules of the app's flows, or of one flow, and what each started last. */
  schedules(of?: { readonly flow?: string; readonly id?: string }): Promise<readonly ScheduleView[]>;
  /**
   * Starts an execution now, with the input of a schedule.
   * @throws FlowError `unknown_flow`: there is no such flow or schedule
   */
  trigger(flow: string, scheduleId: string, options?: TriggerOptions): Promise<StartAnswer>;
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
  /**
   * Reads everything that an audit asks for, line by line: the execution, its history with all values, its state, its
   * waits and their answers. Its stream and files are not in it. While it runs, later lines may be newer than earlier ones.
   * @throws FlowError `unknown_execution`
   */
  export(executionId: string): AsyncGenerator<ExportLine>;
  /**
   * Returns a part of the export. It ends with the line that exceeds the limit.
   * @throws FlowError `invalid_request` for a cursor that no part gave
   */
  readExport(executionId: string, options?: ExportOptions): Promise<ExportPart | undefined>;
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
  /**
   * Makes an activation due that waits for its retry, its start time or the end of its sleep. `already`: it runs or is
   * ready. `unknown`: there is no such activation.
   */
  due(executionId: string, activationId: string, options?: Caller): Promise<HostAnswer>;
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
   * Deletes the execution at once: it ends, and what belongs to it is deleted. Its id stays taken; later calls throw `erased`.
   * Copies, shared data, backups and what providers were told are not reached.
   * @throws FlowError `contention`
   */
  erase(executionId: string, options?: Caller): Promise<EraseAnswer>;
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
  /**
   * Copies an open or closed execution under another id. The copy begins at one activation, with the state and the joins
   * that were committed before its first attempt; nothing else is in work there. It has the files and the attributes of
   * the original. Needs a full history.
   * @throws FlowError `rerun_unavailable` (the activation is inside an operator or sub-flow, or what was committed before
   * it is not known), `invalid_input`, `value_too_large`, `execution_conflict` (the id belongs to another execution),
   * `invalid_request`
   */
  rerun(executionId: string, options: RerunOptions): Promise<RerunAnswer>;
  close(executionId: string, options?: CloseOptions): Promise<CloseAnswer>;
  /**
   * Acts on all executions that a filter matches, at most 10,000, as an execution of its own.
   * @throws FlowError `invalid_request` (an option, or a filter that matches too many)
   */
  bulk(request: BulkRequest): Promise<BulkAnswer>;
}
