/** The ledger keeps the answers to outside events, so that a repeat gets the first answer and has no effect. */
import type { Head, LedgerEntry } from '../head.ts';
import type { Transition } from '../transition.ts';
import { endOf } from './waits.ts';

/** The key that entries are looked up by. */
export function ledgerKey(entry: Pick<LedgerEntry, 'kind' | 'id'>): string {
  return `${entry.kind}:${entry.id}`;
}

/** Identifies an entry among those of one key. */
export function entryId(entry: LedgerEntry): string {
  return `${entry.at}#${entry.kind === 'resume' ? (entry.requestId ?? '') : ''}`;
}

/**
 * Merges the entries of one key, oldest first. A failed commit may have spilled entries that the head still has; each
 * counts once.
 */
export function joinEntries<Entry extends LedgerEntry>(
  spilled: readonly Entry[],
  inHead: readonly Entry[],
): readonly Entry[] {
  const known = new Set(inHead.map(entryId));
  return [...spilled.filter((entry) => !known.has(entryId(entry))), ...inHead];
}

/** The entries in the head, oldest first, including those of ended waits that are still in it. */
export function entriesIn(head: Head): readonly LedgerEntry[] {
  const ended = head.interrupts.map((wait) => endOf(head, wait)).filter((entry) => entry !== undefined);
  return [...head.ledger, ...ended];
}

/**
 * The entries of one key, oldest first. `undefined` while spilled entries are needed and missing; they are then noted
 * as missing lookups.
 */
export function entriesOf<Kind extends LedgerEntry['kind']>(
  transition: Transition,
  kind: Kind,
  id: string,
): readonly Extract<LedgerEntry, { kind: Kind }>[] | undefined {
  const key = ledgerKey({ kind, id });
  const ofKey = (entry: LedgerEntry): entry is Extract<LedgerEntry, { kind: Kind }> =>
    entry.kind === kind && entry.id === id;
  const inHead = entriesIn(transition.head).filter(ofKey);
  if (transition.head.spilled === 0) return inHead;
  const spilled = transition.lookups.ledger.get(key);
  if (!spilled) {
    transition.missing.ledger.add(key);
    return undefined;
  }
  return joinEntries(spilled.filter(ofKey), inHead);
}

export function record(transition: Transition, entry: LedgerEntry): void {
  transition.head.ledger.push(entry);
}
