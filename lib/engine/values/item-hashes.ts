/**
 * Ids of list items that were computed before. Each commit needs those of the same items, and a hash costs more than the rest
 * of a row. Each store and each session has its own.
 */
import type { NodeId } from '../../flow/graph/graph.ts';
import type { ScopeId } from '../head.ts';
import { idAt, itemScope, placeOfId } from './item-ids.ts';

/** Most ids that are kept. More than all running items of an execution have. */
const KEPT = 20_000;

interface Group {
  readonly executionId: string;
  readonly node: NodeId;
  readonly home: ScopeId | undefined;
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

  /** Id of the activation that the item `scope` starts with. */
  idOf(executionId: string, node: NodeId, home: ScopeId | undefined, scope: ScopeId): string {
    const last = this.#last;
    const isSame = last?.executionId === executionId && last.node === node && last.home === home;
    const group = isSame ? last : { executionId, node, home, key: `${executionId} ${node} ${home ?? ''}` };
    this.#last = group;
    const known = this.#ids.get(group.key)?.get(scope);
    if (known !== undefined) return known;
    const place = placeOfId(node, home === undefined ? { scope } : { scope, home }, scope);
    return this.#keep(this.#ids, group.key, scope, idAt(executionId, place, 0));
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
