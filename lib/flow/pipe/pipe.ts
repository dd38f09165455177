/**
 * The types of a flow and its pipes. A pipe has only two type parameters, the contract and the value, so the compile time per
 * chunk is constant. `Cursor` and `FlowDefinition` implement the wiring.
 */
import type { input, output, ZodType } from 'zod';
import type { ChunkContext, Env, TapContext } from '../authoring/context.ts';
import type { Key } from '../authoring/facilities.ts';
import type { AnyFlow } from '../authoring/flow.ts';
import type { Page } from '../authoring/interrupt.ts';
import type { RequirementOptions } from '../authoring/requirements.ts';
import type { Bindings } from '../graph/graph.ts';
import type { EarlyCompletion, Tolerance } from '../options/completion.ts';
import type { Branching, Matched, MatchStart, PredicateOf } from './branches.ts';
import type { AnyChunk, Chunk, ChunkHandler, ChunkOptions, Output } from './chunk-types.ts';
import type { Heard, HeardAny, Listening } from './heard.ts';
import type { InputOf, SubFlowOptions, SubFlowOutput } from './sub-flow-types.ts';

declare const carried: unique symbol;

/** Carries the type of the value only. `forEach` and `end` use it to check what a pipe delivers. */
export interface Carries<out V> {
  readonly [carried]?: V | undefined;
}

