/**
 * State keys that are lists and grow by `append`. A stored list becomes a list in parts: an append adds its item and
 * neither reads nor writes the others.
 */
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { StateOperation } from '../events.ts';
import type { PartedList, ScopeId, Value } from '../head.ts';
import type { Transition } from '../transition.ts';
import { bytesOf } from './list-cutter.ts';
import { isParted } from './parted-lists.ts';
import { literal, readValue } from './value-refs.ts';

const MOST_ITEMS = 1_000_000;

type Growing = PartedList & { size: number; rest: Record<string, Value> };

/** Appends to lists in parts. One for each group of writes: it changes only the lists that it made. */
export class StateLists {
  readonly #transition: Transition;
  readonly #home: ScopeId | undefined;
  /** Lists that it made, and the bytes that it added to them. */
  readonly #made = new Map<Value, number>();

  constructor(transition: Transition, home: ScopeId | undefined) {
    this.#transition = transition;
    this.#home = home;
  }

  /**
   * @returns the longer list; `undefined`: the write needs the whole value
   * @throws FlowError `invalid_value`, `value_too_large`
   */
  append(current: Value, operation: StateOperation): PartedList | undefined {
    const { lookups, head } = this.#transition;
    if (operation.op !== 'append' || operation.path.includes('.') || (lookups.format ?? 1) < 2) return undefined;
    const list = this.#partsOf(current);
    if (!list) return undefined;
    const added = this.#made.get(list) ?? 0;
    const item = lookups.appended
      ? lookups.appended(head, this.#home, operation, (list.bytes ?? 0) + added)
      : operation.value;
    if (item === undefined) return undefined;
    if (list.size >= MOST_ITEMS) {
      throw new FlowError(
        'value_too_large',
        `state.append("${operation.path}"): the list has ${MOST_ITEMS} items, which is the limit. Begin a list in another key.`,
      );
    }
    list.rest[list.size] = literal(item);
    list.size += 1;
    this.#made.set(list, added + bytesOf(item));
    head.format = 2;
    return list;
  }

  #partsOf(current: Value): Growing | undefined {
    if (this.#made.has(current)) return current as Growing;
    const parted = isParted(current) ? current : this.#partedOf(current);
    if (!parted) return undefined;
    const list: Growing = { ...parted, rest: { ...parted.rest } };
    this.#made.set(list, 0);
    return list;
  }

  /** A stored list is the first part of the list in parts. */
  #partedOf(current: Value): PartedList | undefined {
    if (!('ref' in current) || current.at !== undefined) return undefined;
    const { lookups, missing } = this.#transition;
    const whole: Json | undefined = readValue(current, lookups.values, missing.values);
    if (!Array.isArray(whole) || whole.length === 0) return undefined;
    const at = whole.length === 1 ? '0' : `0-${whole.length - 1}`;
    return { size: whole.length, parts: [{ ref: current.ref, at }], bytes: bytesOf(whole) };
  }
}
