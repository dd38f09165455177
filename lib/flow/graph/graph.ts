/**
 * The graph of a flow as data: nodes with positional ids, and the targets of their values. Handlers, predicates and schemas are
 * outside it and found by name (`AnyFlow`). The engine reads only the graph of a flow.
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
  /** Targets of the start value. */
  readonly entry: readonly Target[];
  /** Targets of signals, by signal name. */
  readonly on: Readonly<Record<string, readonly Target[]>>;
  /** Targets of a chunk's completions at any position, by chunk name. */
  readonly after: Readonly<Record<string, readonly Target[]>>;
  /** Targets of writes of a state key, by key. */
  readonly onState?: Readonly<Record<string, readonly Target[]>>;
  /** Targets of writes of a flowData key, by key. */
  readonly onFlowData?: Readonly<Record<string, readonly Target[]>>;
  /** Collections by name. */
  readonly collections?: Readonly<Record<string, Collection>>;
  /** Policies by chunk name. Not part of the fingerprint, so a deployment can tune them for executions in flight. */
  readonly policies: Readonly<Record<string, ChunkPolicy>>;
  readonly defaults: ChunkPolicy;
  /** Maximum number of chunks that run at once if the flow is a sub-flow; absent: no limit. Not part of the fingerprint. */
  readonly concurrency?: number;
}

/** Reads an own member only: a name from outside, such as `toString`, must not find an inherited one. */
export function lookUp<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

export function listeners(map: Readonly<Record<string, readonly Target[]>>, name: string): readonly Target[] {
  return lookUp(map, name) ?? [];
}

/** The names of the wired chunks. */
export function chunkNames({ nodes }: { readonly nodes: Readonly<Record<NodeId, DocumentNode>> }): ReadonlySet<string> {
  return new Set(Object.values(nodes).flatMap((node) => (node.kind === 'chunk' ? [node.chunk] : [])));
}
