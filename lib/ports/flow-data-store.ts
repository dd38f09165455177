/**
 * Stores the data that the executions of a flow share: one item per flow with optimistic concurrency. An `apply` that
 * throws has an unknown outcome: the caller loads again and looks for the ids of its operations.
 */
import type { Json } from '../flow/json.ts';

export interface FlowDataRecord {
  /** Incremented by every write; 0 = nothing is stored yet. */
  readonly version: number;
  readonly data: { readonly [key: string]: Json };
  /** Ids of writes that `data` contains and that may be repeated. */
  readonly operations: readonly string[];
}

export interface FlowDataStore {
  /** Loads the shared data; strongly consistent. */
  load(flow: string): Promise<FlowDataRecord>;

  /**
   * Replaces the data if its version is still `next.version`, the one that was loaded; else does nothing.
   * @throws FlowError `value_too_large` over `MAX_ROW_BYTES` of JSON, before anything is written
   */
  apply(flow: string, next: FlowDataRecord): Promise<'applied' | 'conflict'>;
}
