/** Values in records: small ones as they are, large ones by the beginning of their text and a reference. */
import type { Value } from '../../engine/head.ts';
import type { Cut, HistoryRecord } from '../../engine/history/records.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { readValue, refsIn } from '../../engine/values/value-refs.ts';
import type { Json } from '../../flow/json.ts';

/** Most bytes of JSON of a value that is kept whole in a record. */
export const MOST_BYTES = 4_096;
/** Characters kept of a larger one. */
const KEPT = 1_000;
export const VALUE_FIELDS = ['input', 'output', 'value'] as const;

/** Records as they are stored, and values that have to be stored before them. */
export interface Storable {
  readonly records: readonly HistoryRecord[];
  readonly values: ReadonlyMap<string, Json>;
}

/**
 * Shortens the large values of records.
 * @param refs references of values that the head's commit has stored
 */
export function storable(
  records: readonly HistoryRecord[],
  refs: ReadonlyMap<Json, string>,
  newId: () => string,
): Storable {
  const values = new Map<string, Json>();
  const cut = (value: Value | Cut): Value | Cut => {
    if ('cut' in value || 'ref' in value) return value;
    const bytes = bytesOf('v' in value ? value.v : value);
    if (bytes <= MOST_BYTES) return value;
    const whole = readValue(value, new Map(), new Set());
    if (whole === undefined) return { cut: '', bytes };
    const known = 'v' in value ? refs.get(value.v) : undefined;
    const ref = known ?? newId();
    if (known === undefined) values.set(ref, whole);
    return { cut: JSON.stringify(whole).slice(0, KEPT), bytes, ref };
  };
  const short = records.map((record) => {
    const kept = { ...record };
    for (const name of VALUE_FIELDS) {
      const { [name]: value } = record;
      if (value) kept[name] = cut(value);
    }
    return kept;
  });
  return { records: short, values };
}

/** A value as a view shows it: whole, or by the beginning of its text. */
export interface Shown {
  readonly value: Json;
  readonly ref?: { readonly ref?: string; readonly at?: number; readonly bytes?: number };
}

/** @param loaded stored values by reference */
export function show(value: Value | Cut, loaded: ReadonlyMap<string, Json>): Shown {
  if ('cut' in value)
    return { value: value.cut, ref: { bytes: value.bytes, ...(value.ref ? { ref: value.ref } : {}) } };
  const whole = readValue(value, loaded, new Set());
  const where = 'ref' in value ? { ref: value.ref, ...(value.at === undefined ? {} : { at: value.at }) } : {};
  if (whole === undefined) return { value: null, ref: where };
  const bytes = bytesOf(whole);
  if (bytes <= MOST_BYTES) return { value: whole };
  return { value: JSON.stringify(whole).slice(0, KEPT), ref: { ...where, bytes } };
}

/** References of the stored values that a record shows whole, if they are small. */
export function refsOfRecord(record: HistoryRecord): readonly string[] {
  return VALUE_FIELDS.flatMap((name) => {
    const value = record[name];
    return value && !('cut' in value) ? refsIn(value) : [];
  });
}
