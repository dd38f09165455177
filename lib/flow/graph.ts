/**
 * The graph of a flow as data: nodes with positional ids and the targets their values go to. Handlers, predicates and
 * schemas are not in it; they are found by name (`Flow`). The engine reads nothing else of a flow.
 */
import type { Json } from './json.ts';

/** Position of a node: the chunk's name at the top level, prefixed by the operator body it stands in. */
export type NodeId = string;

/** Where a value goes: into a node, or out of an operator's body (`branch` says which). */
export type Target =
  | { readonly node: NodeId }
  | { readonly exit: NodeId; readonly branch: string }
  | { readonly join: NodeId; readonly slot: string };

export interface ChunkNode {
  readonly kind: 'chunk';
  readonly chunk: string;
  readonly out: readonly Target[];
}

/** Every branch gets the same input in a new scope; `{ [branch]: output }` leaves when all have one. */
export interface BatchNode {
  readonly kind: 'batch';
  readonly branches: readonly { readonly name: string; readonly to: Target }[];
  readonly out: readonly Target[];
}

/** A case compares with a literal or asks the predicate of the same position (`Flow.predicates['<node>/<case>']`). */
export interface MatchCase {
  readonly when: { readonly value: Json } | { readonly predicate: string };
  readonly to: readonly Target[];
}

/** The first case that hits takes the value; no hit and no `otherwise`: the value passes through to `out`. */
export interface MatchNode {
  readonly kind: 'match';
  readonly cases: readonly MatchCase[];
  readonly otherwise?: readonly Target[];
  readonly out: readonly Target[];
}

/** `and`: one slot per awaited signal and scope; fires `{ [slot]: value }` once all are filled. */
export interface JoinNode {
  readonly kind: 'join';
  readonly slots: readonly string[];
  readonly out: readonly Target[];
}

export type GraphNode = ChunkNode | BatchNode | MatchNode | JoinNode;

export interface RetryPolicy {
  /** Attempts in all, the first one included. Default 3. */
  readonly maxAttempts: number;
  /** Milliseconds before the second attempt. Default 1,000. */
  readonly initialDelay: number;
  /** Each further delay is this many times the one before. Default 2. */
  readonly factor: number;
  /** Share of the delay that is random, 0 to 1. Default 0.2. */
  readonly jitter: number;
}

/** What a chunk, a flow's `defaults` or an execution's `defaults` may say; the first of the three that speaks wins. */
export interface ChunkPolicy {
  readonly retry?: Partial<RetryPolicy>;
}

export interface Graph {
  readonly flow: string;
  readonly nodes: Readonly<Record<NodeId, GraphNode>>;
  /** What the start value goes to. */
  readonly entry: readonly Target[];
  /** What listens to a signal, by signal name. */
  readonly on: Readonly<Record<string, readonly Target[]>>;
  /** What listens to a chunk's completions, wherever it stands, by chunk name. */
  readonly after: Readonly<Record<string, readonly Target[]>>;
  /** Policies by chunk name. Not part of the fingerprint: a retry can be tuned under running executions. */
  readonly policies: Readonly<Record<string, ChunkPolicy>>;
  readonly defaults: ChunkPolicy;
}

/** What listens under a name; names come from outside, so inherited members of objects do not count. */
export function listeners(map: Readonly<Record<string, readonly Target[]>>, name: string): readonly Target[] {
  return Object.hasOwn(map, name) ? (map[name] ?? []) : [];
}
