/** Views of executions and interrupts that the client returns: JSON, times as ISO 8601 in UTC. */
import type { FailureInfo } from '../../engine/head.ts';
import type { Attribution, StartedBy } from '../../engine/outside/attribution.ts';
import type { ExecutionStatus } from '../../engine/time/lifecycle.ts';
import type { Intervention } from '../../flow/authoring/facilities.ts';
import type { ResumeTo } from '../../flow/authoring/interrupt.ts';
import type { Json } from '../../flow/json.ts';
import type { Attributes } from '../../flow/options/attributes.ts';
import type { ShownOptions } from '../../flow/options/execution.ts';
import type { Position } from '../../ports/execution-store.ts';
import type { Doing, OpenJoin } from '../view/doing.ts';
import type { OpenList } from '../view/lists.ts';
import type { UnfilledJoin } from '../view/unfilled.ts';

export interface ExecutionView extends ShownOptions {
  readonly executionId: string;
  readonly flow: string;
  /** The task list of a task flow. */
  readonly definition?: Json;
  readonly status: ExecutionStatus;
  /** It waits, and goes on by itself at this time, when the first sleep ends. Absent: nothing sleeps, or it runs. */
  readonly sleepsUntil?: string;
  readonly lifecycle: 'open' | 'sealed' | 'closed';
  readonly state: { readonly [key: string]: Json };
  readonly interrupts: readonly InterruptView[];
  /** Input of the start; absent where the history keeps no values. */
  readonly input?: Json;
  /** What it is doing now: at most 50 activations and waits, the most urgent first. Absent: nothing. */
  readonly doing?: readonly Doing[];
  /** Joins and collections with values, at most 50. Absent: none. */
  readonly joins?: readonly OpenJoin[];
  /** How far its open lists are, at most 50. Absent: none. */
  readonly lists?: readonly OpenList[];
  /** Absent when there are none. */
  readonly interventions?: readonly Intervention[];
  /** The close snapshot, once closed: the state, plus `$interventions` if there are any. */
  readonly result?: Json;
  /** By which it is listed. Absent: none. */
  readonly attributes?: Attributes;
  readonly error?: FailureInfo;
  /** How it closed: automatically, by a close call, or by a cancel. */
  readonly closeReason?: 'auto' | 'manual' | 'cancelled';
  /** Reason given with the cancel. */
  readonly cancelReason?: string;
  readonly cancelledBy?: Readonly<Attribution>;
  /** Since when it has been paused, and by whom. Absent: it is not paused. */
  readonly pausedBy?: Readonly<Attribution> & { readonly at: string };
  /** Joins of a blocked or closed execution that lack inputs. Absent when there are none. */
  readonly unfilledJoins?: readonly UnfilledJoin[];
  /** Failures it continued after: the newest 20, oldest first. Absent when there were none. */
  readonly tolerated?: readonly ToleratedView[];
  /** Final failures that can be retried. Absent when there are none. */
  readonly failed?: readonly { readonly activationId: string; readonly chunk: string }[];
  readonly forkedFrom?: string;
  /** The activation of `forkedFrom` at which it began. Absent: it is no rerun. */
  readonly rerunFrom?: string;
  /** The newest 20 reruns of it, oldest first. Absent when there were none. */
  readonly reruns?: readonly RerunView[];
  /** Redrives, oldest first. Absent when there were none. */
  readonly redrives?: readonly RedriveView[];
  readonly createdAt: string;
  /** Who or what started it. Absent: not known. */
  readonly startedBy?: Readonly<StartedBy>;
  readonly closedAt?: string;
  /** When it is deleted. Absent: it is open, or kept for ever. */
  readonly keptUntil?: string;
  /** Parts left out because the view would exceed the requested size; see `Client.get`. */
  readonly omitted?: readonly OmittedPart[];
  /** Values among them, which `readValue` reads part by part. */
  readonly omittedValues?: readonly OmittedValue[];
}

export type OmittedPart = 'definition' | 'input' | 'state' | 'result' | 'interrupts' | 'interventions';

