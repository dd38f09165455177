/** Frames: the rows of running operators in the head. */
import type { NodeId } from '../flow/graph/graph.ts';
import type { Origin, PartedList, ScopeId, Value } from './head.ts';
import type { Answered } from './outside/attribution.ts';

interface FrameRow {
  node: NodeId;
  /** Origin of the operator's result. Heads share it. */
  parent: Readonly<Origin>;
}

/** A running `batch`, or a `match` in `all` mode. */
export interface BranchFrame extends FrameRow {
  kind: 'branches';
  /** Names of the branches to run, in order. */
  names: string[];
  /** Index of the next branch to start. */
  next: number;
  input: Value;
  /** Set when the input is a person's answer. */
  answer?: Answered;
  slots: Record<string, Value>;
  /** Branches that have returned their slot, see `ItemFrame.idle`. Absent: none. */
  idle?: string[];
  /** Branches whose slot holds an error. Absent: the operator has no `completion`. */
  failed?: string[];
  /** Branches with a withdrawn wait. Absent: none. */
  withdrawn?: string[];
  /** Its result has been sent on; the rest runs on unobserved. */
  over?: true;
  /** How many slots were filled when `until` was asked last. */
  asked?: number;
}

/** A page of a list. `at`: index of its first part. `length`: number of its items. */
export interface PageRow {
  at: number;
  items: Value;
  length: number;
}

/** A page of the list `list` that its chunk is asked for. */
export interface PageOf {
  list: ScopeId;
  n: number;
  from: Value;
}

/** The chunk that gives the pages of a list. */
export interface PageSource {
  chunk: NodeId;
  /** Id of its first activation. */
  id: string;
  input: Value;
  /** Number of the next page; the first one is 1. */
  n: number;
  /** `ctx.page.from` of the next page. */
  next: Value;
  /** The chunk has been asked for it. */
  asking?: true;
}

/** A running `forEach`. */
export interface ListFrame extends FrameRow {
  kind: 'list';
  items: Value;
  count: number;
  next: number;
  /** Results by index. Empty when the body's results are not collected. */
  slots: Record<string, Value>;
  /** Number of items, where one part gets several of them (`batchSize`). */
  length?: number;
  /** Pages with items to start, where a chunk gives the list page by page; `items` is then empty. Absent: no pages. */
  pages?: PageRow[];
  /** Where further pages come from. Absent: there are none. */
  source?: PageSource;
  /** How many slots hold an error. Absent: the operator has no `completion`. */
  failures?: number;
  /** How many errors its results hold, for the view, where `failures` is absent. Absent: none. */
  errors?: number;
  /** See `BranchFrame`. */
  over?: true;
  asked?: number;
  /** Older results, stored beside the head. Absent: all are in `slots`. */
  results?: PartedList;
  /** User code reads the results at each commit, so they stay in `slots`. */
  early?: true;
  /** Indexes of the results in `results`, see `values/runs.ts`. */
  done?: string;
}

/** One item of a `forEach` that is in work; `parent` is the origin of the list. */
export interface ItemFrame extends FrameRow {
  kind: 'item';
  index: number;
  /**
   * The item only waited, so it returned its slot of the list's concurrency limit. New work in it needs a slot again.
   */
  idle?: true;
  /** Its result is stored. The frame stays while its scope has live work. */
  over?: 'done' | 'failed';
  /** One of its waits was withdrawn. */
  withdrawn?: true;
}

/** A running sub-flow, with a state of its own. */
export interface ChildFrame extends FrameRow {
  kind: 'child';
  /** Its result has been passed on, or will never exist. The frame stays for live work in it and for a redrive. */
  over?: true;
  /** How many chunks may run in it at once. Absent: unlimited. */
  concurrency?: number;
  value: Value;
  state: Record<string, Value>;
  /** Its view of shared data: the captured keys and the writes of its own chunks. Absent: empty. */
  shared?: Record<string, Value>;
}

/** A running operator, stored under the id of the scope that it opened. */
export type Frame = BranchFrame | ListFrame | ItemFrame | ChildFrame;
