/**
 * All operators, by kind. To add one, add a file here and a row to this table, then a file and a row in `engine/operators`.
 * The compiler reports a missing row there.
 */
import { z } from 'zod';
import type { NodeOperator, NodeRow, StepOperator, StepRow } from '../wiring/operator.ts';
import { batch } from './batch.ts';
import { chunk } from './chunk.ts';
import { collect } from './collect.ts';
import { end } from './end.ts';
import { forEach } from './for-each.ts';
import { interventionPoint } from './intervention-point.ts';
import { join } from './join.ts';
import { match } from './match.ts';
import { subFlow } from './sub-flow.ts';
import { tap } from './tap.ts';

const OPERATORS = {
  chunk,
  batch,
  match,
  join,
  forEach,
  tap,
  interventionPoint,
  subFlow,
  collect,
  end,
} as const;

type Operators = (typeof OPERATORS)[keyof typeof OPERATORS];
type NodeOf<O> = O extends NodeOperator<infer Node, infer _> ? Node : never;
type SavedOf<O> = O extends NodeOperator<infer _, infer Saved> ? Saved : never;
type StepOf<O> = O extends StepOperator<infer Step> ? Step : never;

export type GraphNode = NodeOf<Operators>;
/** A node in a document. */
export type DocumentNode = SavedOf<Operators>;
/** A step of the wiring, before it is compiled to nodes and targets. */
export type Operation = StepOf<Operators>;

export function nodeRow({ kind }: { readonly kind: GraphNode['kind'] }): NodeRow<GraphNode, DocumentNode> {
  return OPERATORS[kind].node;
}

export function stepRow({ kind }: { readonly kind: Operation['kind'] }): StepRow<Operation> {
  return OPERATORS[kind].step;
}

type Shape = NodeRow<GraphNode, DocumentNode>['shape'];
const shapes: Shape[] = Object.values(OPERATORS).flatMap((row) => ('node' in row ? [row.node.shape] : []));

export const shapeOfNode: z.ZodType<DocumentNode> = z.discriminatedUnion('kind', shapes as [Shape, ...Shape[]]);
