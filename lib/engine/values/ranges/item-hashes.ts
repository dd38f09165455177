/**
 * Ids of list items that were computed before. Each commit needs those of the same items, and a hash costs more than the rest
 * of a row. Each store and each session has its own.
 */
import type { NodeId } from '../../../flow/graph/graph.ts';
import type { ScopeId } from '../../head.ts';
import { idAt, itemScope, placeOfId } from '../item-ids.ts';

/** Most ids that are kept. More than all running items of an execution have. */
const KEPT = 20_000;

/** One list, so that calls in a row are seen to ask for the same group. */
const NONE: readonly NodeId[] = [];
/** Stands for a home that is the scope itself. */
const OWN = '*';

interface Group {
  readonly executionId: string;
  readonly node: NodeId;
  readonly home: ScopeId | undefined;
  readonly via: readonly NodeId[];
  readonly key: string;
}

export class ItemHashes {
  readonly #scopes = new Map<ScopeId, Map<number, ScopeId>>();
  readonly #ids = new Map<string, Map<ScopeId, string>>();
  /** The group that was asked for last: the next row mostly asks for the same one. */
  #last: Group | undefined;
  #count = 0;

  scopeOf(list: ScopeId, index: number): ScopeId {
    const known = this.#scopes.get(list)?.get(index);
    return known ?? this.#keep(this.#scopes, list, index, itemScope(list, index));
  }

  /**
   * Id of an activation or operator in an item or sub-flow, the `scope`.
   * @param via nodes before it, from the first one of the scope; empty: the scope starts with it
   */
  idOf(
    executionId: string,
    node: NodeId,
    home: ScopeId | undefined,
    scope: ScopeId,
    via: readonly NodeId[] = NONE,
  ): string {
    const last = this.#last;
    // All sub-flows of a list are one group, though each is a home of its own.
    const group = home === scope ? OWN : home;
    const isSame = last?.executionId === executionId && last.node === node && last.home === group && last.via === via;
    const key = isSame ? last.key : `${executionId} ${[...via, node].join(' ')} ${group ?? ''}`;
    const known = this.#ids.get(key)?.get(scope);
    if (!isSame) this.#last = { executionId, node, home: group, via, key };
    if (known !== undefined) return known;
    const before = via.at(-1);
    const cause = before === undefined ? scope : this.idOf(executionId, before, home, scope, via.slice(0, -1));
    const place = placeOfId(node, home === undefined ? { scope } : { scope, home }, cause);
    return this.#keep(this.#ids, key, scope, idAt(executionId, place, 0));
  }

  #keep<Key>(all: Map<string, Map<Key, string>>, group: string, key: Key, made: string): string {
    if (this.#count >= KEPT) this.#clear();
    const some = all.get(group) ?? new Map<Key, string>();
    all.set(group, some.set(key, made));
    this.#count += 1;
    return made;
  }

  #clear(): void {
    this.#scopes.clear();
    this.#ids.clear();
    this.#count = 0;
  }
}