/** A point of a flow where a value passes. Continuing from one point twice is a fork: both chains receive the value. */
export interface Pipe<E extends Env, V> extends Carries<V> {
  /** Continues with a chunk. A chunk given by its name sends `unknown`. */
  to<Out>(chunk: Chunk<V, Out> | string): Pipe<E, Out>;
  /** Defines a chunk and continues with it. */
  to<Returned>(name: string, handler: ChunkHandler<E, V, unknown, Returned>): Pipe<E, Output<Returned, unknown>>;
  /** Runs a chunk as a side branch: the main path keeps its value and does not wait. */
  to(chunk: Chunk<V, unknown> | string, options: Beside): Pipe<E, V>;
  to(name: string, handler: ChunkHandler<E, V, unknown, unknown>, options: Beside): Pipe<E, V>;
  /** Runs a chunk as a side branch: the main path keeps its value and does not wait. */
  sideBranch(chunk: Chunk<V, unknown> | string): Pipe<E, V>;
  sideBranch(name: string, handler: ChunkHandler<E, V, unknown, unknown>): Pipe<E, V>;
  /**
   * Runs all chunks with the same value. Continues as soon as `completion` is reached, with the outputs that exist by then; a
   * failed chunk's output is `{ error }`. The rest is withdrawn, or runs on unobserved with `rest: 'goOn'`.
   */
  batch<const Chunks extends Batched<V>>(
    chunks: Chunks,
    options: Limits & { readonly completion: EarlyCompletion<Partial<BatchResults<Chunks>>> },
  ): Pipe<E, Partial<BatchResults<Chunks>>>;
  batch<const Chunks extends Batched<V>>(
    chunks: Chunks,
    options: Limits & { readonly completion: Tolerance },
  ): Pipe<E, BatchResults<Chunks>>;
  /** Runs all chunks with the same value and continues with `{ [chunk name]: output }` once every chunk has an output. */
  batch<const Chunks extends Batched<V>>(chunks: Chunks, options?: Limits): Pipe<E, BatchOutput<Chunks>>;
  batch(chunks: Batched<V>, options: Limits & Beside): Pipe<E, V>;
  /**
   * Runs the first case that hits and continues with its output. Without a hit `caseElse` runs; without that the value passes
   * through: `match((m) => m.case('a', (p) => p.to(one)).caseElse((p) => p.to(other)))`.
   */
  match<Out, Else>(
    build: (cases: MatchStart<E, V>) => Matched<Out, Else>,
    options?: { readonly mode?: 'first' },
  ): Pipe<E, Out | Else>;
  /** In mode `all` with `completion`: continues as soon as it is reached; `index` is the number of the case. */
  match<Out, Else>(
    build: (cases: MatchStart<E, V>) => Matched<Out, Else>,
    options: { readonly mode: 'all'; readonly completion: EarlyCompletion<ItemResult<Out>[]> },
  ): Pipe<E, ItemResult<Out>[] | Else>;
  match<Out, Else>(
    build: (cases: MatchStart<E, V>) => Matched<Out, Else>,
    options: { readonly mode: 'all'; readonly completion: Tolerance },
  ): Pipe<E, (Out | ItemError)[] | Else>;
  /**
   * Runs every case that hits and continues with the list of their outputs, in case order. Without a hit as in mode `first`.
   */
  match<Out, Else>(
    build: (cases: MatchStart<E, V>) => Matched<Out, Else>,
    options: { readonly mode: 'all' },
  ): Pipe<E, Out[] | Else>;
  /** Runs the branch if the predicate is truthy. Otherwise `elseIf` or `else` runs; without those the value passes through. */
  if<Out>(when: PredicateOf<E, V>, body: (pipe: Pipe<E, V>) => Pipe<E, Out>): Branching<E, V, Out>;
  /**
   * Hands lists of up to `batchSize` items to the body: index, result and failure are those of the list. Each list is one
   * activation, so cheap items cost less.
   */
  forEach<Body extends Carries<unknown>>(
    body: (items: Pipe<E, ItemOf<V>[]>) => Body,
    options: Limits & ItemErrors & Batches & { readonly completion: EarlyCompletion<ItemResult<Carried<Body>>[]> },
  ): Pipe<E, ItemResult<Carried<Body>>[]>;
  forEach<Body extends Carries<unknown>>(
    body: (items: Pipe<E, ItemOf<V>[]>) => Body,
    options: Limits & ItemErrors & Batches & { readonly completion: Tolerance },
  ): Pipe<E, (Carried<Body> | ItemError)[]>;
  forEach<Body extends Carries<unknown> | Empty, Mode extends 'fail' | 'collect' = 'fail'>(
    body: (items: Pipe<E, ItemOf<V>[]>) => Body,
    options: Limits & Batches & { readonly onItemError?: Mode },
  ): Body extends Carries<infer Out> ? Pipe<E, (Mode extends 'collect' ? Out | ItemError : Out)[]> : Empty;
  /**
   * Runs items until `completion` is reached, then continues with the results that exist, in item order. The rest is withdrawn:
   * items not started never start, running attempts are aborted and their outcomes refused, waits end as `withdrawn`. With
   * `rest: 'goOn'` the rest runs on unobserved. More failures than tolerated fail the execution; `redrive` retries them.
   */
  forEach<Body extends Carries<unknown>>(
    body: (item: Pipe<E, ItemOf<V>>) => Body,
    options: Limits & ItemErrors & { readonly completion: EarlyCompletion<ItemResult<Carried<Body>>[]> },
  ): Pipe<E, ItemResult<Carried<Body>>[]>;
  /** Runs every item; a failed one results in `{ error }`, as long as `completion` tolerates it. */
  forEach<Body extends Carries<unknown>>(
    body: (item: Pipe<E, ItemOf<V>>) => Body,
    options: Limits & ItemErrors & { readonly completion: Tolerance },
  ): Pipe<E, (Carried<Body> | ItemError)[]>;
  /**
   * Runs every item of a list through the body; a value that is no list is one item. If the callback returns a pipe, the
   * results flow on in input order; otherwise nothing follows. With `onItemError: 'collect'` a failed item results in `{
   * error }`, and an item without output in an error with code `no_output`. Signals that a failed item emitted before stay in
   * effect.
   */
  forEach<Body extends Carries<unknown> | Empty, Mode extends 'fail' | 'collect' = 'fail'>(
    body: (item: Pipe<E, ItemOf<V>>) => Body,
    options?: Limits & { readonly onItemError?: Mode },
  ): Body extends Carries<infer Out> ? Pipe<E, (Mode extends 'collect' ? Out | ItemError : Out)[]> : Empty;
  /**
   * Sets the value of one branch of a named collection. Once every branch of that name has a value in the same scope,
   * `{ [branch]: value }` flows on. Mode `update` (default): it flows on again at each later value. `reset`: the values are
   * cleared each time.
   */
  collect<const Branch extends string>(name: string, options: CollectOptions<Branch>): Pipe<E, Gathered<Branch, V>>;
  /** The same with the types of all branches: `collect<{ a: number; b: string }>('name', { branch: 'b' })`. */
  collect<All extends object>(name: string, options: CollectOptions<BranchOf<All, V>>): Pipe<E, All>;
  /**
   * Runs another flow inside the same execution. The child receives only what `capture` names (default: the value as its
   * input). Only what `writeBack` names comes out (default: the child's result becomes the value).
   */
  subFlow<
    F extends AnyFlow,
    From extends Bindings = never,
    Into extends Bindings = never,
    Side extends boolean = false,
  >(
    child: F & InputOf<F, V, From>,
    options?: SubFlowOptions<From, Into, Side>,
  ): Pipe<E, SubFlowOutput<F, V, Into, Side>>;
  /** Makes pending interventions with this target visible; without a target, those that have none. */
  interventionPoint(name: string, options?: { readonly target?: string }): Pipe<E, V>;
  /** Calls `look` with the passing value; the value is unchanged. `exportFlow` needs a name or a named function. */
  tap(look: (context: TapContext<E, V>) => unknown): Pipe<E, V>;
  tap(name: string, look: (context: TapContext<E, V>) => unknown): Pipe<E, V>;
  /** @deprecated Keep results in state. Writes the value to `$final_result` unless something else has. */
  end(this: Carries<E['result']>): void;
}

