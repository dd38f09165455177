/** The chunks that come before a chunk in the body of a list. The ids of its activations follow from them. */
import type { Graph, NodeId } from '../../flow/graph/graph.ts';
import type { ItemFrame } from '../head.ts';
import { graphAt, type Transition } from '../transition.ts';

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
