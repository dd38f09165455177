/** Values in records: small ones as they are, large ones by the beginning of their text and a reference. */
import type { Head, Value } from '../../engine/head.ts';
import type { Change } from '../../engine/history/changes.ts';
import type { Cut, HistoryRecord } from '../../engine/history/records.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { knownBytes, readValue, refsIn, refsOf } from '../../engine/values/value-refs.ts';
import type { Json } from '../../flow/json.ts';
import type { Known } from '../commit/reduce-fully.ts';

/** Most bytes of JSON of a value that is kept whole in a record. */
export const MOST_BYTES = 4_096;
/** Characters kept of a larger one. */
const KEPT = 1_000;
/** Most bytes of a stored value of which the beginning is shown. */
const MOST_LOADED = 350 * 1024;
export const VALUE_FIELDS = ['input', 'output', 'value'] as const;

/** Records as they are stored, and values that have to be stored before them. */
export interface Storable {
  readonly records: readonly HistoryRecord[];
  readonly values: ReadonlyMap<string, Json>;
}

/** Values that the commit of the head has stored. */
type Stored = Pick<Known, 'refs' | 'lists'>;

/**
 * Shortens the large values of records. What the head has stored is not stored again: with a full history it is kept as
 * long as the records.
 */
export function storable(
  records: readonly HistoryRecord[],
  { refs, lists }: Stored,
  head: Head,
  newId: () => string,
): Storable {
  const values = new Map<string, Json>();
  let used: ReadonlySet<string> | undefined;
  const uses = (ref: string): boolean => {
    used ??= refsOf(head);
    return used.has(ref);
  };
  const put = (value: Json): string => {
    const ref = newId();
    values.set(ref, value);
    return ref;
  };
  const cutValue = (value: Value, bytes: number): Cut => ({
    cut: '',
    bytes,
    ref: put(value as unknown as Json),
    isValue: true,
  });
  const cutJson = (whole: Json, bytes: number): Cut => {
    const cut = JSON.stringify(whole).slice(0, KEPT);
    const list = lists.get(whole);
    if (list && refsIn(list).every(uses)) return { ...cutValue(list, bytes), cut };
    const known = refs.get(whole);
    return { cut, bytes, ref: known !== undefined && uses(known) ? known : put(whole) };
  };
  const cut = (value: Value | Cut): Value | Cut => {
    if ('cut' in value || 'ref' in value) return value;
    const bytes = bytesOf('v' in value ? value.v : value);
    if (bytes <= MOST_BYTES) return value;
    const whole = readValue(value, new Map(), new Set());
    return whole === undefined ? cutValue(value, Math.max(bytes, knownBytes(value))) : cutJson(whole, bytes);
  };
  const keep = (value: Value | Cut): Value | Cut => {
    const kept = cut(value);
    return 'cut' in kept ? { ...kept, cut: '' } : kept;
  };
  const short = records.map((record) => {
    const kept = { ...record };
    if (record.changes) kept.changes = record.changes.map((change) => mapChange(change, keep));
    for (const name of VALUE_FIELDS) {
      const { [name]: value } = record;
      if (value) kept[name] = cut(value);
    }
    return kept;
  });
  return { records: short, values };
}

function mapChange({ state, joins, ...change }: Change, map: (value: Value | Cut) => Value | Cut): Change {
  const mapRow = <T extends Value | Cut | null>(row: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value && map(value)] as const));
  return {
    ...change,
    ...(state ? { state: mapRow(state) } : {}),
    ...(joins ? { joins: joins.map((row) => ({ ...row, slots: mapRow(row.slots) as typeof row.slots })) } : {}),
  };
}

/** A value as a history shows it: whole, or the beginning of its text and its size, as far as it is known. */
export interface Shown {
  readonly value: Json;
  readonly cut?: { readonly bytes?: number };
}

/** @param loaded stored values by reference */
export function show(value: Value | Cut, loaded: ReadonlyMap<string, Json>): Shown {
  if ('cut' in value) return { value: value.cut, cut: { bytes: value.bytes } };
  const whole = readValue(value, loaded, new Set());
  const known = knownBytes(value);
  if (whole === undefined) return { value: null, cut: known > 0 ? { bytes: known } : {} };
  const bytes = bytesOf(whole);
  if (bytes <= MOST_BYTES) return { value: whole };
  return { value: JSON.stringify(whole).slice(0, KEPT), cut: { bytes } };
}

/** References of the stored values that a record shows, unless they are large. */
export function refsOfRecord(record: HistoryRecord): readonly string[] {
  return VALUE_FIELDS.flatMap((name) => {
    const value = record[name];
    return value && !('cut' in value) && knownBytes(value) <= MOST_LOADED ? refsIn(value) : [];
  });
}
