/**
 * The typed face of a flow. A pipe carries two types only, the contract's and the flowing value's, so that a chunk costs
 * the compiler the same wherever it stands. The wiring itself is done by `Cursor` and `FlowDefinition`.
 */
import type { output, ZodType } from 'zod';
import type { ChunkContext, Env, TapContext } from '../authoring/context.ts';
import type { Key } from '../authoring/facilities.ts';
import type { AnyFlow } from '../authoring/flow.ts';
import type { RequirementOptions } from '../authoring/requirements.ts';
import type { Bindings } from '../graph/graph.ts';
import type { Branching, Matched, MatchStart, PredicateOf } from './branches.ts';
import type { AnyChunk, Chunk, ChunkHandler, ChunkOptions, Output } from './chunk-types.ts';
import type { Heard, HeardAny, Listening } from './heard.ts';
import type { InputOf, SubFlowOptions, SubFlowOutput } from './sub-flow-types.ts';

declare const carried: unique symbol;

/** Says what flows, without saying what may follow. */
export interface Carries<out V> {
  readonly [carried]?: V | undefined;
}

/** A point of a flow where a value passes. Continuing one point twice is a fork: both get the value. */
export interface Pipe<E extends Env, V> extends Carries<V> {
  /** Goes on with a chunk. A chunk known by name only sends `unknown`. */
  to<Out>(chunk: Chunk<V, Out> | string): Pipe<E, Out>;
  /** Goes on with a new chunk. */
  to<Returned>(name: string, handler: ChunkHandler<E, V, unknown, Returned>): Pipe<E, Output<Returned, unknown>>;
  /** Runs a chunk beside the main path, which keeps its value. */
  to(chunk: Chunk<V, unknown> | string, options: Beside): Pipe<E, V>;
  to(name: string, handler: ChunkHandler<E, V, unknown, unknown>, options: Beside): Pipe<E, V>;
  /** Runs a chunk beside the main path, which keeps its value. */
  sideBranch(chunk: Chunk<V, unknown> | string): Pipe<E, V>;
  sideBranch(name: string, handler: ChunkHandler<E, V, unknown, unknown>): Pipe<E, V>;
  /** Gives every chunk the same value and goes on with `{ [chunk name]: output }` once all are done. */
  batch<const Chunks extends Batched<V>>(chunks: Chunks, options?: Limits): Pipe<E, BatchOutput<Chunks>>;
  batch(chunks: Batched<V>, options: Limits & Beside): Pipe<E, V>;
  /** Goes on in the first case that hits; without a hit and an else the value passes through. */
  match<Out, Else>(
    build: (cases: MatchStart<E, V>) => Matched<Out, Else>,
    options?: { readonly mode?: 'first' },
  ): Pipe<E, Out | Else>;
  /** Goes on in every case that hits, then with the list of their outputs; without a hit with the else's or the value. */
  match<Out, Else>(
    build: (cases: MatchStart<E, V>) => Matched<Out, Else>,
    options: { readonly mode: 'all' },
  ): Pipe<E, Out[] | Else>;
  /** Goes on with the branch's output where the predicate says so, else with `elseIf`, `else` or the value itself. */
  if<Out>(when: PredicateOf<E, V>, body: (pipe: Pipe<E, V>) => Pipe<E, Out>): Branching<E, V, Out>;
  /**
   * Runs every item of a list through the body; anything else is one item. Goes on with the results in input order where the
   * callback returns a pipe; otherwise nothing follows. With `onItemError: 'collect'` a failed item gives `{ error }`, and an
   * item that delivers nothing the error `no_output`; signals that were accepted before continue.
   */
  forEach<Body extends Carries<unknown> | Empty, Mode extends 'fail' | 'collect' = 'fail'>(
    body: (item: Pipe<E, ItemOf<V>>) => Body,
    options?: Limits & { readonly onItemError?: Mode },
  ): Body extends Carries<infer Out> ? Pipe<E, (Mode extends 'collect' ? Out | ItemError : Out)[]> : Empty;
  /**
   * Gives a named collection its value of one branch; goes on with `{ [branch]: value }` of all branches whenever all that
   * collect into that name have one in the same scope. `reset` then starts anew, `update` (default) keeps the latest set.
   */
  collect<const Branch extends string>(name: string, options: CollectOptions<Branch>): Pipe<E, Gathered<Branch, V>>;
  /** The same where the types of all branches are known: `collect<{ a: number; b: string }>('name', { branch: 'b' })`. */
  collect<All extends object>(name: string, options: CollectOptions<BranchOf<All, V>>): Pipe<E, All>;
  /** Runs a flow as a frame of the same execution: only what `capture` names goes in, only what `writeBack` names comes out. */
  subFlow<
    F extends AnyFlow,
    From extends Bindings = never,
    Into extends Bindings = never,
    Side extends boolean = false,
  >(
    child: F & InputOf<F, V, From>,
    options?: SubFlowOptions<From, Into, Side>,
  ): Pipe<E, SubFlowOutput<F, V, Into, Side>>;
  /** Where pending interventions of this target (none: untargeted ones) become visible. */
  interventionPoint(name: string, options?: { readonly target?: string }): Pipe<E, V>;
  /** Looks at the value as it passes. Give it a name, or a named function, to export the flow. */
  tap(look: (context: TapContext<E, V>) => unknown): Pipe<E, V>;
  tap(name: string, look: (context: TapContext<E, V>) => unknown): Pipe<E, V>;
  /** @deprecated Keep results in state. Writes `$final_result` when nothing else did. */
  end(this: Carries<E['result']>): void;
}

