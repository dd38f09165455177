/**
 * What a chunk's handler and a predicate are given. The types flow from the contract of the flow (`Env`) and the value
 * that reaches the chunk; the runtime builds the objects.
 */
import type { Json } from './json.ts';

/** The types of a flow's contract, carried by everything that belongs to the flow. */
export interface Env {
  readonly input: unknown;
  readonly state: Readonly<Record<string, unknown>>;
  readonly signals: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, unknown>>;
  readonly stream: unknown;
}

export interface Logger {
  info(message: string, fields?: Readonly<Record<string, Json>>): void;
  warn(message: string, fields?: Readonly<Record<string, Json>>): void;
  error(message: string, fields?: Readonly<Record<string, Json>>): void;
}

type Key<S> = Extract<keyof S, string>;
type PathIn<S> = `${Key<S>}.${string}`;

/** Read access: own writes first, then the last committed value. Dots make paths. */
export interface StateReader<S> {
  get<K extends Key<S>>(key: K): Promise<S[K] | undefined>;
  get(path: PathIn<S>): Promise<Json | undefined>;
}

/**
 * Execution state. Writes are checked at once, kept with the activation and committed with its settle: a failed attempt
 * leaves nothing behind.
 * @throws FlowError `invalid_value`: not JSON, against the contract, or a path through a scalar
 */
export interface State<S> extends StateReader<S> {
  set<K extends Key<S>>(key: K, value: S[K]): Promise<void>;
  set(path: PathIn<S>, value: Json): Promise<void>;
  /** Adds to a list; a value that is no list becomes `[old, item]`. Commutes with appends of other chunks. */
  append(key: Key<S> | PathIn<S>, item: Json): Promise<void>;
  /** Adds to a number (missing counts as 0). Commutes with increments of other chunks. */
  increment(key: Key<S> | PathIn<S>, by?: number): Promise<void>;
  delete(key: Key<S> | PathIn<S>): Promise<void>;
}

export interface PauseOptions {
  /** What kind of answer is awaited, such as `approval`; shown in lists and on the callback page. */
  readonly type: string;
  /** JSON shown to whoever answers. */
  readonly payload?: unknown;
  /** `next`: the answer becomes the chunk's output. */
  readonly resumeTo?: 'next';
  /** Milliseconds until the wait expires. Never early. Default: it does not expire. */
  readonly expiresIn?: number;
  /** At expiry: fail the execution (default), or go on with a value. */
  readonly onExpiry?: 'fail' | { readonly value: unknown };
}

declare const answer: unique symbol;

/** A durable wait, returned by `pauseFor`. It must be returned by the handler: no code after a pause survives. */
export interface Interrupt<Answer> {
  readonly interrupt: PauseOptions;
  readonly [answer]?: Answer;
}

export interface ChunkContext<E extends Env, In, Resume = unknown> {
  readonly input: In;
  /** Alias of `input`. */
  readonly value: In;
  readonly execution: { readonly id: string; readonly flow: string };
  readonly chunk: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** `<executionId>/<activationId>`: the same over every retry and redelivery of this activation. */
  readonly idempotencyKey: string;
  /** Aborted shortly before the worker's deadline, and when the worker lost this activation. */
  readonly abort: AbortSignal;
  readonly log: Logger;
  readonly resources: E['resources'];
  /** @throws FlowError `missing_resource`, which is not retried */
  requireResource<K extends Key<E['resources']>>(key: K): E['resources'][K];
  readonly state: State<E['state']>;
  /**
   * Accepted with the settle of this activation, then delivered by a queue message of its own. The chunk does not wait.
   * @throws FlowError `invalid_value`
   */
  emitNowait<K extends Key<E['signals']>>(name: K, value: E['signals'][K]): void;
  /** Puts an item into the stream of the execution; readers see it before the chunk ends. */
  stream(item: E['stream']): Promise<void>;
  /** Makes a durable wait; `return` it. */
  pauseFor(options: PauseOptions): Interrupt<Resume>;
}

/** Predicates of `match` see the value and committed state; they must not have side effects. */
export interface PredicateContext<E extends Env, In> {
  readonly input: In;
  readonly state: StateReader<E['state']>;
  readonly resources: E['resources'];
}
