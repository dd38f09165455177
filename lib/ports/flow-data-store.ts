/**
 * Data that the executions of a flow share: one item per flow under optimistic concurrency. An `apply` that throws has an
 * unknown outcome: the caller loads again and finds the ids of its operations, or not.
 */
import type { Json } from '../flow/json.ts';

export interface FlowDataRecord {
  /** Raised by every write; 0 = there is nothing yet. */
  readonly version: number;
  readonly data: { readonly [key: string]: Json };
  /** Ids of writes that are in `data` and may still be asked for again. */
  readonly operations: readonly string[];
}

export interface FlowDataStore {
  /** Strongly consistent. */
  load(flow: string): Promise<FlowDataRecord>;

  /**
   * Replaces the data that was read at `version`, or does nothing.
   * @throws FlowError `value_too_large` over `MAX_VALUE_BYTES` of JSON, before anything is written
   */
  apply(flow: string, next: FlowDataRecord): Promise<'applied' | 'conflict'>;
}
