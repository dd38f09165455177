/** The parts of a view with values of any size: loaded while they fit, otherwise left out and named. */
import type { Value } from '../../engine/head.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { knownBytes, refsIn } from '../../engine/values/value-refs.ts';
import type { Json } from '../../flow/json.ts';
import type { OmittedPart, OmittedValue } from '../client/types.ts';

export interface Parts {
  /** Left-out parts, in the order of the calls. */
  readonly omitted: readonly OmittedPart[];
  /** Values left out, to be read by `readValue`. */
  readonly omittedValues: readonly OmittedValue[];
  /** Returns the items of a list that fit. */
  list<Row, Item extends object>(
    part: OmittedPart,
    rows: readonly Row[],
    load: (row: Row) => Promise<Item | undefined>,
  ): Promise<Item[]>;
  /** Returns the members of an object that fit. */
  members(
    part: OmittedPart,
    values: Readonly<Record<string, Value>>,
    load: (value: Value) => Promise<Json>,
  ): Promise<Readonly<Record<string, Json>>>;
  take(part: OmittedPart, value: Json | undefined): Json | undefined;
  /** The same for a stored value. */
  value(part: OmittedPart, value: Value | undefined, load: (value: Value) => Promise<Json>): Promise<Json | undefined>;
}

/** Values loaded concurrently. One whose size is not known has at most 350 KB. */
const AT_ONCE = 8;

/** @param most bytes of JSON for all parts together */
export function createParts(most: number): Parts {
  const omitted: OmittedPart[] = [];
  const omittedValues: OmittedValue[] = [];
  const atOnce = most === Infinity ? Infinity : AT_ONCE;
  let room = most;
  const omit = (part: OmittedPart): void => {
    if (!omitted.includes(part)) omitted.push(part);
  };
  const omitValue = (part: OmittedPart, path: string, value: Value, bytes = knownBytes(value)): void => {
    omit(part);
    omittedValues.push({ path, ...(bytes > 0 ? { bytes } : {}) });
  };
  /** Takes room only for what fits. */
  const takes = (bytes: number): boolean => {
    if (bytes > room) return false;
    room -= bytes;
    return true;
  };
  return {
    omitted,
    omittedValues,
    async list<Row, Item extends object>(
      part: OmittedPart,
      rows: readonly Row[],
      load: (row: Row) => Promise<Item | undefined>,
    ): Promise<Item[]> {
      const items: Item[] = [];
      for (let at = 0; at < rows.length; at += atOnce) {
        for (const item of await Promise.all(rows.slice(at, at + atOnce).map(load))) {
          if (item && takes(bytesOf(item))) items.push(item);
          else if (item) omit(part);
        }
        if (omitted.includes(part)) break;
      }
      return items;
    },
    async members(part, values, load) {
      const loaded: Record<string, Json> = {};
      const entries = Object.entries(values);
      // After a stored value that did not fit, no more of them are loaded.
      let isFull = false;
      for (let at = 0; at < entries.length; at += atOnce) {
        const group = entries.slice(at, at + atOnce).filter(([key, value]) => {
          const isSmall = knownBytes(value) <= room && !(isFull && refsIn(value).length > 0);
          if (!isSmall) omitValue(part, `${part}.${key}`, value);
          return isSmall;
        });
        const some = (await load({ of: Object.fromEntries(group) })) as Readonly<Record<string, Json>>;
        for (const [key, value] of group) {
          const member = some[key] ?? null;
          const bytes = bytesOf(member);
          if (takes(bytes)) loaded[key] = member;
          else {
            isFull = true;
            omitValue(part, `${part}.${key}`, value, bytes);
          }
        }
      }
      return loaded;
    },
    async value(part, value, load) {
      if (!value) return undefined;
      if (knownBytes(value) <= room) {
        const loaded = await load(value);
        if (takes(bytesOf(loaded))) return loaded;
      }
      omitValue(part, part, value);
      return undefined;
    },
    take(part, value) {
      if (value === undefined || takes(bytesOf(value))) return value;
      omit(part);
      return undefined;
    },
  };
}
