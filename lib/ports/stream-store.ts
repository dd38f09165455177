/** The runtime stream of an execution: ordered and durable; any number of readers start at any position. */
import type { Json } from '../flow/json.ts';
import type { Owner } from './value-store.ts';

export interface NewStreamItem {
  /** Idempotency key: an item whose id is in the stream is not appended again. */
  readonly id: string;
  readonly chunk: string;
  readonly attempt: number;
  readonly item: Json;
}

export interface StreamItem extends NewStreamItem {
  /** Position, counted from 1 without gaps. */
  readonly seq: number;
}

export interface StreamStore {
  /**
   * Appends in order; concurrent writers never lose or overwrite items. `ended`: the stream has ended, and new items
   * were left out.
   */
  append(owner: Owner, items: readonly NewStreamItem[]): Promise<'appended' | 'ended'>;
  /** Ends the stream: later appends add nothing. Idempotent. */
  end(owner: Owner): Promise<void>;
  /** True once the stream has ended; strongly consistent. */
  hasEnded(owner: Owner): Promise<boolean>;
  /** Items with `seq > after`, at most `limit`; strongly consistent. */
  read(owner: Owner, after: number, limit: number): Promise<readonly StreamItem[]>;
  /** Deletes a part of what the owner has stored. `more`: some may be left. Idempotent. */
  erase(owner: Owner): Promise<'erased' | 'more'>;
}
