/** The runtime stream of an execution: ordered, durable, read from any position by many readers. */
import type { Json } from '../flow/json.ts';
import type { Owner } from './value-store.ts';

export interface NewStreamItem {
  /** Idempotence: an item whose id the stream already has is not added again. */
  readonly id: string;
  readonly chunk: string;
  readonly attempt: number;
  readonly item: Json;
}

export interface StreamItem extends NewStreamItem {
  /** Position, from 1, without gaps. */
  readonly seq: number;
}

export interface StreamStore {
  /**
   * Appends in order; concurrent writers never lose or overwrite each other's items. `ended`: what the stream did not have by
   * its end was left out.
   */
  append(owner: Owner, items: readonly NewStreamItem[]): Promise<'appended' | 'ended'>;
  /** Nothing is appended any more. Idempotent. */
  end(owner: Owner): Promise<void>;
  /** Strongly consistent. */
  hasEnded(owner: Owner): Promise<boolean>;
  /** Items with `seq > after`, at most `limit`, strongly consistent. */
  read(owner: Owner, after: number, limit: number): Promise<readonly StreamItem[]>;
}
