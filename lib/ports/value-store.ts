/**
 * Stores immutable values that are too large for the head. They are written before the head that refers to them, so a
 * crash in between leaves only unreferenced values.
 */
import type { Json } from '../flow/json.ts';

/** One incarnation of an execution. It owns everything stored outside the head. */
export interface Owner {
  readonly executionId: string;
  readonly inc: string;
}

export interface ValueStore {
  /**
   * Stores values by reference.
   * @throws FlowError `value_too_large` over `MAX_VALUE_BYTES` of JSON text (UTF-8) in one value, before anything is
   * written
   */
  put(owner: Owner, values: ReadonlyMap<string, Json>): Promise<void>;
  /**
   * Reads values; strongly consistent. Missing ones are absent from the result.
   * @throws FlowError `value_damaged` when a value is not the one that was stored
   */
  get(owner: Owner, refs: readonly string[]): Promise<ReadonlyMap<string, Json>>;
  /** Expires values at `expiresAt` (ms), so that readers of an older head still find them. Idempotent. */
  drop(owner: Owner, refs: readonly string[], expiresAt: number): Promise<void>;
  /** Deletes a part of what the owner has stored. `more`: some may be left. Idempotent. */
  erase(owner: Owner): Promise<'erased' | 'more'>;
}

/** Most bytes of JSON of a value. A store keeps a large value in parts. */
export const MAX_VALUE_BYTES = 16 * 1024 * 1024;
/** Most bytes of what a store keeps in one row: a stream item, the shared data of a flow. */
export const MAX_ROW_BYTES = 350 * 1024;
