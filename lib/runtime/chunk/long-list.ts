/** A list that is too large to be given whole. Its parts are read when their items are asked for. */
import type { ListPart, PartedList, Value } from '../../engine/head.ts';
import { indexesOf } from '../../engine/values/runs.ts';
import { FlowError } from '../../errors/errors.ts';
import type { LongList } from '../../flow/authoring/context.ts';
import type { Json } from '../../flow/json.ts';

/** A value as user code gets it: JSON, in which each list that is too large to be given whole is a `LongList`. */
export type Given = Json | LongList<Given> | { readonly [key: string]: Given };

export interface PartReader {
  read(value: Value): Promise<Json>;
  give(value: Value): Promise<Given>;
  /** A stored part. Parts are kept for a while. */
  part(ref: string): Promise<readonly Json[]>;
}

/** Where an item is: the number of its part plus one, and its position there. Part 0: the list has nothing there. */
interface Places {
  readonly parts: readonly ListPart[];
  readonly partOf: Uint32Array;
  readonly rankOf: Uint32Array;
}

/** Whether a value has a long list in it. */
export function holdsLong(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  // JSON has no such member.
  return Symbol.asyncIterator in value || Object.values(value).some(holdsLong);
}

export function longList(list: PartedList, reader: PartReader): LongList<Given> {
  const { size, rest = {} } = list;
  const only = list.only === undefined ? undefined : indexesOf(list.only);
  const past = only ? (only.at(-1) ?? -1) + 1 : size;
  let places: Promise<Places> | undefined;

  const at = async (given: number): Promise<Given | undefined> => {
    const from = Math.trunc(given) || 0;
    const position = from < 0 ? size + from : from;
    if (position < 0 || position >= size) return undefined;
    const index = only?.[position];
    return index === undefined ? itemAt(position) : { index, output: await itemAt(index) };
  };

  const itemAt = async (index: number): Promise<Given> => {
    const known = rest[index];
    if (known) return reader.give(known);
    places ??= findPlaces(list, past, reader);
    const { parts, partOf, rankOf } = await places;
    const part = parts[(partOf[index] ?? 0) - 1];
    const rank = rankOf[index] ?? 0;
    if (!part) return null;
    if (part.holds) return reader.give((await reader.part(part.ref))[rank] as unknown as Value);
    // A part of one item may be large, so it is not kept.
    if (isSingle(part)) return ((await reader.read({ ref: part.ref })) as readonly Json[])[0] ?? null;
    return reader.read({ ref: part.ref, at: rank });
  };

  const items: LongList<Given> = {
    length: size,
    at,
    async *[Symbol.asyncIterator]() {
      for (let index = 0; index < size; index += 1) yield (await at(index)) ?? null;
    },
  };
  return new Proxy<LongList<Given>>(items, REFUSING);
}

/** @param past one more than the greatest index */
async function findPlaces(
  { index = [], parts: newest }: PartedList,
  past: number,
  reader: PartReader,
): Promise<Places> {
  const older = await Promise.all(index.map((ref) => reader.read({ ref })));
  const parts = [...older.flatMap((some) => some as unknown as readonly ListPart[]), ...newest];
  const [partOf, rankOf] = [new Uint32Array(past), new Uint32Array(past)];
  // A later part replaces results of earlier ones.
  for (const [number, { at }] of parts.entries()) {
    for (const [rank, item] of indexesOf(at).entries()) {
      partOf[item] = number + 1;
      rankOf[item] = rank;
    }
  }
  return { parts, partOf, rankOf };
}

function isSingle({ at }: ListPart): boolean {
  return /^\d+$/.test(at);
}

/** Refuses what only an array has: code that takes the list for one must not go on with `undefined`. */
const REFUSING: ProxyHandler<LongList<Given>> = {
  get: (items, key) => {
    if (Object.hasOwn(items, key)) return Reflect.get(items, key);
    return isLookedFor(key) ? undefined : refuse(nameOf(key));
  },
  has: (items, key) => Object.hasOwn(items, key) || (!isLookedFor(key) && refuse(nameOf(key))),
  getOwnPropertyDescriptor: (_, key) => refuse(nameOf(key)),
  ownKeys: () => refuse('its items'),
  set: (_, key) => refuse(nameOf(key)),
  defineProperty: (_, key) => refuse(nameOf(key)),
  deleteProperty: (_, key) => refuse(nameOf(key)),
};

/** Promises and libraries look for these members of any object. */
function isLookedFor(key: string | symbol): boolean {
  if (key === 'then' || key === 'constructor') return true;
  return typeof key === 'symbol' && key !== Symbol.iterator && key !== Symbol.toPrimitive;
}

function nameOf(key: string | symbol): string {
  if (key === 'toJSON') return 'its JSON';
  if (key === Symbol.iterator) return 'its iterator';
  return key === Symbol.toPrimitive ? 'its text' : `"${String(key)}"`;
}

function refuse(what: string): never {
  throw new FlowError(
    'value_too_large',
    `A list of more than 16 MB is not read whole, so ${what} cannot be used. Read it by "for await", "length" and "await at(index)", or give it to forEach.`,
  );
}
