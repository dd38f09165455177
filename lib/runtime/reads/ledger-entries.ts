/** Reads what the ledger knows of one outside event. */
import type { Head, LedgerEntry } from '../../engine/head.ts';
import { entriesIn, joinEntries, ledgerKey } from '../../engine/outside/ledger.ts';
import type { Stores } from '../../ports/ports.ts';

/**
 * The entries of one id, oldest first, from the head and then from the ledger store: in this order none is missed that
 * moves there in between.
 */
export async function entriesFor<Kind extends LedgerEntry['kind']>(
  { ledger }: Pick<Stores, 'ledger'>,
  head: Head,
  kind: Kind,
  id: string,
): Promise<readonly Extract<LedgerEntry, { kind: Kind }>[]> {
  const isAsked = (entry: LedgerEntry): entry is Extract<LedgerEntry, { kind: Kind }> =>
    entry.kind === kind && entry.id === id;
  const { id: executionId, inc, spilled } = head;
  const old = spilled > 0 ? await ledger.get({ executionId, inc }, ledgerKey({ kind, id })) : [];
  return joinEntries(old.filter(isAsked), entriesIn(head).filter(isAsked));
}
