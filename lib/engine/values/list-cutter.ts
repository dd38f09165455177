/**
 * Moves long lists and the results of running lists out of the head, into parts that are stored before it. A part is
 * written once, so a crash before the commit leaves only a value that nothing names.
 */
import type { Json } from '../../flow/json.ts';
import type { Head, ListFrame, ListPart, PartedList, ScopeId, Value } from '../head.ts';
import { isParted } from './parted-lists.ts';
import { runsOf, union } from './runs.ts';
import { knownBytes, readValue, refsIn } from './value-refs.ts';

/** Most bytes of one part. Below the store's limit of 350 KB, because a session reads whole parts. */
export const PART_BYTES = 128 * 1024;
/** Lists of so many items make a head format 2 at once: stores keep its rows of items as ranges. */
const WIDE = 32;
/** Share of the parts that stay in the head when older ones move to a stored index. */
const LEFT = 1 / 3;
const INDEX = 'index/';
/** Share of `resultBytes` for the newest items of all growing state keys. */
const STATE_SHARE = 1 / 2;
/** The least share of one of several keys. */
const LEAST_SHARE = 1 / 8;

interface Stored {
  readonly inlineBytes: number;
  /** Most bytes of a list's results in the head. */
  readonly resultBytes: number;
  /** Most parts of a list's results that the head names. Above it, older ones move to a stored index. */
  readonly partsKept: number;
  readonly newId: () => string;
  /** References of parts from earlier tries, by JSON text. */
  readonly knownParts: Map<string, string>;
  readonly values: Map<string, Json>;
}

type Items = readonly (readonly [index: number, item: Value])[];

export class ListCutter {
  readonly #head: Head;
  readonly #stored: Stored;
  /** State keys whose newest items stay in the head. */
  readonly #kept = new Set<PartedList>();

  constructor(head: Head, stored: Stored) {
    this.#head = head;
    this.#stored = stored;
  }

  /**
   * Moves the results of running lists, and the items of growing state keys, out of the head once they exceed their
   * share of it.
   * @returns references of parts that only a stored index names from now on
   */
  lists(before: Head | undefined): ReadonlySet<string> {
    const indexed = new Set<string>();
    for (const [scope, frame] of Object.entries(this.#head.frames)) {
      const known = before?.frames[scope];
      if (frame.kind === 'child') this.#state(scope, frame.state, known?.kind === 'child' ? known.state : {}, indexed);
      if (frame.kind === 'list' && frame.count >= WIDE) this.setFormat2();
      if (frame.kind !== 'list' || frame.early) continue;
      if (this.#exceeds(frame)) this.#move(scope, frame);
      if (!frame.results) continue;
      frame.results = this.#index(frame.results, known?.kind === 'list' ? known.results : undefined, indexed);
    }
    this.#state('state', this.#head.state, before?.state ?? {}, indexed);
    return indexed;
  }

  /** Keys that grow by `append`: their newest items stay in the head. */
  #state(place: string, state: Record<string, Value>, before: Readonly<Record<string, Value>>, indexed: Set<string>) {
    const growing = Object.values(state).filter((value) => isParted(value) && value.rest).length;
    // Several keys share the room in the head.
    const room = this.#stored.resultBytes * Math.max(STATE_SHARE / growing, LEAST_SHARE);
    for (const [key, list] of Object.entries(state)) {
      if (!isParted(list) || !list.rest) continue;
      const isSmall = bytesOf(list.rest) <= room;
      const known = before[key];
      const moved = isSmall ? list : this.#withoutRest(list, `${place}/${key}`);
      const shorter = this.#index(moved, known && isParted(known) ? known : undefined, indexed);
      state[key] = shorter;
      this.#kept.add(shorter);
    }
  }

  /** A list that has parts gets no values of their own for single results. */
  #exceeds({ slots, results }: ListFrame): boolean {
    const isLarge = (item: Value) => 'v' in item && bytesOf(item.v) > this.#stored.inlineBytes;
    return bytesOf(slots) > this.#stored.resultBytes || (results !== undefined && Object.values(slots).some(isLarge));
  }

