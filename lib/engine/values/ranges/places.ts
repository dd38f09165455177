/** Where the rows of list items are. Ids that follow from a place are not stored. */
import type { NodeId } from '../../../flow/graph/graph.ts';
import type { Activation, ChildFrame, Head, ItemFrame, ScopeId } from '../../head.ts';
import { positionsOf } from '../item-ids.ts';
import type { ItemHashes } from './item-hashes.ts';
import type { Way, WayTo } from './ways.ts';

/** A sub-flow that items run. */
export interface ChildPlace {
  readonly node: NodeId;
  /** The nodes before it in the item. Absent: the item begins with it. */
  readonly via?: Way;
}

/** An item, or a sub-flow in it. */
export interface Place {
  readonly item: ItemFrame;
  readonly frame: ItemFrame | ChildFrame;
  readonly child?: ChildPlace;
}

/** The row comes first in its item or sub-flow. */
export const FIRST: Way = [];

interface Finding {
  readonly head: Head;
  readonly hashes: ItemHashes;
  /** False: only rows that come first in an item are stored together. */
  readonly foldsLaterRows: boolean;
  /** Absent: ids of later rows are kept. */
  readonly wayTo: WayTo | undefined;
}

type Row = Pick<Activation, 'id' | 'node' | 'scope'> & { readonly home?: ScopeId | undefined };

/** Finds the places of the rows of one head. */
export class Places {
  readonly #head: Head;
  readonly #hashes: ItemHashes;
  readonly foldsLaterRows: boolean;
  readonly #wayTo: WayTo | undefined;
  readonly #inChildren = new Map<ScopeId, Place>();
  /** One object for all sub-flows of a node that come after the same nodes. */
  readonly #childPlaces = new Map<NodeId, ChildPlace[]>();

  constructor({ head, hashes, foldsLaterRows, wayTo }: Finding) {
    this.#head = head;
    this.#hashes = hashes;
    this.foldsLaterRows = foldsLaterRows;
    this.#wayTo = wayTo;
  }

  /** The item, if its scope follows from its index. */
  itemAt(scope: ScopeId): ItemFrame | undefined {
    const item = this.#head.frames[scope];
    if (item?.kind !== 'item') return undefined;
    return scope === this.#hashes.scopeOf(item.parent.scope, item.index) ? item : undefined;
  }

  /** The place of a sub-flow in an item. Activations in it have a place only after it was asked for. */
  ofChild(scope: ScopeId): (Place & { readonly frame: ChildFrame; readonly child: ChildPlace }) | undefined {
    const frame = this.foldsLaterRows ? this.#head.frames[scope] : undefined;
    if (frame?.kind !== 'child') return undefined;
    const { node, parent } = frame;
    const item = this.itemAt(parent.scope);
    if (item?.parent.home !== parent.home || !item || parent.items !== positionsIn(item)) return undefined;
    const via = this.viaOf(item, { id: scope, node, scope: parent.scope, home: parent.home });
    if (!via) return undefined;
    const place = { item, frame, child: this.#childPlace(node, via) };
    this.#inChildren.set(scope, place);
    return place;
  }

  /** The place of an activation, if its positions follow from it. */
  of({ scope, home, items }: Activation): Place | undefined {
    const inChild = this.#inChildren.get(scope);
    if (inChild) return home === scope && items === inChild.frame.parent.items ? inChild : undefined;
    const item = this.itemAt(scope);
    return item && items === positionsIn(item) ? { item, frame: item } : undefined;
  }

  /** The nodes before a row in its item or sub-flow; `undefined`: its id does not follow from them. */
  viaOf(frame: Place['frame'], { id, node, home, scope }: Row): Way | undefined {
    const { id: executionId } = this.#head;
    const way = this.#wayTo?.(frame, node);
    const isLater = way !== undefined && way.length > 0;
    if (isLater && id === this.#hashes.idOf(executionId, node, home, scope, way)) return way;
    return id === this.#hashes.idOf(executionId, node, home, scope) ? FIRST : undefined;
  }

  #childPlace(node: NodeId, via: Way): ChildPlace {
    const known = this.#childPlaces.get(node) ?? [];
    const same = known.find((each) => (each.via ?? FIRST) === via);
    if (same) return same;
    const place = via === FIRST ? { node } : { node, via };
    this.#childPlaces.set(node, [...known, place]);
    return place;
  }
}

function positionsIn({ parent, index }: ItemFrame): string {
  return positionsOf(parent.items, index);
}
