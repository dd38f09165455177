/**
 * A flow as the runtime sees it, without types: the graph as data, and the named code and schemas that belong to it.
 * `defineFlow` makes the typed face of it.
 */
import type { ZodType } from 'zod';
import type { Graph, NodeId } from '../graph/graph.ts';
import type { ExecutionDefaults } from '../options/execution.ts';
import type { ChunkContext, Env, Interrupt, PredicateContext, TapContext } from './context.ts';
import type { Sleep } from './interrupt.ts';
import type { Requirement } from './requirements.ts';
import type { FlowSchedule } from './schedules.ts';

export type AnyContext = ChunkContext<Env, unknown>;
export type Handler = (context: AnyContext) => unknown;
export type Predicate = (context: PredicateContext<Env, unknown>) => unknown;
export type Tap = (context: TapContext<Env, unknown>) => unknown;

/** Schemas checked at the boundaries; what is absent is not checked (beyond being JSON). */
export interface Contract {
  readonly input?: ZodType;
  readonly state?: Readonly<Record<string, ZodType>>;
  readonly signals?: Readonly<Record<string, ZodType>>;
  readonly stream?: ZodType;
  /** Of `$final_result`, where something writes it; else of the final state. */
  readonly result?: ZodType;
  /** Names of the resources that chunks of this flow use. */
  readonly resources: readonly string[];
}

export interface ChunkCode {
  readonly name: string;
  readonly handler: Handler;
  /** What an answer to this chunk's pause has to look like. */
  readonly resume?: ZodType;
}

export interface AnyFlow {
  readonly name: string;
  /** Complete once the module that wires the flow has run; reading it freezes the wiring. */
  readonly graph: Graph;
  /** SHA-256 of the canonical graph and contract. */
  readonly fingerprint: string;
  readonly contract: Contract;
  readonly execution: ExecutionDefaults;
  /** Live objects that executions cannot go on without; not part of the fingerprint. */
  readonly requirements: readonly Requirement[];
  readonly schedules: readonly FlowSchedule[];
  readonly chunks: ReadonlyMap<string, ChunkCode>;
  /** Code of match cases, by `<node>/<case>`. */
  readonly predicates: ReadonlyMap<string, Predicate>;
  /** Code of `tap` nodes by node id. */
  readonly taps: ReadonlyMap<string, Tap>;
  /** Flows of `subFlow` nodes by node id. */
  readonly children: ReadonlyMap<NodeId, AnyFlow>;
}

/** Marks what `pauseFor` returns, also across copies of this package. */
export const INTERRUPT = Symbol.for('durable-triggerflow.interrupt');

/** Marks what `sleep` returns. */
export const SLEEP = Symbol.for('durable-triggerflow.sleep');

export function isSleep(value: unknown): value is Sleep {
  return typeof value === 'object' && value !== null && SLEEP in value;
}

export function isInterrupt(value: unknown): value is Interrupt<unknown> {
  return typeof value === 'object' && value !== null && INTERRUPT in value;
}
