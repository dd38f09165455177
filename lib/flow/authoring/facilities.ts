/** Parts of a chunk's context: state, shared data, interventions and files. */
import type { Json } from '../json.ts';

export type Key<S> = Extract<keyof S, string>;
/** The type that may be written under a name. */
export type Given<G, K> = K extends keyof G ? G[K] : never;
/** A key, or a path into its value: `order`, `order.lines.0`. */
export type PathOf<K extends string> = K | `${K}.${string}`;
/** The type of the value at a key. At a path into a value the type is only `Json`. */
export type ValueAt<S, P> = P extends keyof S ? S[P] : Json;
/** The type that may be appended at a key: an item of its list. */
export type ItemAt<S, P> = P extends keyof S ? (unknown extends S[P] ? Json : ItemOf<S[P]>) : Json;
type ItemOf<List> = List extends readonly (infer Item)[] ? Item : never;
/** The keys whose value may be a number. */
export type NumberKey<S> = Key<{ readonly [K in keyof S as number extends S[K] ? K : never]: S[K] }>;

/** Reads state: this activation's own writes first, then the last committed value. Dots separate path segments. */
export interface StateReader<S> {
  get<P extends PathOf<Key<S>>>(path: P): Promise<ValueAt<S, P> | undefined>;
}

/** Options of an awaited emit or a watched write: the operations that commit in the middle of a chunk. */
export interface EmitOptions {
  /**
   * Identifies this operation when a retry may reach several in another order, for example inside `Promise.all`. Operations
   * with equal keys must keep their order. Not empty.
   */
  readonly key?: string;
}

/** Options of a state write. `key` matters only if a chain listens to the state key. */
export interface WriteOptions extends EmitOptions {
  /**
   * Applies if a chain listens to the key. By default the write waits for the work it causes, like an awaited emit.
   * `'nowait'`: that work runs through the queue, and the write does not wait. `false`: the write causes no work.
   */
  readonly emit?: false | 'nowait';
}

/**
 * State of the execution. The key's schema parses every write; a write to a path parses the whole value of the key. Writes are
 * committed when the activation settles, so a failed attempt changes nothing. Exception: an awaited emit or a watched write
 * commits all writes before it.
 * @throws FlowError `invalid_value`: the value is not JSON, breaks the contract, or the path leads through a scalar
 */
export interface State<S, G = S> extends StateReader<S> {
  set<P extends PathOf<Key<G>>>(path: P, value: ValueAt<G, P>, options?: WriteOptions): Promise<void>;
  /** Appends to a list; a value `old` that is no list becomes `[old, item]`. Concurrent appends of other chunks are kept. */
  append<P extends PathOf<Key<G>>>(path: P, item: ItemAt<G, P>, options?: WriteOptions): Promise<void>;
  /** Adds `by` (default 1) to a number; an absent value counts as 0. Concurrent increments of other chunks are kept. */
  increment(path: NumberKey<G> | `${Key<G>}.${string}`, by?: number, options?: WriteOptions): Promise<void>;
  delete(path: PathOf<Key<G>>, options?: WriteOptions): Promise<void>;
}

export interface SharedOptions {
  /** Suppresses the warning that the data is shared by all executions of the flow. */
  readonly noWarning?: true;
}

export interface FlowDataReader {
  get(path: string, options?: SharedOptions): Promise<Json | undefined>;
}

/**
 * Data shared by all executions of the flow. A write takes effect at once, outside the activation's commit, and logs a warning
 * unless `noWarning` is set. Later it starts the chains of `when({ flowData: key })` in every open execution; no caller
 * awaits them.
 * @throws FlowError `invalid_value`
 */
export interface FlowData extends FlowDataReader {
  set(path: string, value: Json, options?: SharedOptions): Promise<void>;
  append(path: string, item: Json, options?: SharedOptions): Promise<void>;
  increment(path: string, by?: number, options?: SharedOptions): Promise<void>;
  delete(path: string, options?: SharedOptions): Promise<void>;
}

/** Information that a person added to a running execution. */
export interface Intervention {
  /** 1, 2, …; also its id. */
  readonly version: number;
  readonly status: 'pending' | 'inserted' | 'expired' | 'rejected';
  readonly payload: Json;
  readonly target?: string;
  readonly author?: string;
  /** Whether the author was authenticated. Absent: authentication was not checked. */
  readonly verified?: boolean;
  /** The name the caller gave, if `author` comes from authentication or a link instead. */
  readonly claimed?: string;
  readonly note?: string;
  /** The intervention point or chunk at which it became visible. */
  readonly insertedBy?: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  /** What each consumer did with it so far, by consumer. */
  readonly consumers: {
    readonly [consumer: string]: {
      readonly status: 'applied' | 'ignored';
      readonly note?: string;
      readonly at: string;
    };
  };
}

export interface InterventionFilter {
  readonly status?: Intervention['status'];
  readonly target?: string;
  /** Only versions greater than this one. */
  readonly sinceVersion?: number;
}

export interface ConsumeOptions {
  /** Name of the consumer. Default: the chunk's name. */
  readonly consumer?: string;
  /** Default `applied`. */
  readonly status?: 'applied' | 'ignored';
  readonly note?: string;
}

/** The interventions that are visible to this chunk: those already inserted. */
export interface Interventions {
  get(filter?: InterventionFilter): Promise<readonly Intervention[]>;
  /**
   * Records that this chunk applied or ignored an intervention, which stays visible. Committed when the activation settles.
   * @throws FlowError `invalid_value` if no visible intervention has this version
   */
  consume(version: number, options?: ConsumeOptions): Promise<void>;
}

/** Identifies one content of a workspace file. It is JSON, so state can hold it. */
export interface WorkspaceRef {
  readonly name: string;
  readonly size: number;
  /** SHA-256, base64url. */
  readonly digest: string;
  readonly contentType?: string;
}

/**
 * Files and large artifacts of the execution, outside its commits: a file is stored once `put` resolves, even if the attempt
 * fails later. Names consist of letters, digits and `. _ - /`. At most 16 MB per file.
 * @throws FlowError `invalid_value`, `value_too_large`
 */
export interface Workspace {
  /** Stores a file. A second `put` of the same name replaces the content; a ref still finds the old content. */
  put(name: string, content: string | Uint8Array, options?: { readonly contentType?: string }): Promise<WorkspaceRef>;
  /** The content: by name the latest, by ref the content it was made for. `undefined`: there is no such file. */
  get(file: string | WorkspaceRef): Promise<Uint8Array | undefined>;
  /** Refs of all files, or of those whose name starts with `prefix`. */
  list(prefix?: string): Promise<readonly WorkspaceRef[]>;
}
