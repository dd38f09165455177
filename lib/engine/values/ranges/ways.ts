/** The nodes that come before a node: ids of rows follow from them. */
import type { Graph, NodeId, Target } from '../../../flow/graph/graph.ts';
import type { ChildFrame, ItemFrame } from '../../head.ts';
import { graphAt, type Transition } from '../../transition.ts';

/** The nodes before a node, from the first one of the item or sub-flow; `undefined`: it is reached otherwise. */
export type WayTo = (frame: ItemFrame | ChildFrame, node: NodeId) => Way | undefined;

export type Way = readonly NodeId[];

type Ways = ReadonlyMap<NodeId, Way>;

/** Looks each body up once. */
export function waysIn(place: Pick<Transition, 'graph' | 'head'>): WayTo {
  const known = new Map<string, Ways>();
  let last: { readonly frame: ItemFrame | ChildFrame; readonly ways: Ways } | undefined;
  return (frame, node) => {
    const isSame = last && last.frame.node === frame.node && last.frame.parent.home === frame.parent.home;
    if (!last || !isSame) {
      const key = `${frame.parent.home ?? ''} ${frame.node}`;
      const ways = known.get(key) ?? waysAt(graphAt(place, frame.parent.home), frame.node);
      known.set(key, ways);
      last = { frame, ways };
    }
    return last.ways.get(node);
  };
}

function waysAt({ nodes }: Graph, id: NodeId): Ways {
  const node = nodes[id];
  if (node?.kind === 'forEach') return waysFrom(node.body, nodes);
  return node?.kind === 'subFlow' ? waysFrom(node.graph.entry, node.graph.nodes) : new Map();
}

/** The shortest ways from the begin of a body. */
function waysFrom(begin: readonly Target[], nodes: Graph['nodes']): Ways {
  const ways = new Map<NodeId, Way>();
  const reach = (targets: readonly Target[], way: Way) => {
    for (const target of targets) if ('node' in target && !ways.has(target.node)) ways.set(target.node, way);
  };
  reach(begin, []);
  // A map goes on with what is added while it is read.
  for (const [id, way] of ways) {
    const node = nodes[id];
    if (node?.kind === 'chunk' || node?.kind === 'subFlow') reach(node.out, [...way, id]);
  }
  return ways;
}
