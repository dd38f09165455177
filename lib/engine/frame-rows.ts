/** The rows of running operators in the head. */
import type { NodeId } from '../flow/graph/graph.ts';
import type { Origin, Value } from './head.ts';
import type { Answered } from './outside/attribution.ts';

interface FrameRow {
  node: NodeId;
  /** Where the result goes on. */
  parent: Origin;
}

/** A running `batch` or `match` in `all` mode. */
export interface BranchFrame extends FrameRow {
  kind: 'branches';
  /** The branches that take part, in order. */
  names: string[];
  /** Those before this index have been started. */
  next: number;
  input: Value;
  /** Its input is this answer. */
  answer?: Answered;
  slots: Record<string, Value>;
  /** Branches that have given their slot back, see `ItemFrame`. Absent: none. */
  idle?: string[];
}

/** A running `forEach`. */
export interface ListFrame extends FrameRow {
  kind: 'list';
  items: Value;
  count: number;
  next: number;
  /** Results by index; only where the body is collected. */
  slots: Record<string, Value>;
}

/** One item of a `forEach` that is being worked on; `parent` is the list's own path. */
export interface ItemFrame extends FrameRow {
  kind: 'item';
  index: number;
  /** It only waited, so it gave back its slot of the list's cap: what happens in it from now on needs one again. */
  idle?: true;
  /** Its place in the results is filled; it stays for what is still live in its scope. */
  over?: 'done' | 'failed';
}

/** A running sub-flow: a state of its own, and what it was given. */
export interface ChildFrame extends FrameRow {
  kind: 'child';
  /** Its result has gone on, or never will; it stays for what still happens in it or may be redriven. */
  over?: true;
  /** How many chunks may run in it at once. Absent: any number. */
  concurrency?: number;
  value: Value;
  state: Record<string, Value>;
  /** Its view of shared data: what was captured, and what its chunks wrote. Absent: empty. */
  shared?: Record<string, Value>;
}

/** A running operator, stored under the scope it opened. */
export type Frame = BranchFrame | ListFrame | ItemFrame | ChildFrame;
