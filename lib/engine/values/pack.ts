/**
 * Keeps the head small. Large values move to the value store, old ledger entries to the ledger store, and unreferenced
 * values are listed for deletion. The result names what must be stored before the head.
 */
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { Head, LedgerEntry, PartedList, Value } from '../head.ts';
import { bytesOf, ListCutter, PART_BYTES } from './list-cutter.ts';
import { isParted } from './parted-lists.ts';
import { indexesOf, mapValues, refsOf } from './value-refs.ts';
import { type Folded, fold, type PagedHead } from './wait-pages.ts';

export { bytesOf };

/** Most bytes of a value that workers read which know only format 1 of a head. */
const FORMAT_1_BYTES = 350 * 1024;

export interface Packed {
  readonly head: Head;
  /** How the head is stored, where its waits are in pages. */
  readonly paged?: PagedHead;
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
  /** The same for parts of lists, by their JSON text. */
  readonly knownParts?: Map<string, string>;
  /** Where it put long lists; `pack` adds to it. */
  readonly knownLists?: Map<Json, PartedList>;
  /** Newest format of a head that it may write. Lists are cut into parts from format 2. Absent: 1. */
  readonly format?: Head['format'];
  /** Most bytes of a running list's results in the head; default 4 KB. */
  readonly resultBytes?: number;
  /** Most parts of a running list's results that the head names; default 48. */
  readonly partsKept?: number;
  /** Most waits in the head; with format 3, others are stored in pages beside it. Absent: all are in the head. */
  readonly waitsKept?: number;
  /** How `before` is stored, where its waits are in pages. */
  readonly paged?: PagedHead | undefined;
}

/** Packs `head` in place. @param before the head that `head` was made from */
export function pack(before: Head | undefined, head: Head, options: PackOptions): Packed {
  const values = new Map<string, Json>();
  const cut = cutterFor(head, options, values);
  const indexed = cut ? cut.lists(before) : new Set<string>();
  mapValues(head, (value) => moveOut(value, options, values, cut));
  const kept = refsOf(head);
  // The records of a full history name values for as long as they are kept themselves.
  const mayDrop = before && head.options.history !== undefined;
  const unused = mayDrop ? [...refsOf(before)].filter((ref) => !kept.has(ref) && !indexed.has(ref)) : [];
  const spilled = spill(head, before?.ledger.length ?? 0, options.ledgerKept);
  const folded = foldWaits(head, options, values);
  const dropped = mayDrop ? [...unused, ...folded.dropped] : [];
  if (dropped.length > 0) {
    const lists = mayDrop ? [...indexesOf(before)].filter((ref) => dropped.includes(ref)) : [];
    head.outbox.push({ id: options.newId(), kind: 'drop', refs: dropped, ...(lists.length > 0 ? { lists } : {}) });
  }
  return { head: folded.head, values, spilled, ...(folded.paged && { paged: folded.paged }) };
}

function foldWaits(head: Head, options: PackOptions, values: Map<string, Json>): Folded {
  const { paged, format = 1, waitsKept = Infinity, newId } = options;
  if (!paged && format < 3) return { head, dropped: [] };
  const put = (rows: Json): string => {
    // Each try has its own: one of an earlier try may be listed for dropping by now.
    const ref = newId();
    values.set(ref, rows);
    return ref;
  };
  return fold(head, paged, { kept: waitsKept, put });
}

function cutterFor(head: Head, options: PackOptions, values: Map<string, Json>): ListCutter | undefined {
  if (head.format < 2 && (options.format ?? 1) < 2) return undefined;
  const { inlineBytes, newId, knownParts = new Map(), resultBytes = 4096, partsKept = 48 } = options;
  return new ListCutter(head, { inlineBytes, resultBytes, partsKept, newId, knownParts, values });
}

function moveOut(value: Value, options: PackOptions, values: Map<string, Json>, cut?: ListCutter): Value {
  if ('of' in value) {
    const parts = Object.entries(value.of).map(([key, part]) => [key, moveOut(part, options, values, cut)]);
    return { of: Object.fromEntries(parts) };
  }
  if (isParted(value)) return cut?.rest(value) ?? value;
  if ('list' in value) return { list: value.list.map((part) => moveOut(part, options, values, cut)) };
  if ('ref' in value || isSmall(value.v, options.inlineBytes)) return value;
  const bytes = bytesOf(value.v);
  if (bytes <= options.inlineBytes) return value;
  if (bytes > PART_BYTES && Array.isArray(value.v) && cut) {
    const list = cut.list(value.v);
    options.knownLists?.set(value.v, list);
    return list;
  }
  if (bytes > FORMAT_1_BYTES && !cut) throw tooLarge(bytes);
  const ref = options.known.get(value.v) ?? options.newId();
  options.known.set(value.v, ref);
  values.set(ref, value.v);
  if (bytes <= FORMAT_1_BYTES) return { ref };
  cut?.setFormat2();
  return { ref, bytes };
}

/** Most bytes of JSON of one character of a text, and of a number. */
const CHARACTER = 6;
const NUMBER = 24;

/** Whether a value is so small that its bytes need not be counted. */
function isSmall(value: Json, most: number): boolean {
  if (typeof value === 'string') return value.length * CHARACTER + 2 <= most;
  return (typeof value !== 'object' || value === null) && most >= NUMBER;
}

function tooLarge(bytes: number): FlowError {
  return new FlowError(
    'value_too_large',
    `A value has ${bytes} bytes of JSON; the limit with head format 1 is ${FORMAT_1_BYTES}. Set the head format to 2 once no worker of an older version runs.`,
    { details: { bytes, limit: FORMAT_1_BYTES } },
  );
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
