/** The ledger: what was answered to outside events, so that a repeat gets the first answer and nothing happens twice. */
import type { LedgerEntry } from './head.ts';
import type { Turn } from './turn.ts';

/** What an entry is looked up by. */
export function ledgerKey(entry: Pick<LedgerEntry, 'kind' | 'id'>): string {
  return `${entry.kind}:${entry.id}`;
}

/**
 * The entries of one key, oldest first. Spilled ones are asked for in `needs` when the head has none and they are not at
 * hand; `undefined` until then.
 */
export function entriesOf<Kind extends LedgerEntry['kind']>(
  turn: Turn,
  kind: Kind,
  id: string,
): readonly Extract<LedgerEntry, { kind: Kind }>[] | undefined {
  const key = ledgerKey({ kind, id });
  const ofKey = (entry: LedgerEntry): entry is Extract<LedgerEntry, { kind: Kind }> =>
    entry.kind === kind && entry.id === id;
  const inHead = turn.head.ledger.filter(ofKey);
  if (turn.head.spilled === 0) return inHead;
  const spilled = turn.facts.ledger.get(key);
  if (!spilled) {
    turn.needs.ledger.add(key);
    return undefined;
  }
  return [...spilled.filter(ofKey), ...inHead];
}

export function record(turn: Turn, entry: LedgerEntry): void {
  turn.head.ledger.push(entry);
}
