/**
 * Reads items of stored lists for one session. Many items of a list run one after the other, so the session keeps the
 * newest parts that it has read; stored values never change.
 */
import type { Head, PartedList, Value } from '../../engine/head.ts';
import { copyOf } from '../../engine/values/copy.ts';
import { isParted } from '../../engine/values/parted-lists.ts';
import { knownBytes } from '../../engine/values/value-refs.ts';
import type { LongList } from '../../flow/authoring/context.ts';
import type { Json } from '../../flow/json.ts';
import type { ValueStore } from '../../ports/value-store.ts';
import { type Given, longList } from '../chunk/long-list.ts';
import { loadValue } from '../commit/values.ts';

/** Parts kept at once. One has at most 128 KB of JSON, unless a single item has more. */
const KEPT = 4;
/** The same for a long list: results of workers that ran beside each other lie in turns in different parts. */
const KEPT_OF_LONG = 64;

interface Limits {
  /** Lists of more bytes of JSON are not read whole. */
  readonly wholeBytes: number;
  readonly kept?: number;
}

export class ListItems {
  readonly #store: ValueStore;
  readonly #head: Pick<Head, 'id' | 'inc'>;
  readonly #limits: Limits;
  /** The newest last. */
  readonly #parts = new Map<string, Promise<Json>>();

  constructor(store: ValueStore, head: Pick<Head, 'id' | 'inc'>, limits: Limits) {
    this.#store = store;
    this.#head = head;
    this.#limits = limits;
  }

  /** Reads a value for user code. @throws FlowError `lease_lost` when a part is gone: the head is outdated */
  async give(value: Value): Promise<Given> {
    const { wholeBytes } = this.#limits;
    if (knownBytes(value) <= wholeBytes) return this.read(value);
    if (isParted(value)) return this.#long(value);
    if ('list' in value)
      return this.#long({ size: value.list.length, parts: [], rest: Object.fromEntries(value.list.entries()) });
    if ('of' in value) return membersOf(value.of, (each) => this.give(each));
    return this.read(value);
  }

  #long(list: PartedList): LongList<Given> {
    const { wholeBytes } = this.#limits;
    return longList(list, new ListItems(this.#store, this.#head, { wholeBytes, kept: KEPT_OF_LONG }));
  }

  /** @throws FlowError `lease_lost` when a part is gone: the head is outdated */
  async read(value: Value): Promise<Json> {
    if ('list' in value) return Promise.all(value.list.map((each) => this.read(each)));
    if ('of' in value) return membersOf(value.of, (each) => this.read(each));
    // Chunks may change what they get. The head, which other attempts read, and the kept part must not change.
    if (!('ref' in value)) return copyOf(await loadValue(this.#store, this.#head, value));
    if (value.at === undefined) return loadValue(this.#store, this.#head, value);
    const part = await this.part(value.ref);
    return copyOf(part[value.at] ?? null);
  }

  /** A stored part, which must not be changed. */
  async part(ref: string): Promise<readonly Json[]> {
    return (await this.#part(ref)) as readonly Json[];
  }

  #part(ref: string): Promise<Json> {
    const part = this.#parts.get(ref) ?? loadValue(this.#store, this.#head, { ref });
    this.#parts.delete(ref);
    this.#parts.set(ref, part);
    // A read that failed is tried again.
    part.catch(() => this.#parts.delete(ref));
    const [oldest] = this.#parts.keys();
    if (oldest !== undefined && this.#parts.size > (this.#limits.kept ?? KEPT)) this.#parts.delete(oldest);
    return part;
  }
}

async function membersOf<Member>(
  of: Readonly<Record<string, Value>>,
  read: (value: Value) => Promise<Member>,
): Promise<Record<string, Member>> {
  const members = Object.entries(of).map(async ([key, each]) => [key, await read(each)] as const);
  return Object.fromEntries(await Promise.all(members));
}