  #move(scope: ScopeId, frame: ListFrame): void {
    const items = itemsOf(frame.slots);
    const known = frame.results ?? { size: frame.count, parts: [], bytes: 0 };
    frame.results = this.#added(known, scope, items);
    frame.done = union(frame.done ?? '', runsOf(items.map(([index]) => index)));
    frame.slots = {};
    this.#head.format = 2;
  }

  /**
   * Moves older parts to a stored index. Only parts of a committed head move: a new one may have been stored by a write
   * with an unknown outcome, and is then looked for in the head.
   */
  #index(list: PartedList, known: PartedList | undefined, indexed: Set<string>): PartedList {
    const { partsKept } = this.#stored;
    if (list.parts.length <= partsKept || !known) return list;
    const committed = new Set(known.parts.map(({ ref }) => ref));
    const older = list.parts
      .slice(0, -Math.ceil(partsKept * LEFT))
      .filter(({ ref, holds }) => committed.has(ref) && !holds);
    if (older.length === 0) return list;
    for (const { ref } of older) indexed.add(ref);
    const parts = list.parts.filter(({ ref }) => !indexed.has(ref));
    return { ...list, parts, index: [...(list.index ?? []), this.#put(INDEX, older as unknown as Json)] };
  }

  /** From now on, workers that know only format 1 leave the head alone. */
  setFormat2(): void {
    this.#head.format = 2;
  }

  /** Moves the items that are in no part yet into one. */
  rest(list: PartedList): PartedList {
    return list.rest && !this.#kept.has(list) ? this.#withoutRest(list, '') : list;
  }

  #withoutRest({ rest = {}, ...list }: PartedList, place: string): PartedList {
    return this.#added(list, place, itemsOf(rest));
  }

  list(items: readonly Json[]): PartedList {
    this.#head.format = 2;
    const all = items.map((v, index): [number, Value] => [index, { v }]);
    return this.#added({ size: items.length, parts: [], bytes: 0 }, '', all);
  }

  #added(list: PartedList, place: string, items: Items): PartedList {
    const parts = [...list.parts, ...this.#parts(place, items)];
    if (list.bytes === undefined) return { ...list, parts };
    const bytes = items.reduce((sum, [, item]) => sum + ('v' in item ? bytesOf(item.v) : knownBytes(item)), list.bytes);
    return { ...list, parts, bytes };
  }

  /**
   * Stores JSON items apart from those that contain references.
   * @param place equal parts of different places have different references, because they are dropped at different times
   */
  #parts(place: string, items: Items): readonly ListPart[] {
    const plain: [number, Json][] = [];
    const others: [number, Value][] = [];
    for (const [index, item] of items) {
      const json = isParted(item) ? undefined : readValue(item, new Map(), new Set());
      if (json === undefined) others.push([index, item]);
      else plain.push([index, json]);
    }
    const ofPlain = portions(plain).map((some) => this.#part(place, some));
    const ofOthers = portions(others as unknown as [number, Json][]).map((some) => {
      const holds = some.flatMap(([, item]) => refsIn(item as unknown as Value));
      return { ...this.#part(place, some), holds: [...new Set(holds)] };
    });
    return [...ofPlain, ...ofOthers];
  }

  #part(place: string, items: readonly (readonly [index: number, item: Json])[]): ListPart {
    const at = runsOf(items.map(([index]) => index));
    const content = items.map(([, item]) => item);
    return { ref: this.#put(`${place}/${at}/`, content), at };
  }

  #put(place: string, value: Json): string {
    const { newId, knownParts, values } = this.#stored;
    const text = place + JSON.stringify(value);
    const ref = knownParts.get(text) ?? newId();
    knownParts.set(text, ref);
    values.set(ref, value);
    return ref;
  }
}

function itemsOf(slots: Readonly<Record<string, Value>>): Items {
  return Object.entries(slots)
    .map(([index, item]) => [Number(index), item] as const)
    .sort(([a], [b]) => a - b);
}

/** Cuts between items, so that no portion exceeds the size of a part unless one item does. */
function portions(items: readonly [number, Json][]): [number, Json][][] {
  const all: [number, Json][][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = bytesOf(item[1]) + 1;
    if (bytes > room) {
      all.push([]);
      room = PART_BYTES;
    }
    all.at(-1)?.push(item);
    room -= bytes;
  }
  return all;
}

/** Size of the JSON text in bytes (UTF-8). */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
