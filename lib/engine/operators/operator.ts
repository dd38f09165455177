/** What the engine does for an operator: a row of `table.ts` for each kind of node, and one for each kind of frame. */
import type { GraphNode, NodeId, Target } from '../../flow/graph/graph.ts';
import type { Json } from '../../flow/json.ts';
import type { Activation, BranchFrame, Frame, Head, Origin, ScopeId, Value } from '../head.ts';
import type { Answered } from '../outside/attribution.ts';
import type { Transition } from '../transition.ts';

/** A value that arrives at a node. */
export interface Arrival<Node extends GraphNode = GraphNode> {
  readonly node: Node;
  readonly at: NodeId;
  readonly value: Value;
  readonly origin: Origin;
  /** The id of the activation or the scope of the frame that begins here. */
  readonly id: string;
  /** The value is this answer. */
  readonly answer?: Answered | undefined;
}

/** A value that arrives at a slot of a node. */
export type SlotArrival = Pick<Arrival, 'at' | 'value' | 'origin'>;

/** A branch of an operator's body, and where its values go. */
export type Branch = readonly [name: string, targets: readonly Target[]];

/** What a node has named of its parts, and the values that these have. */
export interface Slots {
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, Value>>;
}

/** One kind of node. */
export interface Operator<Node extends GraphNode = GraphNode> {
  /** A value arrives. Absent: it is entered by its slots only. */
  enter?(transition: Transition, arrival: Arrival<Node>): void;
  /** A value arrives at a slot, caused by `cause`. */
  fill?(transition: Transition, node: Node, slot: string, arrival: SlotArrival, cause: string): void;
  /** A value that arrives at a slot waits there for others. */
  waits?(node: Node): boolean;
  /** An activation here ends with a decision of user code, not with an output. */
  readonly isDecided?: true;
  /** An activation here is claimed. */
  claimed?(transition: Transition, node: Node): void;
  /** An activation here is done. */
  done?(transition: Transition, node: Node, row: Activation, output: Json): void;
  /** What failed here for good is tried again. Absent: its activation runs again. */
  redrive?(transition: Transition, node: Node, row: Activation): void;
  /** The branches of its body. */
  branches?(node: Node): readonly Branch[];
  /** A value leaves a branch that has no frame: where it goes. Absent or `undefined`: every branch has one. */
  exit?(node: Node, branch: string): readonly Target[] | undefined;
  /** Starts a branch of a `branches` frame. */
  startBranch?(transition: Transition, node: Node, scope: ScopeId, frame: BranchFrame, name: string): void;
  /** The result of a `branches` frame. Default: `{ [name]: value }`. */
  result?(frame: BranchFrame): Value;
  /** An item that fails leaves its error as its result. */
  collectsErrors?(node: Node): boolean;
  /** It gives its results on once all are there. */
  collects?(node: Node): boolean;
}

/** A part that was started: its name among busy parts, and the key of its result. */
export interface Started {
  readonly part: string;
  readonly slot: string;
}

/** One kind of frame. */
export interface FrameOperator<Row extends Frame = Frame> {
  /** The operator waits for what leaves its scope. */
  readonly awaitsOutput?: true;
  /** A value leaves the operator's body from its scope. */
  leave?(transition: Transition, scope: ScopeId, frame: Row, branch: string, value: Value): void;
  /** Starts its next part. */
  startNext?(transition: Transition, scope: ScopeId, frame: Row): Started;
  /** All parts are started: what they were given is needed no more. */
  dropInput?(frame: Row): void;
  /** What of its result is there. */
  slots?(frame: Row): Slots;
  /** It ends when nothing happens in it. Otherwise it is dropped then. */
  readonly endsByItself?: true;
  /** It is kept unfilled, for the view. */
  isKept?(transition: Transition, frame: Row): boolean;
  /** Its result has left: it is needed no more. */
  isLeftBehind?(head: Head, frame: Row): boolean;
  /** It was dropped because nothing happens in it any more. */
  dropped?(head: Head, scope: ScopeId, frame: Row): void;
  /** It waits for an output that will not come: its place is filled with an error. */
  lacksOutput?(transition: Transition, frame: Row): boolean;
}

/** A kind that is left out does not compile. */
export type Operators = { readonly [K in GraphNode['kind']]: Operator<Extract<GraphNode, { readonly kind: K }>> };
export type FrameOperators = { readonly [K in Frame['kind']]: FrameOperator<Extract<Frame, { kind: K }>> };
