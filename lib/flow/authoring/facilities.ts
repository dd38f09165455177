/** Parts of a chunk's context that stand for themselves: state, shared data, interventions and files. */
import type { Json } from '../json.ts';

export type Key<S> = Extract<keyof S, string>;
/** What may be written under a name. */
export type Given<G, K> = K extends keyof G ? G[K] : never;
/** A key, or a path into its value: `order`, `order.lines.0`. */
export type PathOf<K extends string> = K | `${K}.${string}`;
/** The type of a key; a path into a value is only known to be JSON. */
export type ValueAt<S, P> = P extends keyof S ? S[P] : Json;
/** What may be appended under a key: an item of its list. */
export type ItemAt<S, P> = P extends keyof S ? (unknown extends S[P] ? Json : ItemOf<S[P]>) : Json;
type ItemOf<List> = List extends readonly (infer Item)[] ? Item : never;
/** The keys whose value may be a number. */
export type NumberKey<S> = Key<{ readonly [K in keyof S as number extends S[K] ? K : never]: S[K] }>;

/** Read access: own writes first, then the last committed value. Dots make paths. */
export interface StateReader<S> {
  get<P extends PathOf<Key<S>>>(path: P): Promise<ValueAt<S, P> | undefined>;
}

/** Of awaited emits and watched writes, the commit points of a chunk. */
export interface EmitOptions {
  /**
   * Tells apart those that may come in another order when the chunk is repeated: needed where several are awaited at once. Equal
   * keys keep their order among themselves. A text that is not empty.
   */
  readonly key?: string;
}

/** `key` matters only for a write that some chain listens to. */
export interface WriteOptions extends EmitOptions {
  /**
   * What a write that some chain listens to does: by default its promise waits for what it set off, as an awaited emit
   * does. `'nowait'` leaves that to the queue, `false` sets nothing off.
   */
  readonly emit?: false | 'nowait';
}

/**
 * Execution state. Writes are parsed by the schema of the key, kept with the activation and committed with its settle: a failed
 * attempt leaves nothing behind, except what came before an awaited emit or a watched write. A write to a part of a value
 * parses the whole value again.
 * @throws FlowError `invalid_value`: not JSON, against the contract, or a path through a scalar
 */
export interface State<S, G = S> extends StateReader<S> {
  set<P extends PathOf<Key<G>>>(path: P, value: ValueAt<G, P>, options?: WriteOptions): Promise<void>;
  /** Adds to a list; a value that is no list becomes `[old, item]`. Commutes with appends of other chunks. */
  append<P extends PathOf<Key<G>>>(path: P, item: ItemAt<G, P>, options?: WriteOptions): Promise<void>;
  /** Adds to a number (missing counts as 0). Commutes with increments of other chunks. */
  increment(path: NumberKey<G> | `${Key<G>}.${string}`, by?: number, options?: WriteOptions): Promise<void>;
  delete(path: PathOf<Key<G>>, options?: WriteOptions): Promise<void>;
}

export interface SharedOptions {
  /** Says that sharing is meant: no warning. */
  readonly noWarning?: true;
}

export interface FlowDataReader {
  get(path: string, options?: SharedOptions): Promise<Json | undefined>;
}

/**
 * Data of the flow, shared by its executions and outside their commits; warns unless told not to. Writes fire
 * `when({ flowData: key })` in every open execution that listens, later and never awaited.
 * @throws FlowError `invalid_value`
 */
export interface FlowData extends FlowDataReader {
  set(path: string, value: Json, options?: SharedOptions): Promise<void>;
  append(path: string, item: Json, options?: SharedOptions): Promise<void>;
  increment(path: string, by?: number, options?: SharedOptions): Promise<void>;
  delete(path: string, options?: SharedOptions): Promise<void>;
}

export interface Intervention {
  /** 1, 2, …; also its id. */
  readonly version: number;
  readonly status: 'pending' | 'inserted' | 'expired' | 'rejected';
  readonly payload: Json;
  readonly target?: string;
  readonly author?: string;
  /** Whether the author was authenticated. Absent: nobody has looked. */
  readonly verified?: boolean;
  /** The name that the caller gave beside an author that is known otherwise. */
  readonly claimed?: string;
  readonly note?: string;
  /** The intervention point or chunk at which it became visible. */
  readonly insertedBy?: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  /** What has become of it so far, by consumer. */
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
  /** Only later ones than this version. */
  readonly sinceVersion?: number;
}

export interface ConsumeOptions {
  /** Who used it. Default: the chunk's name. */
  readonly consumer?: string;
  /** Default `applied`. */
  readonly status?: 'applied' | 'ignored';
  readonly note?: string;
}

/** What people added to the running execution, as far as it has been inserted. */
export interface Interventions {
  get(filter?: InterventionFilter): Promise<readonly Intervention[]>;
  /**
   * Notes that this chunk has used it; it stays visible. Kept with the settle.
   * @throws FlowError `invalid_value` for one that is not visible
   */
  consume(version: number, options?: ConsumeOptions): Promise<void>;
}

/** Names a file of the workspace; JSON, so that it can be kept in state. */
export interface WorkspaceRef {
  readonly name: string;
  readonly size: number;
  /** SHA-256, base64url. */
  readonly digest: string;
  readonly contentType?: string;
}

/**
 * Files and large artifacts of the execution, outside its commits: a file is there once `put` resolves, also when the attempt
 * fails later. Names: letters, digits and `. _ - /`. Up to 16 MB each.
 * @throws FlowError `invalid_value`, `value_too_large`
 */
export interface Workspace {
  /** A name that is put again names the new content; refs of the old one still find it. */
  put(name: string, content: string | Uint8Array, options?: { readonly contentType?: string }): Promise<WorkspaceRef>;
  /** By name as it is now, by ref as it was. */
  get(file: string | WorkspaceRef): Promise<Uint8Array | undefined>;
  /** By name. */
  list(prefix?: string): Promise<readonly WorkspaceRef[]>;
}
