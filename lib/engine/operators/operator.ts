/** The engine's side of an operator: one row of `table.ts` per kind of node, and one per kind of frame. */
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
  /** Id of the activation, or scope of the frame, that the arrival creates. */
  readonly id: string;
  /** Set when the value is a person's answer. */
  readonly answer?: Answered | undefined;
}

/** A value that arrives at a slot of a node. */
export type SlotArrival = Pick<Arrival, 'at' | 'value' | 'origin'>;

/** A branch of an operator's body, and the targets that its input goes to. */
export type Branch = readonly [name: string, targets: readonly Target[]];

/** The names of a node's slots, and the values of the filled ones. */
export interface Slots {
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, Value>>;
}

/** The engine's side of one kind of node. */
export interface Operator<Node extends GraphNode = GraphNode> {
  /** Handles a value that arrives at the node. Absent: values arrive only at its slots. */
  enter?(transition: Transition, arrival: Arrival<Node>): void;
  /** Handles a value that arrives at a slot. `cause`: id of what produced the value. */
  fill?(transition: Transition, node: Node, slot: string, arrival: SlotArrival, cause: string): void;
  /** True when a value in a slot waits for values in other slots. */
  waits?(node: Node): boolean;
  /** The activation of this node ends with a decision of user code, not with an output. */
  readonly isDecided?: true;
  /** Called when an activation of this node is claimed. */
  claimed?(transition: Transition, node: Node): void;
  /** Called when an activation of this node has ended. */
  done?(transition: Transition, node: Node, row: Activation, output: Json): void;
  /** Retries a failure at this node. Absent: its activation runs again. */
  redrive?(transition: Transition, node: Node, row: Activation): void;
  /** Branches of the operator's body. */
  branches?(node: Node): readonly Branch[];
  /** Targets of a value that leaves a branch without a frame. Absent or `undefined`: the branch has a frame. */
  exit?(node: Node, branch: string): readonly Target[] | undefined;
  /** Starts one branch of a `branches` frame. */
  startBranch?(transition: Transition, node: Node, scope: ScopeId, frame: BranchFrame, name: string): void;
  /** The output of a `branches` frame is a list in the order of its names. Absent: it is `{ [name]: value }`. */
  readonly isList?: true;
  /** True when a failed item's result is its error. */
  collectsErrors?(node: Node): boolean;
  /** True when the results of all items form the operator's output. */
  collects?(node: Node): boolean;
}

/** A started part: its name among the busy parts, and the key of its result. */
export interface Started {
  readonly part: string;
  readonly slot: string;
}

/** The engine's side of one kind of frame. */
export interface FrameOperator<Row extends Frame = Frame> {
  /** The operator needs the output of its scope. */
  readonly awaitsOutput?: true;
  /** Handles a value that leaves the operator's body. */
  leave?(transition: Transition, scope: ScopeId, frame: Row, branch: string, value: Value): void;
  /** Starts the next branch or item. */
  startNext?(transition: Transition, scope: ScopeId, frame: Row): Started;
  /** Drops the operator's input. Called when all branches or items have started. */
  dropInput?(frame: Row): void;
  /** Names of the parts, and the results that exist. */
  slots?(frame: Row): Slots;
  /** It ends when it has no live work. Absent: it is dropped then. */
  readonly endsByItself?: true;
  /** True when the unfilled frame is kept for the view. */
  isKept?(transition: Transition, frame: Row): boolean;
  /** True when its result has been sent on, so the frame may be dropped. */
  isLeftBehind?(head: Head, frame: Row): boolean;
  /** Called after the frame was dropped because it has no live work. */
  dropped?(head: Head, scope: ScopeId, frame: Row): void;
  /** True when its output will never arrive, so an error becomes its result. */
  lacksOutput?(transition: Transition, frame: Row): boolean;
}

/** A missing kind does not compile. */
export type Operators = { readonly [K in GraphNode['kind']]: Operator<Extract<GraphNode, { readonly kind: K }>> };
export type FrameOperators = { readonly [K in Frame['kind']]: FrameOperator<Extract<Frame, { kind: K }>> };
