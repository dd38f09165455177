/** Reports the slots of joins, collections and running operators, for the view. */
import type { Graph, NodeId } from '../../flow/graph/graph.ts';
import { slotsOf } from '../frames/join-rows.ts';
import type { Frame, Head } from '../head.ts';
import type { FrameOperator, Slots } from '../operators/operator.ts';
import { FRAMES } from '../operators/table.ts';
import { graphAt } from '../transition.ts';

/** Slots by node id or name of the collection. Some may be complete. */
export function slotsIn(graph: Graph, head: Head): readonly (readonly [at: NodeId, slots: Slots])[] {
  const joins = head.joins.map((row) => {
    const names = slotsOf(graphAt({ graph, head }, row.home), row);
    return [row.node, { names, values: row.slots }] as const;
  });
  return [...joins, ...Object.values(head.frames).flatMap(ofFrame)];
}

function ofFrame(frame: Frame): readonly (readonly [at: NodeId, slots: Slots])[] {
  const operator: FrameOperator = FRAMES[frame.kind];
  const slots = operator.slots?.(frame);
  return slots ? [[frame.node, slots]] : [];
}
