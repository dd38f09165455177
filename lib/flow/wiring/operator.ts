/**
 * What an operator is to the definition of flows: a row of `operators/table.ts`. How it runs is a row of `engine/operators`.
 * An operator that makes a node of the graph has a `node`, one that is written as a step of a chain has a `step`.
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

/** One kind of node. `Saved` is the node as documents have it. */
export interface NodeRow<Node extends Saved, Saved extends AnyNode = Node> {
  readonly shape: z.ZodType<Saved> & z.core.$ZodTypeDiscriminable;
  /** Its bodies, in order. */
  bodies?(node: Saved): readonly NodeBody[];
  /** A value reaches `out` through the bodies only. */
  readonly waits?: true;
  /** The slots through which it is entered; it has no other way in. */
  slots?(node: Saved): readonly string[];
  /** Where it calls code of the flow. */
  code?(node: Saved): readonly CodePlace[];
  /** The flow that it runs. */
  readonly child?: ChildRow<Node, Saved>;
  /** What of it counts in the fingerprint. */
  identity(node: Node, around: IdentityParts): Json;
  readonly drawing: {
    readonly box: Box;
    /** In a detailed chart bodies are drawn. */
    label(node: Node, isDetailed: boolean): string;
  };
}

export interface NodeBody {
  /** Names the body in exits. */
  readonly branch: string;
  readonly to: readonly Target[];
  /** A value can leave the body by an exit. */
  readonly leaves: boolean;
  /** How a detailed chart calls the way into it. */
  readonly label: string;
}

export interface CodePlace {
  readonly what: 'predicate' | 'tap';
  readonly at: string;
}

export interface ChildRow<Node, Saved> {
  graphOf(node: Node): Graph;
  /** Documents have the child beside the graph. */
  save(node: Node): Saved;
  load(node: Saved, graph: Graph): Node;
}

export interface IdentityParts {
  /** The order of targets means nothing. */
  sorted(targets: readonly Target[]): Json;
  /** The fingerprint of the flow that the node runs. */
  readonly child: string | undefined;
}

export type Box = 'chunk' | 'decision' | 'operator' | 'gate' | 'subFlow';

/** One kind of step, as `Pipe` writes it. */
export interface StepRow<Step extends AnyStep> {
  /** How messages call it. Default: `This <kind>`. */
  describe?(step: Step): string;
  /** What the step is, down to the text of its code, but not which function or child it is (`codes`). Default: its JSON. */
  key?(step: Step): string;
  codes?(step: Step): readonly Code[];
  /** Where the chain goes on. Default: a point of its own. */
  next?(step: Step, level: Level): Point;
  /** @throws FlowError `definition_invalid` where it cannot follow the point */
  check?(step: Step, point: Point): void;
  compile(step: Step, site: Site): Target;
}

/** Where in the graph a step is compiled. */
export interface Site {
  readonly nodes: Record<NodeId, GraphNode>;
  readonly predicates: Map<string, Predicate>;
  readonly taps: Map<NodeId, Tap>;
  readonly children: Map<NodeId, AnyFlow>;
  /** Taps with names of their own, by name. */
  readonly renamed: Map<string, { readonly tap: Tap; readonly as: Tap }>;
  /** Adds a node whose id says where it stands, and what follows it to its `out`. */
  operator(kind: GraphNode['kind'], add: (id: NodeId, out: Target[]) => void): Target;
  /** The chunk of this name; what follows it is added once. */
  chunk(name: string): Target;
  collect(name: string, branch: string, mode: 'reset' | undefined): Target;
  /** What the body of an operator begins with. */
  body(operator: NodeId, branch: string, body: Body): Target[];
}
