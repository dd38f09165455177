/** Ids that follow from the place of a row. Stores rely on it: they keep the rows of many items as ranges of indexes. */
import type { Graph, NodeId } from '../../flow/graph/graph.ts';
import { hashId } from '../../flow/json.ts';
import type { ItemFrame, Origin, ScopeId } from '../head.ts';
import { graphAt, type Transition } from '../transition.ts';

/** Longest text of item positions, in characters; a longer one becomes a hash. */
const POSITIONS = 32;

export function itemScope(list: ScopeId, index: number): ScopeId {
  return hashId(list, index);
}

/** The positions of an item. @param outer those of its list */
export function positionsOf(outer: string | undefined, index: number): string {
  const positions = outer === undefined ? String(index) : `${outer}-${index}`;
  // In a loop of lists the positions would grow with every turn.
  return positions.length > POSITIONS ? hashId(positions) : positions;
}

/** The id of an activation or operator is a hash of this place. @param cause id of what it follows */
export function placeOfId(node: NodeId, { home, scope }: Pick<Origin, 'home' | 'scope'>, cause: string): string[] {
  return [...(home === undefined ? [] : [home]), node, scope, cause];
}

/** @param ordinal tells those apart that one event makes at the same place */
export function idAt(executionId: string, place: readonly string[], ordinal: number): string {
  return hashId(executionId, ...place, ordinal);
}

/** The nodes before a node, from the first one of the item; `undefined`: it is reached otherwise. */
export type WayTo = (item: ItemFrame, node: NodeId) => readonly NodeId[] | undefined;

/** Looks each body up once. */
export function waysIn(place: Pick<Transition, 'graph' | 'head'>): WayTo {
  const known = new Map<string, ReadonlyMap<NodeId, readonly NodeId[]>>();
  let last: { readonly item: ItemFrame; readonly ways: ReadonlyMap<NodeId, readonly NodeId[]> } | undefined;
  return (item, node) => {
    const isSame = last && last.item.node === item.node && last.item.parent.home === item.parent.home;
    if (!last || !isSame) {
      const key = `${item.parent.home ?? ''} ${item.node}`;
      const ways = known.get(key) ?? waysFrom(graphAt(place, item.parent.home), item.node);
      known.set(key, ways);
      last = { item, ways };
    }
    return last.ways.get(node);
  };
}

/** The shortest ways from the begin of a body to its chunks. */
function waysFrom({ nodes }: Graph, list: NodeId): ReadonlyMap<NodeId, readonly NodeId[]> {
  const operator = nodes[list];
  const ways = new Map<NodeId, readonly NodeId[]>();
  const reach = (id: NodeId, way: readonly NodeId[]) => {
    if (!ways.has(id)) ways.set(id, way);
  };
  for (const target of operator?.kind === 'forEach' ? operator.body : []) if ('node' in target) reach(target.node, []);
  // A map goes on with what is added while it is read.
  for (const [id, way] of ways) {
    const node = nodes[id];
    for (const target of node?.kind === 'chunk' ? node.out : []) if ('node' in target) reach(target.node, [...way, id]);
  }
  return ways;
}
