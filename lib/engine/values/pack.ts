/**
 * Keeps the head small. Large values move to the value store, old ledger entries to the ledger store, and unreferenced
 * values are listed for deletion. The result names what must be stored before the head.
 */
import type { Json } from '../../flow/json.ts';
import type { Head, LedgerEntry, Value } from '../head.ts';
import { mapValues, refsOf } from './value-refs.ts';

export interface Packed {
  readonly head: Head;
  /** Values to store before the head, by reference. */
  readonly values: ReadonlyMap<string, Json>;
  /** Entries to store before the head. */
  readonly spilled: readonly LedgerEntry[];
}

export interface PackOptions {
  readonly inlineBytes: number;
  /** Limit of entries in the head. Above it, all but the newest half of the limit leave. */
  readonly ledgerKept: number;
  readonly newId: () => string;
  /** References of values from earlier tries of the same commit; `pack` adds to it. */
  readonly known: Map<Json, string>;
}

/** Packs `head` in place. @param before the head that `head` was made from */
export function pack(before: Head | undefined, head: Head, options: PackOptions): Packed {
  const values = new Map<string, Json>();
  mapValues(head, (value) => moveOut(value, options, values));
  const kept = refsOf(head);
  const dropped = before ? [...refsOf(before)].filter((ref) => !kept.has(ref)) : [];
  if (dropped.length > 0) head.outbox.push({ id: options.newId(), kind: 'drop', refs: dropped });
  return { head, values, spilled: spill(head, before?.ledger.length ?? 0, options.ledgerKept) };
}

function moveOut(value: Value, options: PackOptions, values: Map<string, Json>): Value {
  if ('of' in value) {
    const parts = Object.entries(value.of).map(([key, part]) => [key, moveOut(part, options, values)]);
    return { of: Object.fromEntries(parts) };
  }
  if ('list' in value) return { list: value.list.map((part) => moveOut(part, options, values)) };
  if ('ref' in value || bytesOf(value.v) <= options.inlineBytes) return value;
  const ref = options.known.get(value.v) ?? options.newId();
  options.known.set(value.v, ref);
  values.set(ref, value.v);
  return { ref };
}

/**
 * Spills only committed entries. A new one in the ledger store would be found by a retry of the commit that adds it.
 */
function spill(head: Head, committed: number, kept: number): readonly LedgerEntry[] {
  if (head.ledger.length <= kept) return [];
  const spilled = head.ledger.splice(0, Math.min(committed, head.ledger.length - Math.floor(kept / 2)));
  head.spilled += spilled.length;
  return spilled;
}

/** Size of the JSON text in bytes (UTF-8). */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
