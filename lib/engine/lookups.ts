/** What the reducer looks up outside the head, and what it lacked. */

import type { NodeId } from '../flow/graph/graph.ts';
import type { Json } from '../flow/json.ts';
import type { StateOperation } from './events.ts';
import type { Head, LedgerEntry, ScopeId } from './head.ts';
import type { CrowdLimits } from './limits/crowds.ts';

export interface SharedLookups {
  readonly data: { readonly [key: string]: Json };
  readonly made: readonly string[];
}

/**
 * Data that is not in the head: large values, spilled ledger entries and decisions of user code. The reducer notes in
 * `MissingLookups` what it lacks; the caller fetches that and reduces again.
 */
export interface Lookups {
  /** Shared data by flow, read by captures. `made`: ids of the writes that it contains. Absent: not fetched. */
  readonly flowData?: ReadonlyMap<string, SharedLookups>;
  readonly values: ReadonlyMap<string, Json>;
  /** Spilled ledger entries by `ledgerKey`. */
  readonly ledger: ReadonlyMap<string, readonly LedgerEntry[]>;
  /**
   * Applies a write to the value of a state key and parses the result by the key's schema. Absent: the flow has no
   * contract.
   * @throws FlowError `invalid_value`
   */
  readonly written?: (
    head: Head,
    home: ScopeId | undefined,
    operation: StateOperation,
    current: Json | undefined,
  ) => Json | undefined;
  /**
   * The item that an append adds to a list of `bytes` bytes, as the schema of the key outputs it. `undefined`: the item
   * can only be checked together with the list. Absent: the flow has no contract.
   * @throws FlowError `invalid_value`, `value_too_large`
   */
  readonly appended?: (
    head: Head,
    home: ScopeId | undefined,
    operation: StateOperation,
    bytes: number,
  ) => Json | undefined;
  /**
   * The converter of a captured value by the contract of the sub-flow at `node`; without `key`, of its input.
   * `undefined`: the contract takes any value.
   * @throws FlowError `invalid_value`, from both functions
   */
  readonly captured?: (
    head: Head,
    home: ScopeId | undefined,
    node: NodeId,
    key: string | undefined,
  ) => ((value: Json) => Json) | undefined;
  /**
   * Decisions of user code by activation id. Of a `match`: the indexes of the matching cases, possibly none. Of a
   * `tap`: empty.
   */
  readonly decisions: ReadonlyMap<string, readonly number[]>;
  /** Activations in the head up to which items of lists are started before a session has room for them. Absent: 64. */
  readonly startAhead?: number;
  /** Limits of many rows that wait. Absent: the defaults. */
  readonly crowds?: CrowdLimits;
  /** Newest format of a head that may be written. Absent: 1. */
  readonly format?: Head['format'];
  /** How many due waits, sleeping chunks and queued signals the events may process; the rest stays due. Absent: all. */
  readonly portion?: number;
  /** The inbox holds more events than are reduced here, so nothing is closed yet. */
  readonly hasMoreEvents?: boolean;
}

/**
 * Lookups that the reducer needed and did not get. A head reduced with missing `flowData`, `values` or `ledger` is
 * incomplete: discard it, fetch them and reduce the same events again. Missing `decisions` are no reason to discard it:
 * the undecided value waits in the head as a ready activation.
 */
export interface MissingLookups {
  readonly flowData: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
  readonly ledger: ReadonlySet<string>;
  readonly decisions: ReadonlySet<string>;
}
