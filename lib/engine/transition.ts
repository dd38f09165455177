/** The working copy of a head while events are applied to it, with the lookups given and missing. */
import type { Graph, NodeId } from '../flow/graph/graph.ts';
import type { Body } from './frames/bodies.ts';
import type { BusyIndex } from './frames/busy.ts';
import type { Head, ScopeId } from './head.ts';
import type { Tracking } from './history/changes.ts';
import type { HistoryRecord } from './history/records.ts';
import type { Lookups } from './lookups.ts';
import type { Moves } from './moves.ts';
import type { Indexes } from './values/parted-lists.ts';

export interface Transition {
  readonly graph: Graph;
  readonly head: Head;
  readonly now: number;
  readonly lookups: Lookups;
  readonly moves: Moves;
  readonly missing: {
    readonly flowData: Set<string>;
    readonly values: Set<string>;
    readonly ledger: Set<string>;
    readonly decisions: Set<string>;
  };
  /** Where the items of lists in parts are. */
  readonly indexes: Indexes;
  /** How many more due rows may be processed. */
  room: number;
  /** Next ordinal of activation ids, by node, scope and cause. */
  readonly ordinals: Map<string, number>;
  /** What the events did, in order; see `keepHistory`. */
  readonly records: HistoryRecord[];
  /** The record whose value is being sent on. */
  giver: HistoryRecord | undefined;
  /** `seq` of records that a worker has stored. */
  readonly recorded: Set<number>;
  /** Absent: the history keeps no values. */
  readonly tracking?: Tracking | undefined;
  /** Values derived from the head, valid during one event. */
  readonly cache: { busy: BusyIndex | undefined; bodies: Map<Graph, Map<NodeId, Body>> | undefined };
}

/** What reading a head by its graph needs. */
export type Reading = Pick<Transition, 'graph' | 'head' | 'moves'>;

export const NO_LOOKUPS: Lookups = { values: new Map(), ledger: new Map(), decisions: new Map() };

export function newTransition(graph: Graph, head: Head, now: number, lookups: Lookups, moves: Moves): Transition {
  const missing = {
    flowData: new Set<string>(),
    values: new Set<string>(),
    ledger: new Set<string>(),
    decisions: new Set<string>(),
  };
  const room = lookups.portion ?? Infinity;
  const history = { records: [], recorded: new Set<number>() };
  const read = { indexes: new WeakMap(), cache: { busy: undefined, bodies: undefined } };
  const ordinals = new Map<string, number>();
  // Members are set to `undefined`, never deleted: V8 makes an object with a deleted member slow to read.
  return { graph, head, now, lookups, moves, missing, room, ordinals, ...history, giver: undefined, ...read };
}

/** Reserves room for up to `count` rows. @returns how many were reserved */
export function takeRoom(transition: Transition, count: number): number {
  const taken = Math.min(count, transition.room);
  transition.room -= taken;
  return taken;
}

/** The graph that a row's nodes belong to: the flow's own, or the one of the sub-flow frame `home`. */
export function graphAt({ graph, head }: Pick<Transition, 'graph' | 'head'>, home: ScopeId | undefined): Graph {
  const frame = home === undefined ? undefined : head.frames[home];
  if (!frame) return graph;
  const node = graphAt({ graph, head }, frame.parent.home).nodes[frame.node];
  return node?.kind === 'subFlow' ? node.graph : graph;
}