// biome-ignore lint/suspicious/noConfusingVoidType: callbacks without a return statement are typed as void
type Empty = void;

export interface Beside {
  readonly sideBranch: true;
}

interface Limits {
  /**
   * Maximum number of branches or items that run at once, 1 or more. A branch or item holds its slot until its body has ended
   * or only waits for answers. After an answer it needs a slot again, in the order of answers. Default: no limit.
   */
  readonly concurrency?: number;
}

type Batched<V> = readonly [Chunk<V, unknown>, ...Chunk<V, unknown>[]];
export type BatchOutput<Chunks extends readonly AnyChunk[]> = {
  [C in Chunks[number] as C['name']]: OutputOf<C>;
};
/** The outputs of a batch with `completion`. */
export type BatchResults<Chunks extends readonly AnyChunk[]> = {
  [C in Chunks[number] as C['name']]: OutputOf<C> | ItemError;
};
export type OutputOf<C> = C extends Chunk<never, infer Out> ? Out : never;

type ItemOf<V> = V extends Page<infer Item> ? Item : V extends readonly (infer Item)[] ? Item : V;

type Carried<Body> = Body extends Carries<infer Out> ? Out : never;

interface Batches {
  /** At least 1. */
  readonly batchSize: number;
}

interface ItemErrors {
  readonly onItemError?: 'fail' | 'collect';
}

/** One result of a list with `minSuccessful` or `until`. */
export interface ItemResult<Out> {
  /** Index of the item, from 0. */
  readonly index: number;
  /** `{ error }` if the item has failed. */
  readonly output: Out | ItemError;
}

/** The result of a failed item with `onItemError: 'collect'`, or one that `completion` tolerates. */
export interface ItemError {
  readonly error: { readonly name: string; readonly message: string; readonly code?: string };
}

interface CollectOptions<Branch extends string> {
  /** The branch whose value this place sets; unique in the collection. */
  readonly branch: Branch;
  /** Default `update`. */
  readonly mode?: 'update' | 'reset';
}
/** Other places write the other branches, so their types are unknown here. */
type Gathered<Branch extends string, V> = { readonly [B in Branch]: V } & { readonly [other: string]: unknown };
type BranchOf<All, V> = { [B in keyof All]: V extends All[B] ? B : never }[keyof All] & string;

declare const env: unique symbol;

/**
 * A flow: its contract, then statements that wire it. Repeating an identical statement changes nothing. Invalid wiring throws
 * FlowError `definition_invalid`, at the statement or when the graph is first read.
 */
export interface Flow<E extends Env> extends AnyFlow, Pipe<E, E['input']> {
  readonly [env]?: E;
  /**
   * Defines a chunk without wiring it. A name has one handler in a flow.
   * @throws FlowError `definition_invalid`
   */
  chunk<const Name extends string, In, Returned>(
    name: Name,
    handler: ChunkHandler<E, In, unknown, Returned>,
  ): Chunk<In, Output<Returned, unknown>, Name>;
  chunk<const Name extends string, In, Returned, Resume extends ZodType>(
    name: Name,
    options: ChunkOptions<Resume, NoInfer<In>>,
    handler: ChunkHandler<E, In, output<Resume>, Returned>,
  ): Chunk<In, Output<Returned, output<Resume>>, Name, input<Resume>>;
  /**
   * Declares a live object that a saved execution needs to continue after it is loaded elsewhere; see `inspectLoad`.
   * @throws FlowError `invalid_request`, `definition_invalid`
   */
  declareResourceRequirement(key: string, options?: RequirementOptions): void;
  /**
   * Starts a chain at each occurrence of a source: a signal (`'paid'`), a chunk's completion, a write of `{ state: key }` or
   * `{ flowData: key }`, or a complete `{ collect: name }`. With a list of sources the chain starts with `{ [name]: value }`
   * once each has occurred in the same scope.
   */
  when<const W extends Listening<Key<E['signals']>, Key<E['state']>>>(
    what: W,
    options?: { readonly mode?: 'and' },
  ): Pipe<E, Heard<E, W>>;
  /** Starts a chain at each occurrence of any of the sources, with `{ name, value }`. */
  when<const W extends Listening<Key<E['signals']>, Key<E['state']>>>(
    what: W,
    options: { readonly mode: 'or' },
  ): Pipe<E, HeardAny<E, W>>;
}

/** The contract types of a flow. */
export type EnvOfFlow<F extends AnyFlow> = F extends { readonly [env]?: infer E extends Env } ? E : Env;

/** The context type of a flow's handlers, for handlers at module level: `(ctx: ContextOf<typeof flow, Input>) => …`. */
export type ContextOf<F extends AnyFlow, In, Resume = unknown> = ChunkContext<EnvOfFlow<F>, In, Resume>;
