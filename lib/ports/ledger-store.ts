/** Ledger entries that left the head, put before the commit that drops them. Idempotent by key. */
import type { LedgerEntry } from '../engine/head.ts';
import type { Owner } from './value-store.ts';

export interface LedgerStore {
  put(owner: Owner, entries: readonly LedgerEntry[]): Promise<void>;
  /** The entries of one key (`ledgerKey`), strongly consistent, oldest first. */
  get(owner: Owner, key: string): Promise<readonly LedgerEntry[]>;
  /** All entries, strongly consistent, those of one key oldest first. */
  list(owner: Owner): Promise<readonly LedgerEntry[]>;
}

export { entryId, ledgerKey } from '../engine/outside/ledger.ts';