/** A value that a view leaves out. */
export interface OmittedValue {
  /** Path for `readValue`, such as `state.report`. */
  readonly path: string;
  /** Size as JSON. Absent: unknown. */
  readonly bytes?: number;
}

/** A part of the JSON text of a value. */
export interface ValuePart {
  readonly text: string;
  /** Length of the whole text, in characters. */
  readonly length: number;
  /** Where the next part begins. Absent: this is the last one. */
  readonly next?: number;
}

/** An execution in a list: the fields that need no stored value. */
export interface ExecutionSummary
  extends Pick<
    ExecutionView,
    | 'executionId'
    | 'flow'
    | 'status'
    | 'sleepsUntil'
    | 'lifecycle'
    | keyof ShownOptions
    | 'error'
    | 'attributes'
    | 'closeReason'
    | 'cancelReason'
    | 'cancelledBy'
    | 'pausedBy'
    | 'forkedFrom'
    | 'rerunFrom'
    | 'createdAt'
    | 'closedAt'
    | 'startedBy'
    | 'keptUntil'
  > {
  /** The attribute "title", else the id. */
  readonly title: string;
  /** What it is doing, in at most 80 characters: for whom it waits, what is tried again when, how far a list is, why it failed. */
  readonly now: string;
  /** How far its open lists are, at most 3. Absent: none. */
  readonly lists?: readonly OpenList[];
  /** The oldest 10 pending waits. */
  readonly interrupts: readonly Omit<InterruptView, 'payload'>[];
  /** Number of pending waits. */
  readonly waiting: number;
}

export interface ToleratedView extends Pick<FailureInfo, 'name' | 'chunk' | 'code'> {
  /**
   * `skipped`: its branch ended. `handled`: an error handler chunk received it. `caught`: the chunk that awaited it
   * continued.
   */
  readonly how: 'skipped' | 'handled' | 'caught';
  readonly at: string;
}

/** A redrive and the failure before it. */
/** A copy that began at an activation of this execution. */
export interface RerunView extends Readonly<Attribution> {
  readonly executionId: string;
  readonly activationId: string;
  readonly at: string;
}

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
  /** Target of the answer; see `pauseFor`. */
  readonly resumeTo: ResumeTo;
  readonly createdAt: string;
  readonly expiresAt?: string;
  /**
   * What follows without an answer by then: the chunk that asks fails, a value of its author takes the place of the answer, or
   * an event is emitted. Absent: it does not expire.
   */
  readonly onExpiry?: 'fail' | 'value' | 'event';
  /** Number of earlier waits with this id. Absent: none. */
  readonly generation?: number;
  /** Only a verified actor may answer. Absent: the holder of a link may answer, too. */
  readonly requireActor?: true;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Start of the next page; absent on the last page. */
  readonly next?: PagePosition;
}

/** The end of a page: an execution, and the last wait shown when more of its waits follow. */
export interface PagePosition extends Position {
  readonly wait?: { readonly createdAt: number; readonly id: string };
}

/** Which executions a listing shows. All conditions hold together. */
export interface ExecutionFilter {
  readonly flow?: string;
  /** A status, or `open` (neither closed nor failed) or `closed` (and not failed). */
  readonly status?: ListedStatus;
  /** Each has this value; a number is equal to its text. */
  readonly attributes?: Attributes;
  /** Created at this time or later (ISO 8601). */
  readonly createdAfter?: string;
  /** Created before this time (ISO 8601). */
  readonly createdBefore?: string;
}

export type ListedStatus = ExecutionStatus | 'open' | 'closed';

export interface PageQuery {
  readonly after?: PagePosition;
  /** 1 to 100. */
  readonly limit: number;
}

export interface StreamView {
  /** Position in the stream, from 1, without gaps. */
  readonly seq: number;
  readonly chunk: string;
  /** Number of the attempt, from 1. A retry appends its items again. */
  readonly attempt: number;
  readonly item: Json;
}

export interface StreamPage {
  readonly items: readonly StreamView[];
  /** Value of `after` for the next page. */
  readonly cursor: number;
  /** True: the execution is closed or its stream was stopped, and no items follow. A redrive may still append more. */
  readonly ended: boolean;
}
