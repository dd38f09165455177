/**
 * Stores ledger entries that left the head. They are put before the commit that removes them from it. Idempotent by key
 * and entry id.
 */
import type { LedgerEntry } from '../engine/head.ts';
import type { Owner } from './value-store.ts';

export interface LedgerStore {
  put(owner: Owner, entries: readonly LedgerEntry[]): Promise<void>;
  /** The entries of one `ledgerKey`, oldest first; strongly consistent. */
  get(owner: Owner, key: string): Promise<readonly LedgerEntry[]>;
  /** All entries, those of one key oldest first; strongly consistent. */
  list(owner: Owner): Promise<readonly LedgerEntry[]>;
  /** Deletes a part of what the owner has stored. `more`: some may be left. Idempotent. */
  erase(owner: Owner): Promise<'erased' | 'more'>;
}

export { entryId, ledgerKey } from '../engine/outside/ledger.ts';
