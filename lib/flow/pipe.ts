/**
 * The typed face of a flow. A pipe carries two types only, the contract's and the flowing value's, so that a chunk costs
 * the compiler the same wherever it stands. The wiring itself is done by `Cursor` and `FlowDefinition`.
 */
import type { output, ZodType } from 'zod';
import type { AnyChunk, Chunk, ChunkHandler, ChunkOptions, Output } from './chunk.ts';
import type { ChunkContext, Env, PredicateContext } from './context.ts';
import type { AnyFlow } from './flow.ts';
import type { Json } from './json.ts';

/** A point of a flow where a value passes. Continuing one point twice is a fork: both get the value. */
export interface Pipe<E extends Env, V> {
  /** Goes on with a chunk. A chunk known by name only sends `unknown`. */
  to<Out>(chunk: Chunk<V, Out> | string): Pipe<E, Out>;
  /** Goes on with a new chunk. */
  to<Returned>(name: string, handler: ChunkHandler<E, V, unknown, Returned>): Pipe<E, Output<Returned, unknown>>;
  /** Gives every chunk the same value and goes on with `{ [chunk name]: output }` once all are done. */
  batch<const Chunks extends Branches<V>>(chunks: Chunks): Pipe<E, BatchOutput<Chunks>>;
  /** Goes on in the first case that hits; without a hit and an else the value passes through. */
  match<Out>(build: (cases: MatchStart<E, V>) => Matched<Out>): Pipe<E, Out>;
}

export type Branches<V> = readonly [Chunk<V, unknown>, ...Chunk<V, unknown>[]];
export type BatchOutput<Chunks extends readonly AnyChunk[]> = {
  [C in Chunks[number] as C['name']]: OutputOf<C>;
};
type OutputOf<C> = C extends Chunk<never, infer Out> ? Out : never;

declare const sends: unique symbol;

/** A complete match; `Out` is what its branches send. */
export interface Matched<out Out> {
  readonly [sends]?: Out | undefined;
}

/** A JSON value, compared deeply and strictly. */
export type Literal<V> = unknown extends V ? Json : V;
/** Truthy counts, also behind a promise. Runs in the worker; only its decision is stored. */
export type PredicateOf<E extends Env, V> = (context: PredicateContext<E, V>) => unknown;

export interface MatchStart<E extends Env, V> {
  case<Out>(when: Literal<V> | PredicateOf<E, V>, body: (pipe: Pipe<E, V>) => Pipe<E, Out>): MatchCases<E, V, Out>;
}

export interface MatchCases<E extends Env, V, out Out> extends Matched<Out | V> {
  case<More>(
    when: Literal<V> | PredicateOf<E, V>,
    body: (pipe: Pipe<E, V>) => Pipe<E, More>,
  ): MatchCases<E, V, Out | More>;
  caseElse<More>(body: (pipe: Pipe<E, V>) => Pipe<E, More>): Matched<Out | More>;
}

type SignalName<E extends Env> = Extract<keyof E['signals'], string>;
type SourceName<S> = S extends string ? S : S extends Chunk<never, unknown, infer Name> ? Name : never;
type SourceValue<E extends Env, S> = S extends keyof E['signals'] ? E['signals'][S] : OutputOf<S>;
/** One source delivers its value, several deliver `{ [name]: value }`. */
export type Heard<E extends Env, W> = W extends readonly [infer Only]
  ? SourceValue<E, Only>
  : W extends readonly unknown[]
    ? { [S in W[number] as SourceName<S>]: SourceValue<E, S> }
    : SourceValue<E, W>;

declare const env: unique symbol;

/**
 * A flow: contract first, then statements that wire it. Wiring the same again changes nothing. Wrong wiring throws
 * FlowError `definition_invalid` at once.
 */
export interface Flow<E extends Env> extends AnyFlow, Pipe<E, E['input']> {
  readonly [env]?: E;
  /** Defines a chunk. A name has one handler in a flow. */
  chunk<const Name extends string, In, Returned>(
    name: Name,
    handler: ChunkHandler<E, In, unknown, Returned>,
  ): Chunk<In, Output<Returned, unknown>, Name>;
  chunk<const Name extends string, In, Returned, Resume extends ZodType>(
    name: Name,
    options: ChunkOptions<Resume>,
    handler: ChunkHandler<E, In, output<Resume>, Returned>,
  ): Chunk<In, Output<Returned, output<Resume>>, Name>;
  /** Starts a chain at a signal, at a chunk's completions, or once all of a list have come in one scope. */
  when<const W extends SignalName<E> | AnyChunk | readonly [SignalName<E> | AnyChunk, ...(SignalName<E> | AnyChunk)[]]>(
    what: W,
    options?: { readonly mode?: 'and' },
  ): Pipe<E, Heard<E, W>>;
}

/** The contract types of a flow. */
export type EnvOfFlow<F extends AnyFlow> = F extends { readonly [env]?: infer E extends Env } ? E : Env;

/** What a handler of `flow` is given, for handlers at module level: `(ctx: ContextOf<typeof flow, Input>) => …`. */
export type ContextOf<F extends AnyFlow, In, Resume = unknown> = ChunkContext<EnvOfFlow<F>, In, Resume>;
