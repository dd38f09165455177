/**
 * Reads items of stored lists for one session. Many items of a list run one after the other, so the session keeps the
 * newest parts that it has read; stored values never change.
 */
import type { Head, Value } from '../../engine/head.ts';
import { copyOf } from '../../engine/values/copy.ts';
import type { Json } from '../../flow/json.ts';
import type { ValueStore } from '../../ports/value-store.ts';
import { loadValue } from '../commit/values.ts';

/** Parts kept at once. One has at most 128 KB of JSON, unless a single item has more. */
const KEPT = 4;

export class ListItems {
  readonly #store: ValueStore;
  readonly #head: Pick<Head, 'id' | 'inc'>;
  /** The newest last. */
  readonly #parts = new Map<string, Promise<Json>>();

  constructor(store: ValueStore, head: Pick<Head, 'id' | 'inc'>) {
    this.#store = store;
    this.#head = head;
  }

  /** @throws FlowError `lease_lost` when a part is gone: the head is outdated */
  async read(value: Value): Promise<Json> {
    if ('list' in value) return Promise.all(value.list.map((each) => this.read(each)));
    // Chunks may change what they get. The head, which other attempts read, and the kept part must not change.
    if (!('ref' in value)) return copyOf(await loadValue(this.#store, this.#head, value));
    if (value.at === undefined) return loadValue(this.#store, this.#head, value);
    const part = (await this.#part(value.ref)) as readonly Json[];
    return copyOf(part[value.at] ?? null);
  }

  #part(ref: string): Promise<Json> {
    const part = this.#parts.get(ref) ?? loadValue(this.#store, this.#head, { ref });
    this.#parts.delete(ref);
    this.#parts.set(ref, part);
    // A read that failed is tried again.
    part.catch(() => this.#parts.delete(ref));
    const [oldest] = this.#parts.keys();
    if (oldest !== undefined && this.#parts.size > KEPT) this.#parts.delete(oldest);
    return part;
  }
}
