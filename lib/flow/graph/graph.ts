/**
 * The graph of a flow as data: nodes with positional ids and the targets their values go to. Handlers, predicates and
 * schemas are not in it; they are found by name (`Flow`). The engine reads nothing else of a flow.
 */
import type { Collection } from '../operators/collect.ts';
import type { DocumentNode, GraphNode } from '../operators/table.ts';
import type { ChunkPolicy } from '../options/policies.ts';
import type { NodeId, Target } from '../wiring/targets.ts';

export type { BatchNode } from '../operators/batch.ts';
export type { ChunkNode } from '../operators/chunk.ts';
export type { Collection } from '../operators/collect.ts';
export type { ForEachNode } from '../operators/for-each.ts';
export type { InterventionPointNode } from '../operators/intervention-point.ts';
export type { JoinNode } from '../operators/join.ts';
export type { MatchCase, MatchNode } from '../operators/match.ts';
export type { SubFlowNode } from '../operators/sub-flow.ts';
export type { GraphNode } from '../operators/table.ts';
export type { TapNode } from '../operators/tap.ts';
export type { Binding, Bindings, Capture, WriteBack } from '../wiring/bindings.ts';
export type { NodeId, Target } from '../wiring/targets.ts';

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

/** Names come from outside, so inherited members of objects do not count. */
export function lookUp<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** What listens under a name. */
export function listeners(map: Readonly<Record<string, readonly Target[]>>, name: string): readonly Target[] {
  return lookUp(map, name) ?? [];
}

/** The names of the chunks that stand somewhere. */
export function chunkNames({ nodes }: { readonly nodes: Readonly<Record<NodeId, DocumentNode>> }): ReadonlySet<string> {
  return new Set(Object.values(nodes).flatMap((node) => (node.kind === 'chunk' ? [node.chunk] : [])));
}
