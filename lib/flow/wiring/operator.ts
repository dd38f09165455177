/**
 * The types of an operator's definition, a row of `operators/table.ts`. Its execution is a row in `engine/operators`. An
 * operator has a `node` if it makes a node of the graph, and a `step` if a statement of a chain makes it.
 */
import type { z } from 'zod';
import type { AnyFlow, Predicate, Tap } from '../authoring/flow.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import type { Json } from '../json.ts';
import type { Body, Code, Level, Point } from './points.ts';
import type { NodeId, Target } from './targets.ts';

export interface NodeOperator<Node extends Saved, Saved extends AnyNode = Node> {
  readonly node: NodeRow<Node, Saved>;
}

export interface StepOperator<Step extends AnyStep> {
  readonly step: StepRow<Step>;
}

interface AnyNode {
  readonly kind: string;
  readonly out: readonly Target[];
}

interface AnyStep {
  readonly kind: string;
}

/** One kind of node. `Saved` is its type in documents. */
export interface NodeRow<Node extends Saved, Saved extends AnyNode = Node> {
  readonly shape: z.ZodType<Saved> & z.core.$ZodTypeDiscriminable;
  /** The bodies of the node, in order. */
  bodies?(node: Saved): readonly NodeBody[];
  /** A value reaches `out` only through the bodies. */
  readonly waits?: true;
  /** Slots that targets enter. A node with slots cannot be entered otherwise. */
  slots?(node: Saved): readonly string[];
  /** Positions at which the node calls user code other than handlers. */
  code?(node: Saved): readonly CodePlace[];
  /** Present if the node runs another flow. */
  readonly child?: ChildRow<Node, Saved>;
  /** The part of the node that the fingerprint covers. */
  identity(node: Node, around: IdentityParts): Json;
  readonly drawing: {
    readonly box: Box;
    /** @param isDetailed the chart also draws the bodies */
    label(node: Node, isDetailed: boolean): string;
  };
}

export interface NodeBody {
  /** Names the body in exits. */
  readonly branch: string;
  readonly to: readonly Target[];
  /** Whether a value can leave the body through an exit. */
  readonly leaves: boolean;
  /** Label of the edge into the body in a detailed chart. */
  readonly label: string;
}

export interface CodePlace {
  readonly what: 'predicate' | 'tap';
  readonly at: string;
}

export interface ChildRow<Node, Saved> {
  graphOf(node: Node): Graph;
  /** Removes the child's graph: documents store children outside the graph. */
  save(node: Node): Saved;
  load(node: Saved, graph: Graph): Node;
}

export interface IdentityParts {
  /** The targets in canonical order, because their order has no meaning. */
  sorted(targets: readonly Target[]): Json;
  /** The fingerprint of the flow that the node runs. */
  readonly child: string | undefined;
}

export type Box = 'chunk' | 'decision' | 'operator' | 'gate' | 'subFlow';

/** One kind of step, as a method of `Pipe` adds it. */
export interface StepRow<Step extends AnyStep> {
  /** The step's name in messages. Default: `This <kind>`. */
  describe?(step: Step): string;
  /** Text that is equal for equal steps: options, and the source text of functions. Default: canonical JSON of the step. */
  key?(step: Step): string;
  /** The functions and child flows. Steps with equal keys but other functions or flows are rejected. */
  codes?(step: Step): readonly Code[];
  /** The point after the step. Default: a new point. */
  next?(step: Step, level: Level): Point;
  /** @throws FlowError `definition_invalid` if the step cannot follow the point */
  check?(step: Step, point: Point): void;
  compile(step: Step, site: Site): Target;
}

/** The place in the graph where a step is compiled. */
export interface Site {
  readonly nodes: Record<NodeId, GraphNode>;
  readonly predicates: Map<string, Predicate>;
  readonly taps: Map<NodeId, Tap>;
  readonly children: Map<NodeId, AnyFlow>;
  /** Taps that were given a name, by that name. */
  readonly renamed: Map<string, { readonly tap: Tap; readonly as: Tap }>;
  /** Adds a node under a positional id, then the targets after it to `out`. */
  operator(kind: GraphNode['kind'], add: (id: NodeId, out: Target[]) => void): Target;
  /** Target of the chunk with this name; the first call adds its node and the targets after it. */
  chunk(name: string): Target;
  collect(name: string, branch: string, mode: 'reset' | undefined): Target;
  /** Compiles the body of an operator. @returns its first targets */
  body(operator: NodeId, branch: string, body: Body): Target[];
}
