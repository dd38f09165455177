/** What the client shows of executions and interrupts. JSON; times are ISO 8601 in UTC. */
import type { FailureInfo } from '../../engine/head.ts';
import type { Attribution } from '../../engine/outside/attribution.ts';
import type { ExecutionStatus } from '../../engine/time/lifecycle.ts';
import type { Intervention } from '../../flow/authoring/facilities.ts';
import type { ResumeTo } from '../../flow/authoring/interrupt.ts';
import type { Json } from '../../flow/json.ts';
import type { ShownOptions } from '../../flow/options/execution.ts';
import type { Position } from '../../ports/execution-store.ts';
import type { UnfilledJoin } from '../view/unfilled.ts';

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
