/**
 * Immutable values that are too large for the head, written before the head that names them. A crash in between leaves
 * only garbage.
 */
import type { Json } from '../flow/json.ts';

/** Everything of an execution outside its head belongs to one incarnation. */
export interface Owner {
  readonly executionId: string;
  readonly inc: string;
}

export interface ValueStore {
  /** @throws FlowError `value_too_large` before anything is written; `MAX_VALUE_BYTES` of JSON text in UTF-8 each */
  put(owner: Owner, values: ReadonlyMap<string, Json>): Promise<void>;
  /** Strongly consistent; values that are missing are absent from the answer. */
  get(owner: Owner, refs: readonly string[]): Promise<ReadonlyMap<string, Json>>;
  /** Lets values go at `expiresAt` (ms), so that a reader of an older head still finds them. Idempotent. */
  drop(owner: Owner, refs: readonly string[], expiresAt: number): Promise<void>;
}

export const MAX_VALUE_BYTES = 350 * 1024;
