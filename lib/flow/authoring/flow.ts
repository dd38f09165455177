/**
 * A flow as the runtime sees it, without contract types: the graph as data, and the named code and schemas it uses.
 * `defineFlow` returns the same object as a typed `Flow`.
 */
import type { ZodType } from 'zod';
import type { Graph, NodeId } from '../graph/graph.ts';
import type { ExecutionDefaults } from '../options/execution.ts';
import type { ChunkContext, Env, Interrupt, PredicateContext, TapContext } from './context.ts';
import type { Page, Sleep } from './interrupt.ts';
import type { Requirement } from './requirements.ts';
import type { FlowSchedule } from './schedules.ts';

export type AnyContext = ChunkContext<Env, unknown>;
export type Handler = (context: AnyContext) => unknown;
export type Predicate = (context: PredicateContext<Env, unknown>) => unknown;
export type Tap = (context: TapContext<Env, unknown>) => unknown;

/** Schemas that parse values at the boundaries. Without a schema a value only has to be JSON. */
export interface Contract {
  readonly input?: ZodType;
  readonly state?: Readonly<Record<string, ZodType>>;
  readonly signals?: Readonly<Record<string, ZodType>>;
  readonly stream?: ZodType;
  /** Schema of `$final_result` if anything writes it; otherwise of the final state. */
  readonly result?: ZodType;
  /** Attributes of other names may be any text or number. */
  readonly attributes?: Readonly<Record<string, ZodType>>;
  /** Names of the resources that chunks of this flow use. */
  readonly resources: readonly string[];
}

export interface ChunkCode {
  readonly name: string;
  readonly handler: Handler;
  /** Schema of the answers to this chunk's pauses. */
  readonly resume?: ZodType;
}

export interface AnyFlow {
  readonly name: string;
  /** The compiled graph. Reading it freezes the wiring, so read it after the module that wires the flow has run. */
  readonly graph: Graph;
  /** SHA-256 of the canonical graph and contract. */
  readonly fingerprint: string;
  readonly contract: Contract;
  readonly execution: ExecutionDefaults;
  /** Live objects that an execution needs to continue in another process; not part of the fingerprint. */
  readonly requirements: readonly Requirement[];
  readonly schedules: readonly FlowSchedule[];
  readonly chunks: ReadonlyMap<string, ChunkCode>;
  /** Predicates of match cases, by `<node>/<case>`, and of completions, by `<node>/until`. */
  readonly predicates: ReadonlyMap<string, Predicate>;
  /** Code of `tap` nodes by node id. */
  readonly taps: ReadonlyMap<string, Tap>;
  /** Flows of `subFlow` nodes by node id. */
  readonly children: ReadonlyMap<NodeId, AnyFlow>;
}

/** Marks the return value of `pauseFor`. `Symbol.for` makes it equal in every copy of this package. */
export const INTERRUPT = Symbol.for('durable-triggerflow.interrupt');

/** Marks the return value of `sleep`. */
export const SLEEP = Symbol.for('durable-triggerflow.sleep');

/** Marks the return value of `page`. */
export const PAGE = Symbol.for('durable-triggerflow.page');

export function isPage(value: unknown): value is Page<unknown> {
  return typeof value === 'object' && value !== null && PAGE in value;
}

export function isSleep(value: unknown): value is Sleep {
  return typeof value === 'object' && value !== null && SLEEP in value;
}

export function isInterrupt(value: unknown): value is Interrupt<unknown> {
  return typeof value === 'object' && value !== null && INTERRUPT in value;
}