// biome-ignore lint/suspicious/noConfusingVoidType: callbacks without a return statement are typed as void
type Empty = void;

export interface Beside {
  readonly sideBranch: true;
}

interface Limits {
  /**
   * How many branches or items may be worked on at once. One counts until its body has ended or only waits for answers; an
   * answered one needs a slot again, in the order of answers.
   */
  readonly concurrency?: number;
}

type Batched<V> = readonly [Chunk<V, unknown>, ...Chunk<V, unknown>[]];
export type BatchOutput<Chunks extends readonly AnyChunk[]> = {
  [C in Chunks[number] as C['name']]: OutputOf<C>;
};
export type OutputOf<C> = C extends Chunk<never, infer Out> ? Out : never;

type ItemOf<V> = V extends readonly (infer Item)[] ? Item : V;

/** What stands at the place of an item that failed. */
export interface ItemError {
  readonly error: { readonly name: string; readonly message: string; readonly code?: string };
}

interface CollectOptions<Branch extends string> {
  readonly branch: Branch;
  readonly mode?: 'update' | 'reset';
}
/** The other branches are written elsewhere, so their types are not known here. */
type Gathered<Branch extends string, V> = { readonly [B in Branch]: V } & { readonly [other: string]: unknown };
type BranchOf<All, V> = { [B in keyof All]: V extends All[B] ? B : never }[keyof All] & string;

declare const env: unique symbol;

/**
 * A flow: contract first, then statements that wire it. Wiring the same again changes nothing. Wrong wiring throws
 * FlowError `definition_invalid` at once, or when the graph is read.
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
    options: ChunkOptions<Resume, NoInfer<In>>,
    handler: ChunkHandler<E, In, output<Resume>, Returned>,
  ): Chunk<In, Output<Returned, output<Resume>>, Name>;
  /**
   * Declares a live object that an execution cannot go on without once it is loaded elsewhere; see `inspectLoad`.
   * @throws FlowError `invalid_request`, `definition_invalid`
   */
  declareResourceRequirement(key: string, options?: RequirementOptions): void;
  /**
   * Starts a chain at a signal, at a chunk's completions, at the writes of a state or flowData key, at a collection, or once
   * all of a list have come in one scope.
   */
  when<const W extends Listening<Key<E['signals']>, Key<E['state']>>>(
    what: W,
    options?: { readonly mode?: 'and' },
  ): Pipe<E, Heard<E, W>>;
  /** Starts a chain at each of a list, with `{ name, value }`. */
  when<const W extends Listening<Key<E['signals']>, Key<E['state']>>>(
    what: W,
    options: { readonly mode: 'or' },
  ): Pipe<E, HeardAny<E, W>>;
}

/** The contract types of a flow. */
export type EnvOfFlow<F extends AnyFlow> = F extends { readonly [env]?: infer E extends Env } ? E : Env;

/** What a handler of `flow` is given, for handlers at module level: `(ctx: ContextOf<typeof flow, Input>) => …`. */
export type ContextOf<F extends AnyFlow, In, Resume = unknown> = ChunkContext<EnvOfFlow<F>, In, Resume>;
