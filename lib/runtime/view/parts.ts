/** The parts of a view that hold values of any size: loaded while they fit, left out and named where they don't. */
import type { Value } from '../../engine/head.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import type { Json } from '../../flow/json.ts';
import type { OmittedPart } from '../client/types.ts';

export interface Parts {
  /** In the order in which they were asked for. */
  readonly omitted: readonly OmittedPart[];
  /** The items of a list, without those that do not fit. */
  list<Row, Item extends object>(
    part: OmittedPart,
    rows: readonly Row[],
    load: (row: Row) => Promise<Item | undefined>,
  ): Promise<Item[]>;
  /** The members of an object; where they do not fit all together, none. */
  members(
    part: OmittedPart,
    values: Readonly<Record<string, Value>>,
    load: (value: Value) => Promise<Json>,
  ): Promise<Readonly<Record<string, Json>>>;
  take(part: OmittedPart, value: Json | undefined): Json | undefined;
}

/** Values that are loaded at once: each has 350 KB at most. */
const AT_ONCE = 8;

/** @param most bytes of JSON of all parts together */
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
