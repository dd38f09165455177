/** The parts of a view with values of any size: loaded while they fit, otherwise left out and named. */
import type { Value } from '../../engine/head.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import type { Json } from '../../flow/json.ts';
import type { OmittedPart } from '../client/types.ts';

export interface Parts {
  /** Left-out parts, in the order of the calls. */
  readonly omitted: readonly OmittedPart[];
  /** Returns the items of a list that fit. */
  list<Row, Item extends object>(
    part: OmittedPart,
    rows: readonly Row[],
    load: (row: Row) => Promise<Item | undefined>,
  ): Promise<Item[]>;
  /** Returns all members of an object, or none when they do not fit together. */
  members(
    part: OmittedPart,
    values: Readonly<Record<string, Value>>,
    load: (value: Value) => Promise<Json>,
  ): Promise<Readonly<Record<string, Json>>>;
  take(part: OmittedPart, value: Json | undefined): Json | undefined;
}

/** Values loaded concurrently; each has at most 350 KB. */
const AT_ONCE = 8;

/** @param most bytes of JSON for all parts together */
export function createParts(most: number): Parts {
  const omitted: OmittedPart[] = [];
  const atOnce = most === Infinity ? Infinity : AT_ONCE;
  let room = most;
  const fits = (value: unknown): boolean => {
    room -= bytesOf(value as Json);
    return room >= 0;
  };
  const omit = (part: OmittedPart): void => {
    if (!omitted.includes(part)) omitted.push(part);
  };
  return {
    omitted,
    async list<Row, Item extends object>(
      part: OmittedPart,
      rows: readonly Row[],
      load: (row: Row) => Promise<Item | undefined>,
    ): Promise<Item[]> {
      const items: Item[] = [];
      for (let at = 0; at < rows.length; at += atOnce) {
        for (const item of await Promise.all(rows.slice(at, at + atOnce).map(load))) {
          if (item && fits(item)) items.push(item);
          else if (item) omit(part);
        }
        if (room < 0) break;
      }
      return items;
    },
    async members(part, values, load) {
      const entries = Object.entries(values);
      const loaded: Record<string, Json> = {};
      for (let at = 0; at < entries.length && room >= 0; at += atOnce) {
        const some = await load({ of: Object.fromEntries(entries.slice(at, at + atOnce)) });
        fits(some);
        Object.assign(loaded, some);
      }
      if (room >= 0) return loaded;
      omit(part);
      return {};
    },
    take(part, value) {
      if (value === undefined || fits(value)) return value;
      omit(part);
      return undefined;
    },
  };
}
