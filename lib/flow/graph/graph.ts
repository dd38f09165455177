/**
 * The graph of a flow as data: nodes with positional ids and the targets their values go to. Handlers, predicates and
 * schemas are not in it; they are found by name (`Flow`). The engine reads nothing else of a flow.
 */
import type { Json } from '../json.ts';
import type { ChunkPolicy } from '../options/policies.ts';

/** Position of a node: the chunk's name at the top level, prefixed by the operator body it stands in. */
export type NodeId = string;

/**
 * Where a value goes: into a node, out of an operator's body (`branch` says which), into the slot of a join, into a branch
 * of a named collection, or (`end`, deprecated) into `$final_result` when nothing has written it. `side` marks the beginning of
 * a side branch: its failure never cancels the main path.
 */
export type Target =
  | { readonly node: NodeId; readonly side?: true }
  | { readonly exit: NodeId; readonly branch: string }
  | { readonly join: NodeId; readonly slot: string }
  | { readonly collect: string; readonly branch: string }
  | { readonly end: true };

export interface ChunkNode {
  readonly kind: 'chunk';
  readonly chunk: string;
  readonly out: readonly Target[];
}

/** Every branch gets the same input in a new scope; `{ [branch]: output }` leaves when all have one. */
export interface BatchNode {
  readonly kind: 'batch';
  readonly branches: readonly { readonly name: string; readonly to: Target }[];
  /** How many branches may run at once. */
  readonly concurrency?: number;
  readonly out: readonly Target[];
}

/** A case compares with a literal or asks the predicate of the same position (`Flow.predicates['<node>/<case>']`). */
export interface MatchCase {
  readonly when: { readonly value: Json } | { readonly predicate: string };
  readonly to: readonly Target[];
}

/**
 * `first`: the first case that hits takes the value. `all`: every case that hits gets it, in a scope of their own, and an array
 * of their results in case order leaves. No hit and no `otherwise`: the value passes through to `out`, in both modes.
 */
export interface MatchNode {
  readonly kind: 'match';
  /** Absent: `first`. */
  readonly mode?: 'all';
  readonly cases: readonly MatchCase[];
  readonly otherwise?: readonly Target[];
  readonly out: readonly Target[];
}

/**
 * `and`: one slot per awaited signal and scope; fires `{ [slot]: value }` once all are filled. `or`: every arrival fires
 * `{ name: slot, value }`.
 */
export interface JoinNode {
  readonly kind: 'join';
  /** Absent: `and`. */
  readonly mode?: 'or';
  readonly slots: readonly string[];
  readonly out: readonly Target[];
}

/** Every item of a list (anything else is one item) goes through `body` in a scope of its own. */
export interface ForEachNode {
  readonly kind: 'forEach';
  readonly body: readonly Target[];
  /** The body ends with an exit: the results, in input order, leave by `out`. Otherwise nothing leaves. */
  readonly collects: boolean;
  /** How many items may be worked on at once. */
  readonly concurrency?: number;
  /** A failed item becomes `{ error }` in the results instead of failing the execution. */
  readonly onItemError?: 'collect';
  readonly out: readonly Target[];
}

/** Runs user code for its side effect (`tap` is its key in `Flow.taps`, the node id); the value passes through. */
export interface TapNode {
  readonly kind: 'tap';
  readonly tap: string;
  readonly out: readonly Target[];
}

/** Takes pending interventions whose target equals its own (none: untargeted ones); the value passes through. */
export interface InterventionPointNode {
  readonly kind: 'interventionPoint';
  readonly name: string;
  readonly target?: string;
  readonly out: readonly Target[];
}

/**
 * A place to read from, as a path: in a capture `value…`, `state.<key>…`, `flowData.<key>…`, `resources.<name>`; in a write-back
 * `result…`, `state.<key>…` of the child.
 */
export type Binding = string;

/** One place, or an object put together from places. */
export type Bindings = Binding | { readonly [member: string]: Binding };

/** What of the parent a child sees. */
export interface Capture {
  /** Absent: the value. */
  readonly input?: Bindings;
  readonly state?: { readonly [key: string]: Binding };
  readonly flowData?: { readonly [key: string]: Binding };
  readonly resources?: { readonly [name: string]: Binding };
}

/** What of the child comes out. State paths are state writes of the parent that fire their signals. */
export interface WriteBack {
  /** A path replaces the value, an object patches it. Absent: the value is the result. */
  readonly value?: Bindings;
  readonly state?: { readonly [path: string]: Binding };
  readonly flowData?: { readonly [path: string]: Binding };
}

/** Runs a child flow as a frame of the same execution. */
export interface SubFlowNode {
  readonly kind: 'subFlow';
  readonly graph: Graph;
  readonly capture?: Capture;
  readonly writeBack?: WriteBack;
  /** How many chunks of the child may run at once; the child's own cap holds too. */
  readonly concurrency?: number;
  readonly out: readonly Target[];
}

export type GraphNode =
  | ChunkNode
  | BatchNode
  | MatchNode
  | JoinNode
  | ForEachNode
  | TapNode
  | InterventionPointNode
  | SubFlowNode;

/** Fires `{ [branch]: value }` when every branch has a value in the same scope. */
export interface Collection {
  readonly branches: readonly string[];
  /** Absent: `update`, fires again at every later value. `reset`: clears at each firing. */
  readonly mode?: 'reset';
  readonly out: readonly Target[];
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
  /** What listens to writes of a state key, by key. */
  readonly onState?: Readonly<Record<string, readonly Target[]>>;
  /** What listens to writes of a flowData key, by key. */
  readonly onFlowData?: Readonly<Record<string, readonly Target[]>>;
  /** Collections by name. */
  readonly collections?: Readonly<Record<string, Collection>>;
  /** Policies by chunk name. Not part of the fingerprint: a retry can be tuned under running executions. */
  readonly policies: Readonly<Record<string, ChunkPolicy>>;
  readonly defaults: ChunkPolicy;
  /** How many chunks may run at once where the flow is a sub-flow. Not part of the fingerprint. Absent: any number. */
  readonly concurrency?: number;
}

/** What listens under a name; names come from outside, so inherited members of objects do not count. */
export function listeners(map: Readonly<Record<string, readonly Target[]>>, name: string): readonly Target[] {
  return Object.hasOwn(map, name) ? (map[name] ?? []) : [];
}
