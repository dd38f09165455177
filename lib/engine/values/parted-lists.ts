/** Lists in parts: their shape, their references, their items, and the whole list. */
import type { Json } from '../../flow/json.ts';
import type { Value } from '../head.ts';
import { endsOf, indexesOf, nthOf, parseRuns, type Runs, rankOf } from './runs.ts';

/** A list of any length, stored in parts beside the head. Only heads of format 2 hold one. */
export interface PartedList {
  /** Number of items. */
  readonly size: number;
  readonly parts: readonly ListPart[];
  /** References of stored lists of `ListPart`: older parts. Absent: none. */
  readonly index?: readonly string[];
  /** Items that are in no part, by index. Absent: none. */
  readonly rest?: Readonly<Record<string, Value>>;
  /** Bytes of JSON of the items in parts. Absent: unknown. */
  readonly bytes?: number;
  /** The indexes that the list has, see `runs.ts`. Its items are `{ index, output }` of these. Absent: it has all. */
  readonly only?: string;
}

/** Some items of a list, stored once and never changed. */
export interface ListPart {
  readonly ref: string;
  /** Their indexes, see `runs.ts`. The stored list has the items in this order. */
  readonly at: string;
  /** References inside the stored items. Set: the part holds `Value`s. Absent: it holds JSON. */
  readonly holds?: readonly string[];
}

/** A part with its least and its greatest index. */
interface Span {
  readonly part: ListPart;
  readonly first: number;
  readonly last: number;
}

interface Index {
  /** Newest first. */
  readonly spans: readonly Span[];
  readonly only: Runs | undefined;
}

/** How to find the items of lists, while their head stays the same. Items are read one by one, and lists have many parts. */
export type Indexes = WeakMap<PartedList, Index>;

type Stored = ReadonlyMap<string, Json>;
type Read = (value: Value, stored: Stored, missing: Set<string>) => Json | undefined;

export function isParted(value: Value): value is PartedList {
  return 'parts' in value;
}

/** All parts; `undefined` while a stored index is missing, which is added to `missing`. */
function partsOf(
  { parts, index = [] }: PartedList,
  stored: Stored,
  missing: Set<string>,
): readonly ListPart[] | undefined {
  const older: ListPart[] = [];
  let isWhole = true;
  for (const ref of index) {
    const found = stored.get(ref);
    if (found !== undefined) older.push(...(found as unknown as readonly ListPart[]));
    else missing.add(ref);
    isWhole &&= found !== undefined;
  }
  return isWhole ? [...older, ...parts] : undefined;
}

/** The list as JSON. While a stored part is missing: `undefined`, and its reference is added to `missing`. */
export function readParted(list: PartedList, stored: Stored, missing: Set<string>, read: Read): Json | undefined {
  const parts = partsOf(list, stored, missing);
  if (!parts) return undefined;
  const indexes = list.only === undefined ? undefined : indexesOf(list.only);
  const length = indexes ? (indexes.at(-1) ?? -1) + 1 : list.size;
  const items: Json[] = Array.from({ length }, () => null);
  let isWhole = true;
  const put = (index: number, item: Json | undefined): void => {
    isWhole &&= item !== undefined;
    // A redrive leaves the old result of an item in its part, which may lie beyond all that have one now.
    if (item !== undefined && index < length) items[index] = item;
  };
  for (const { ref, at, holds } of parts) {
    const found = stored.get(ref) as readonly Json[] | undefined;
    if (found === undefined) missing.add(ref);
    for (const [i, index] of indexesOf(at).entries())
      put(index, holds && found ? read(found[i] as unknown as Value, stored, missing) : found?.[i]);
  }
  for (const [index, value] of Object.entries(list.rest ?? {})) put(Number(index), read(value, stored, missing));
  if (!isWhole) return undefined;
  return indexes ? indexes.map((index) => ({ index, output: items[index] ?? null })) : items;
}

/** One item. While a stored part that is needed is missing: `undefined`, and its reference is added to `missing`. */
export function partedItem(list: PartedList, position: number, reading: ItemReading): Value | undefined {
  const { only } = indexOf(list, reading);
  if (list.only === undefined || !only) return itemAt(list, position, reading);
  const index = nthOf(only, position);
  const output = index === undefined ? undefined : itemAt(list, index, reading);
  return index === undefined || output === undefined ? undefined : outputAt(index, output);
}

/** How a list that has only some indexes gives the item at one of them. */
export function outputAt(index: number, output: Value): Value {
  return { of: { index: { v: index }, output } };
}

export interface ItemReading {
  readonly stored: Stored;
  readonly missing: Set<string>;
  readonly indexes: Indexes;
}

function itemAt(list: PartedList, index: number, reading: ItemReading): Value | undefined {
  const { stored, missing } = reading;
  const rest = list.rest?.[index];
  if (rest) return rest;
  for (const { part, first, last } of indexOf(list, reading).spans) {
    const { ref, at, holds } = part;
    const rank = index < first || index > last ? undefined : rankOf(at, index);
    if (rank === undefined) continue;
    if (!holds) return { ref, at: rank };
    const found = stored.get(ref) as readonly Json[] | undefined;
    if (found === undefined) missing.add(ref);
    return found?.[rank] as unknown as Value | undefined;
  }
  return undefined;
}

/** A later part replaces results of earlier ones, so the newest comes first. */
function indexOf(list: PartedList, { stored, missing, indexes }: ItemReading): Index {
  const known = indexes.get(list);
  if (known) return known;
  const parts = partsOf(list, stored, missing);
  const spans = (parts ?? []).map((part) => ({ part, ...endsOf(part.at) })).toReversed();
  const made = { spans, only: list.only === undefined ? undefined : parseRuns(list.only) };
  if (parts) indexes.set(list, made);
  return made;
}

export function refsInParted(
  { parts, index = [], rest = {} }: PartedList,
  refsIn: (value: Value) => readonly string[],
) {
  const inParts = parts.flatMap(({ ref, holds = [] }) => [ref, ...holds]);
  return [...index, ...inParts, ...Object.values(rest).flatMap(refsIn)];
}
