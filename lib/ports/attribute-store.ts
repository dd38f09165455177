/**
 * Stores by which attributes executions are found: an index whose entries name flow, attribute, value and creation time.
 * It is a hint: an entry may be missing for a moment or stay after a change, so readers compare it with the head.
 */
import type { AttributeValue } from '../flow/options/attributes.ts';
import type { Position } from './execution-store.ts';

/** What an entry is found by. */
export interface AttributeKey {
  readonly flow: string;
  readonly name: string;
  /** A number is found by its text, too. */
  readonly value: AttributeValue;
}

export interface AttributeQuery extends AttributeKey {
  /** Continues after this position, with older executions. */
  readonly after?: Position;
  /** Only executions created at this time (ms) or later. */
  readonly since?: number;
  readonly limit: number;
}

export interface AttributeEntry extends AttributeKey, Position {}

export interface AttributeStore {
  /**
   * Adds and removes entries; each is one write. A repeat changes nothing.
   * @param rev revision of the head that the change follows: entries that this or a later revision added stay as they are.
   * Absent: all are removed.
   */
  write(added: readonly AttributeEntry[], removed: readonly AttributeEntry[], rev?: number): Promise<void>;
  /** Lists executions, newest first; eventually consistent. */
  find(query: AttributeQuery): Promise<readonly Position[]>;
}
